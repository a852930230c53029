"""Turns a text frame's bytes into the frame, and every way that can fail into the code a client can act on."""

from typing import Any, cast

import msgspec

from dianmai.core import decoding
from dianmai.core.errors import Invalid
from dianmai.wire.frames import ClientFrame, Do, Hello

_FRAME: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(Hello | Do)
_NO_BODY = Do(ref=0, op="...").body
_TYPES = ("hello", "do")
# 1004 to 1006 and 1015 are what a library says to its program; the rest below 3000 is nobody's yet.
_SAID_ALOUD = (range(1000, 1004), range(1007, 1015), range(3000, 5000))


def frame_in(payload: bytes) -> ClientFrame:
    """The frame. Refuses `invalid_frame` (no JSON object), `unknown_type`, or what is wrong with a field of it.

    Raises UnicodeDecodeError for bytes that are no UTF-8, which WebSocket forbids in text frames.
    """
    if not payload.isascii():
        payload.decode()
    try:
        said = _FRAME.decode(payload)
        if not (isinstance(said, Do) and _each_once(payload, said)):
            decoding.refuse_doubled_keys(payload)
        return said
    except (msgspec.DecodeError, RecursionError, ValueError):
        loose = _loose(payload)
        if loose is None or "t" not in loose:
            raise Invalid("invalid_frame", status=400) from None
        if loose["t"] not in _TYPES:
            raise Invalid("unknown_type", status=400, field="t") from None
        decoding.decode(_FRAME, payload)
        raise Invalid("invalid_frame", status=400) from None


def ref_in(payload: bytes) -> int | None:
    """The `ref` of a frame that was refused, if one can be made out."""
    loose = _loose(payload)
    ref = loose.get("ref") if loose is not None else None
    return ref if isinstance(ref, int) and not isinstance(ref, bool) and 0 <= ref < 2**53 else None


def answer_to_goodbye(payload: bytes) -> int:
    """The code to answer a close frame with: its own, or what is wrong with it."""
    if not payload:
        return 1000
    code = int.from_bytes(payload[:2], "big")
    if len(payload) == 1 or not any(code in codes for codes in _SAID_ALOUD):
        return 1002
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return 1007
    return code


def _each_once(payload: bytes, do: Do) -> bool:
    """Whether the quotes around the body are just those of each key and each text once: then no key is doubled.

    A key more is two quotes more, whatever it is. Where the number differs for another reason it is looked at closely;
    to do so with every frame would cost more than reading it.
    """
    quotes = payload.count(b'"') - bytes(do.body).count(b'"')
    return quotes == 10 + 2 * (do.body is not _NO_BODY) + 4 * (do.nonce is not None)


def _loose(payload: bytes) -> dict[str, Any] | None:
    try:
        loose = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    return cast("dict[str, Any]", loose) if isinstance(loose, dict) else None
