"""Refusals and headers as HTTP. Every answer of this server carries these headers, whatever it is."""

import http

import msgspec

from dianmai.core.errors import Language, Refusal
from dianmai.core.ids import random_id
from dianmai.edge.admission import Caller
from dianmai.wire.errors import ErrorAnswer

_encode = msgspec.json.Encoder().encode


def error_body(refusal: Refusal, language: Language, request_id: str) -> bytes:
    """The refusal's JSON."""
    return _encode(ErrorAnswer(error=refusal.body(language, request_id)))


def retry_after(refusal: Refusal) -> str | None:
    """The header's value, in whole seconds."""
    return None if refusal.retry_after_ms is None else str(-(-refusal.retry_after_ms // 1000))


def plain_http(refusal: Refusal, caller: Caller | None) -> bytes:
    """A whole HTTP answer that ends the connection, for where no framework is at hand."""
    language = caller.language if caller is not None else "zh-CN"
    request_id = caller.request_id if caller is not None else random_id(9)
    body = error_body(refusal, language, request_id)
    lines = [
        f"HTTP/1.1 {refusal.status} {http.HTTPStatus(refusal.status).phrase}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        "connection: close",
        "cache-control: no-store",
    ]
    lines += [f"{n.decode()}: {v.decode()}" for n, v in security_headers(caller)]
    if (seconds := retry_after(refusal)) is not None:
        lines.append(f"retry-after: {seconds}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def security_headers(caller: Caller | None) -> list[tuple[bytes, bytes]]:
    """What tells a browser to trust nothing but our own files."""
    host = caller.host if caller is not None else ""
    known = _known.get(host)
    if known is None:
        if len(_known) >= 100:
            _known.clear()
        known = _known[host] = [(b"content-security-policy", _policy(host)), *_FIXED]
    return [*known, _HSTS] if caller is not None and caller.secure else known


def _policy(host: str) -> bytes:
    sockets = f" ws://{host} wss://{host}" if host else ""
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
        "media-src 'self' blob:; "
        f"connect-src 'self'{sockets}; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'; require-trusted-types-for 'script'"
    ).encode()


_known: dict[str, list[tuple[bytes, bytes]]] = {}
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_FIXED = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (
        b"permissions-policy",
        b"camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), display-capture=()",
    ),
]
