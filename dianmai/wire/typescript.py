"""Writes the TypeScript side of the wire: `web/src/wire/*.ts`, one file per struct module, plus the operations map.

A field with a default is optional in TypeScript: in what a client asks it may be left out, in
what the server says it is left out when it has its default (`omit_defaults`).
"""

import inspect
import types
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import FieldInfo, fields

from dianmai.wire.kinds import HEARD, KINDS

TARGET = Path(__file__).parents[2] / "web" / "src" / "wire"
MODULES = (
    "base", "errors", "files", "org", "duties", "access", "accounts", "cards", "forwarding", "pins", "chat",
    "conversations", "groups", "readers", "mentions", "days", "drafts", "favourites", "sync", "notices", "search",
    "frames",
)  # fmt: skip
HEAD = "// Made by bin/generate from dianmai/wire. Edit the structs there.\n\n"


class Shape(NamedTuple):
    """What the client must know of an operation: what it is asked, what it answers, whether it changes something."""

    ask: type[msgspec.Struct]
    answer: type[msgspec.Struct]
    changes: bool


# Raw bytes on the server that have a shape for the reader.
SHAPED = {("Entries", "entries"): ("sync", "Entry", "Entry[]")}
SCALARS: dict[object, str] = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def generate(operations: Mapping[str, Shape]) -> dict[Path, str]:
    """The text of every file below `TARGET`; whatever else lies there is out of date."""
    files = {TARGET / f"{name}.ts": _Module(name).text() for name in MODULES}
    files[TARGET / "operations.ts"] = _operations(operations)
    names = [*MODULES, "operations"]
    files[TARGET / "index.ts"] = HEAD + "".join(f"export * from './{name}'\n" for name in names)
    return files


