"""Reading request bodies: only what is announced as JSON, never more than the limit, never for ever."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from dianmai.core.errors import Invalid
from dianmai.edge.admission import Caller

MOST_BYTES = 256 * 1024
SILENCE_S = 10.0
SLOWEST_BYTES_S = 2_000
PATIENCE_S = 30.0


def require_json(caller: Caller) -> None:
    """Refuses every other type, charset and packing."""
    kind, _, charset = caller.headers.get("content-type", "").partition(";")
    charset = charset.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise Invalid("unsupported_media_type", status=415)
    refuse_packed(caller)


def refuse_packed(caller: Caller) -> None:
    if caller.headers.get("content-encoding", "identity").lower() != "identity":
        raise Invalid("unsupported_media_type", status=415)


async def read(request: Request, limit: int) -> bytes:
    """The whole body. Refuses one that is too large before reading it, and one that comes too slowly."""
    refuse_announced(request, limit)
    first = await _message(request, limit, 0, SILENCE_S)
    if not first[1]:
        return first[0]
    chunks = [first[0]]
    async for chunk in _rest(request, limit, len(first[0])):
        chunks.append(chunk)
    return b"".join(chunks)


async def stream(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes, under the same rules."""
    first = await _message(request, limit, 0, SILENCE_S)
    yield first[0]
    if first[1]:
        async for chunk in _rest(request, limit, len(first[0])):
            yield chunk


def refuse_announced(request: Request, limit: int) -> None:
    """Refuses by Content-Length, before anything is read."""
    caller: Caller = request.scope["caller"]
    declared = caller.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > limit:
        raise Invalid("body_too_large", status=413, limit=limit)


async def _rest(request: Request, limit: int, size: int) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    started, more = loop.time(), True
    while more:
        allowed = PATIENCE_S + size / SLOWEST_BYTES_S - (loop.time() - started)
        chunk, more = await _message(request, limit, size, min(SILENCE_S, allowed))
        size += len(chunk)
        yield chunk


async def _message(request: Request, limit: int, size: int, patience: float) -> tuple[bytes, bool]:
    try:
        async with asyncio.timeout(patience):
            message = await request.receive()
    except TimeoutError:
        raise Invalid("request_timeout", status=408) from None
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    body: bytes = message.get("body", b"")
    if size + len(body) > limit:
        raise Invalid("body_too_large", status=413, limit=limit)
    return body, message.get("more_body", False)
