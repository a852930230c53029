"""Every limited part of everything an operation may be asked, found in the structs themselves."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from msgspec import inspect

from dianmai.core.operations import Operation

Kind = Literal["characters", "items", "number"]


class Part(NamedTuple):
    """One limited part: where it stands (`card.buttons[].label`), of what it has so many at least and at most.

    `by_operation`: the decoder lets it pass, the operation itself refuses it with a code of its own.
    """

    operation: str
    path: str
    kind: Kind
    least: int
    most: int | None
    pattern: str | None
    by_operation: bool = False

    @property
    def code(self) -> str:
        """What one more is refused with."""
        if self.kind == "number":
            return "invalid_limit" if self.path.rpartition(".")[2] == "limit" else "number_out_of_range"
        if self.kind == "items":
            return "too_many_items"
        return "query_too_long" if self.by_operation else "text_too_long"


def parts(operation: Operation) -> list[Part]:
    """All strings, lists, maps and bounded numbers of an operation's request."""
    return list(_parts(operation.name, "", inspect.type_info(operation.ask), None))


def _parts(operation: str, path: str, of: inspect.Type, described: int | None) -> Iterator[Part]:
    match of:
        case inspect.Metadata(type=inner, extra_json_schema=schema):
            most: Any = (schema or {}).get("maxLength")
            yield from _parts(operation, path, inner, most)
        case inspect.StrType():
            most = of.max_length if of.max_length is not None else described
            yield Part(operation, path, "characters", of.min_length or 0, most, of.pattern, of.max_length is None)
        case inspect.IntType():
            if of.le is not None:
                yield Part(operation, path, "number", of.ge or 0, of.le, None)
        case inspect.ListType():
            yield Part(operation, path, "items", of.min_length or 0, of.max_length, None)
            yield from _parts(operation, f"{path}[]", of.item_type, None)
        case inspect.DictType():
            yield Part(operation, path, "items", of.min_length or 0, of.max_length, None)
            yield from _parts(operation, f"{path}{{}}", of.key_type, None)
            yield from _parts(operation, f"{path}{{}}", of.value_type, None)
        case inspect.UnionType():
            for one in of.types:
                yield from _parts(operation, path, one, described)
        case inspect.StructType():
            for field in of.fields:
                yield from _parts(operation, f"{path}.{field.encode_name}".lstrip("."), field.type, None)
        case _:
            return


def sample(of: inspect.Type) -> Any:
    """The least that fits a type, as JSON has it."""
    match of:
        case inspect.Metadata(type=inner):
            return sample(inner)
        case inspect.StrType():
            return text_of(of.min_length or 1, of.pattern)
        case inspect.IntType():
            return of.ge or 0
        case inspect.BoolType():
            return False
        case inspect.ListType():
            return [sample(of.item_type)] * (of.min_length or 0)
        case inspect.DictType():
            return {}
        case inspect.LiteralType():
            return of.values[0]
        case inspect.UnionType():
            return None if any(isinstance(one, inspect.NoneType) for one in of.types) else sample(of.types[0])
        case inspect.StructType():
            return {field.encode_name: sample(field.type) for field in of.fields if field.required}
        case _:
            raise TypeError(f"no sample of {of!r}")


def with_part(of: inspect.Type, steps: Sequence[str], value: Any) -> Any:
    """The least that fits a type and has `value` at the end of these steps."""
    if isinstance(of, inspect.Metadata):
        return with_part(of.type, steps, value)
    if isinstance(of, inspect.UnionType):
        return with_part(next(one for one in of.types if not isinstance(one, inspect.NoneType)), steps, value)
    if not steps:
        return value
    if isinstance(of, inspect.ListType):
        others = [sample(of.item_type)] * ((of.min_length or 1) - 1)
        return [with_part(of.item_type, steps[1:], value), *others]
    assert isinstance(of, inspect.StructType), of
    field = next(field for field in of.fields if field.encode_name == steps[0])
    return {**sample(of), steps[0]: with_part(field.type, steps[1:], value)}


def item_of(of: inspect.Type, steps: Sequence[str]) -> inspect.Type:
    """The type at the end of these steps."""
    if isinstance(of, inspect.Metadata):
        return item_of(of.type, steps)
    if isinstance(of, inspect.UnionType):
        return item_of(next(one for one in of.types if not isinstance(one, inspect.NoneType)), steps)
    if not steps:
        return of
    if isinstance(of, inspect.ListType):
        return item_of(of.item_type, steps[1:])
    assert isinstance(of, inspect.StructType), of
    return item_of(next(field.type for field in of.fields if field.encode_name == steps[0]), steps[1:])


def text_of(length: int, pattern: str | None = None) -> str:
    """So many characters that fit the pattern: a name, an id, the digits of a hash, or an address."""
    plain = "a" * length
    return plain if pattern is None or re.search(pattern, plain) else "https://".ljust(length, "a")


def steps_of(path: str) -> list[str]:
    """`card.buttons[].label` as `card`, `buttons`, `[]`, `label`."""
    return path.replace("[]", ".[]").split(".")