class _Module:
    """One Python module of structs becoming one TypeScript file; remembers what it must import."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.module = import_module(f"dianmai.wire.{name}")
        self.imports: dict[str, set[str]] = {}
        self.aliases: dict[object, tuple[str, str]] = {}
        for other in MODULES:
            self.aliases |= {value: (other, key) for key, value in _literals(other).items()}
        self.aliases |= {value: (name, key) for key, value in _literals(name).items()}

    def text(self) -> str:
        parts = [*self._constants(), *self._choices(), *self._structs(), *self._unions()]
        imports = "".join(
            f"import type {{ {', '.join(sorted(names))} }} from './{module}'\n"
            for module, names in sorted(self.imports.items())
        )
        return HEAD + (imports + "\n" if imports else "") + "\n".join(parts)

    def _constants(self) -> list[str]:
        found = {key: value for key, value in vars(self.module).items() if key.isupper()}
        return [f"export const {key} = {_constant(value)}\n" for key, value in found.items()]

    def _choices(self) -> list[str]:
        return [f"export type {key} = {_choice(value)}\n" for key, value in _literals(self.name).items()]

    def _structs(self) -> list[str]:
        structs = [
            value
            for value in vars(self.module).values()
            if inspect.isclass(value) and issubclass(value, msgspec.Struct) and value.__module__ == self.module.__name__
        ]
        return [self._struct(struct) for struct in structs if struct.__name__ not in ("Ask", "Told")]

    def _struct(self, struct: type[msgspec.Struct]) -> str:
        hints = get_type_hints(struct, include_extras=True)
        config = struct.__struct_config__
        tag = [f"  {config.tag_field}: '{config.tag}'\n"] if config.tag_field else []
        lines = [self._field(struct, field, hints[field.name]) for field in fields(struct)]
        body = "".join(tag + lines)
        if not body:
            return f"{_comment(struct)}export type {struct.__name__} = Record<string, never>\n"
        return f"{_comment(struct)}export interface {struct.__name__} {{\n{body}}}\n"

    def _field(self, struct: type[msgspec.Struct], field: FieldInfo, hint: object) -> str:
        optional = "" if field.required else "?"
        shaped = SHAPED.get((struct.__name__, field.name))
        if shaped:
            self._import(shaped[0], shaped[1])
        return f"  {field.encode_name}{optional}: {shaped[2] if shaped else self.type_of(hint)}\n"

    def _unions(self) -> list[str]:
        unions = {key: value for key, value in vars(self.module).items() if isinstance(value, types.UnionType)}
        return [f"export type {key} = {self.type_of(value)}\n" for key, value in unions.items()]

    def type_of(self, hint: Any) -> str:
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.type_of(args[0])
        if origin is Literal:
            if hint in self.aliases:
                self._import(*self.aliases[hint])
                return self.aliases[hint][1]
            return _choice(hint)
        if origin in (Union, types.UnionType):
            return " | ".join(self.type_of(arg) for arg in args)
        if origin is list:
            item = self.type_of(args[0])
            return f"({item})[]" if " | " in item else f"{item}[]"
        if origin is dict:
            return f"Record<{self.type_of(args[0])}, {self.type_of(args[1])}>"
        if hint in SCALARS:
            return SCALARS[hint]
        if hint in (Any, msgspec.Raw):
            return "unknown"
        if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
            self._import(hint.__module__.rsplit(".", 1)[1], hint.__name__)
            return hint.__name__
        raise TypeError(f"no TypeScript for {hint!r} in {self.name}")

    def _import(self, module: str, name: str) -> None:
        if module != self.name:
            self.imports.setdefault(module, set()).add(name)


def _operations(operations: Mapping[str, Shape]) -> str:
    structs = {s for op in operations.values() for s in (op.ask, op.answer)} | set(KINDS.values())
    by_module: dict[str, set[str]] = {}
    for struct in structs:
        by_module.setdefault(struct.__module__.rsplit(".", 1)[1], set()).add(struct.__name__)
    imports = "".join(
        f"import type {{ {', '.join(sorted(names))} }} from './{module}'\n"
        for module, names in sorted(by_module.items())
    )
    rows = "".join(
        f"  '{name}': {{ ask: {op.ask.__name__}; answer: {op.answer.__name__} }}\n" for name, op in operations.items()
    )
    changing = "".join(f"  '{name}',\n" for name, op in operations.items() if op.changes)
    bodies = "".join(f"  '{kind}': {struct.__name__}\n" for kind, struct in KINDS.items())
    return (
        f"{HEAD}{imports}\n"
        f"/** Every operation: what it is asked and what it answers. */\nexport interface Operations {{\n{rows}}}\n\n"
        "export type OperationName = keyof Operations\n\n"
        "/** Operations that change something and therefore carry a nonce. */\n"
        f"export const CHANGING: ReadonlySet<OperationName> = new Set<OperationName>([\n{changing}])\n\n"
        f"/** What the entries of each known kind carry. */\nexport interface EntryBodies {{\n{bodies}}}\n\n"
        "export type EntryKind = keyof EntryBodies\n\n"
        "/** Kinds in streams people hear. */\n"
        f"export const HEARD: readonly EntryKind[] = [{', '.join(repr(kind) for kind in HEARD)}]\n"
    )


def _literals(module: str) -> dict[str, object]:
    members = vars(import_module(f"dianmai.wire.{module}"))
    source = inspect.getsource(import_module(f"dianmai.wire.{module}"))
    return {k: v for k, v in members.items() if get_origin(v) is Literal and f"\n{k} = Literal" in source}


def _choice(literal: object) -> str:
    return " | ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in get_args(literal))


def _constant(value: object) -> str:
    if isinstance(value, tuple):
        items = [f"'{item}'" for item in cast("tuple[object, ...]", value)]
        return f"[{', '.join(items)}] as const"
    return repr(value)


def _comment(struct: type[msgspec.Struct]) -> str:
    text = inspect.cleandoc(struct.__doc__ or "")
    if not text:
        return ""
    if "\n" not in text:
        return f"/** {text} */\n"
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in text.splitlines()) + " */\n"
