"""Turns a request's bytes into its struct, and every way that can fail into the code a client can act on.

JSON is read strictly: UTF-8 only, no NaN, no duplicate keys, no control characters, at most 20 levels deep.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from dianmai.core.errors import Invalid, Refusal
from dianmai.core.text import refuse_stacked_marks

T = TypeVar("T")

MAX_DEPTH = 20
BOM = b"\xef\xbb\xbf"

_KEYS = re.compile(rb'"([^"\\]*+(?:\\.[^"\\]*+)*+)"(?=\s*+(:)?)')
_CONTROL = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:[bf]|u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]|[89][0-9a-fA-F]))")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_WRONG_FIELD = re.compile(r" - at `\$([^`]*)`$")
_LIMIT = re.compile(r"(<=|>=) (-?\d+)")
_POSITION = re.compile(r"\(byte (\d+)\)")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
_MISSING = re.compile(r"missing required field `([^`]*)`")


def decode(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The struct in `body`; refuses with the code and field of what is wrong, and never with a 500."""
    if body.startswith(BOM):
        body = body[len(BOM) :]
    if not body.strip():
        raise Invalid("body_required", status=400)
    if not _plain(decoder.type, body):
        refuse_loose_json(body)
    elif not body.isascii():
        refuse_stacked_marks(body.decode("utf-8", "replace"))
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        refuse_loose_json(body)  # what is not a field's name has not been looked at
        raise _broken_rule(str(error)) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError) as error:
        raise _malformed(body, str(error)) from None


def refuse_loose_json(body: bytes) -> None:
    """Refuses what lenient parsers let through: control characters, doubled keys, deep nesting."""
    if b"\\" in body and _CONTROL.search(body):
        raise Invalid("control_character", status=400)
    keys = [text for text, colon in _KEYS.findall(body) if colon]
    if len(keys) != len(set(keys)):
        refuse_doubled_keys(body)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise Invalid("json_too_deep", limit=MAX_DEPTH, status=400)
    if b"\\u" in body:
        refuse_stacked_marks(_unescaped(body))
    elif not body.isascii():
        refuse_stacked_marks(body.decode("utf-8", "replace"))


def refuse_doubled_keys(body: bytes) -> None:
    """Refuses an object, at any depth, that says the same key twice: readers disagree on which of them counts."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise Invalid("duplicate_key", field=key[:80], status=400)
            seen[key] = value
        return seen

    if _depth(body) > MAX_DEPTH:
        raise Invalid("json_too_deep", limit=MAX_DEPTH, status=400)
    try:
        json.loads(body, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return  # malformed in another way: the decoder says how


def _plain(struct: Any, body: bytes) -> bool:
    """Whether it takes no closer look to know that nothing is loose: one flat object without escapes, in which the
    name of no field is written twice. Almost everything is."""
    if b"\\" in body or body.count(b"{") != 1 or body.count(b"[") >= MAX_DEPTH:
        return False
    return max(map(body.count, _names(struct)), default=0) <= 1


@lru_cache(maxsize=1_000)
def _names(struct: Any) -> Sequence[bytes]:
    """The fields of a struct as they are written; of anything else what is in every object, so that it is looked at."""
    fields: Sequence[str] | None = getattr(struct, "__struct_encode_fields__", None)
    return [b'"'] if fields is None else [b'"%b"' % name.encode() for name in fields]


def _unescaped(body: bytes) -> str:
    """The body with its \\u escapes as the characters they stand for; those are one or two UTF-16 units."""
    text = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), body.decode("utf-8", "replace"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _depth(body: bytes) -> int:
    deepest = depth = 0
    in_text = escaped = False
    for byte in body:
        if in_text:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_text = False
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                return deepest
        elif byte in b"]}":
            depth -= 1
    return deepest


def _malformed(body: bytes, reason: str) -> Refusal:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return Invalid("invalid_encoding", status=400)
    if "surrogate" in reason or _SURROGATE.search(body):
        return Invalid("invalid_unicode", status=400)
    if re.search(rb"[:\[,]\s*-?(NaN|Infinity|nan|inf)", body) or "number" in reason:
        return Invalid("invalid_number", status=400)
    position = _POSITION.search(reason)
    return Invalid("invalid_json", status=400, position=position.group(1) if position else len(body))


def _broken_rule(reason: str) -> Refusal:
    """Maps msgspec's sentence for a broken rule to our code, field and limit."""
    where = _WRONG_FIELD.search(reason)
    field = where.group(1).lstrip(".") if where else ""
    unknown, missing = _UNKNOWN.search(reason), _MISSING.search(reason)
    if unknown:
        return Invalid("unknown_field", field=_join(field, unknown.group(1)))
    if missing:
        return Invalid("missing_field", field=_join(field, missing.group(1)))
    bound = _LIMIT.search(reason)
    limit = int(bound.group(2)) if bound else None
    most = bool(bound and bound.group(1) == "<=")
    if "`str` of length" in reason:
        return Invalid("text_too_long" if most else "text_too_short", field=field, limit=limit)
    if "`array` of length" in reason or "`object` of length" in reason:
        return Invalid("too_many_items" if most else "too_few_items", field=field, limit=limit)
    if "`int`" in reason and bound:
        if field == "limit":
            return Invalid("invalid_limit", field=field, limit=limit)
        return Invalid("number_out_of_range", field=field, limit=limit, status=400)
    if reason.startswith("Number out of range"):
        return Invalid("invalid_number", field=field, status=400)
    if "out of range" in reason:
        return Invalid("number_out_of_range", field=field, status=400)
    if reason.startswith("Expected") and "got" in reason:
        return Invalid("invalid_type", field=field)
    return Invalid("invalid_value", field=field)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
