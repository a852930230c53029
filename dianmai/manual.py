"""A manual of settings: each with its type and its default in words, where it may be set, and what it means."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta


def explained(settings: type[msgspec.Struct], names: Callable[[str], Iterable[str]]) -> str:
    """A paragraph for each setting; `names`: under which names the environment may hold one."""
    plain, meant = get_type_hints(settings), get_type_hints(settings, include_extras=True)
    lines: list[str] = []
    for field in msgspec.structs.fields(settings):
        default = "see below" if field.default is msgspec.NODEFAULT else _default_words(field.default)
        kind = type_words(plain[field.name])
        lines += ["", f"{field.name}  ({kind}; default {default}; {' or '.join(names(field.name))})"]
        lines += [f"    {_meaning(meant[field.name])}"]
    return "\n".join(lines)


def type_words(kind: Any) -> str:
    """A type as who writes a setting knows it."""
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if get_origin(kind) is tuple:
        return f"list of {type_words(get_args(kind)[0])}"
    inner = [part for part in get_args(kind) if part is not type(None)]
    if inner:
        return type_words(inner[0])
    return {"str": "text", "int": "number", "bool": "true | false", "Path": "path"}[kind.__name__]


def _default_words(default: object) -> str:
    if default is None:
        return "not set"
    return "none" if default == () else msgspec.json.encode(default).decode()


def _meaning(annotated: Any) -> str | None:
    return next(part for part in get_args(annotated) if isinstance(part, Meta)).description
