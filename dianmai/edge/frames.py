"""Frames as bytes. A server's WebSocket frames are unmasked, so one and the same object goes to every socket."""

from collections.abc import Sequence

import msgspec

from dianmai.core.errors import Language, Refusal
from dianmai.core.journal import Placed
from dianmai.wire.frames import Refused, ServerFrame

LONGEST_PAYLOAD = 32 * 1024
PING = b"\x89\x00"

_encode = msgspec.json.Encoder().encode


def text_frame(payload: bytes) -> bytes:
    """A whole WebSocket text frame."""
    size = len(payload)
    if size < 126:
        return b"\x81%c%b" % (size, payload)
    if size < 65536:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), payload)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), payload)


def close_frame(code: int, reason: str) -> bytes:
    """A whole WebSocket close frame."""
    payload = code.to_bytes(2, "big") + reason.encode()[:120]
    return b"\x88%c%b" % (len(payload), payload)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping."""
    return b"\x8a%c%b" % (len(payload), payload)


def frame(told: ServerFrame) -> bytes:
    """A server frame that is said to one socket or a few."""
    return text_frame(_encode(told))


def done_frame(ref: int, answer: bytes) -> bytes:
    """`done` around an answer that is encoded already."""
    return text_frame(b'{"t":"done","ref":%d,"answer":%b}' % (ref, answer))


def error_frame(refusal: Refusal, ref: int | None, language: Language, request_id: str) -> bytes:
    """`error` in the reader's language."""
    body = refusal.body(language, request_id)
    return frame(
        Refused(
            code=body.code,
            message=body.message,
            request_id=request_id,
            ref=ref,
            field=body.field,
            limit=body.limit,
            retryable=body.retryable,
            retry_after_ms=body.retry_after_ms,
        )
    )


def entries_frames(stream: str, entries: Sequence[Placed]) -> list[bytes]:
    """`entries` of one stream and batch: one frame, or several where one would be too long."""
    head = b'{"t":"entries","stream":"%b","entries":[' % stream.encode()
    if len(entries) == 1:
        return [text_frame(b"%b%b]}" % (head, entries[0].raw))]
    frames: list[bytes] = []
    batch: list[bytes] = []
    size = 0
    for entry in entries:
        if batch and size + len(entry.raw) > LONGEST_PAYLOAD:
            frames.append(text_frame(b"%b%b]}" % (head, b",".join(batch))))
            batch, size = [], 0
        batch.append(entry.raw)
        size += len(entry.raw) + 1
    frames.append(text_frame(b"%b%b]}" % (head, b",".join(batch))))
    return frames
