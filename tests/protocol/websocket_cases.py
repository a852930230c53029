"""What a WebSocket server must do, case by case, by the numbers of the Autobahn suite (its numbers, our bytes).

Left out is what the product refuses by its protocol: binary messages, compression (12, 13), messages of more than
64 KiB (9, tried as refusals), more than 400 frames at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from tests.edge.client import frame_bytes

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
LIMIT: Final = 64 * 1024
AT_ONCE: Final = 390
Frame = tuple[int, bytes]


@dataclass(frozen=True)
class Case:
    """What is sent, what comes back, and the code the server closes with (None: it answers our goodbye)."""

    number: str
    sent: bytes
    back: tuple[Frame, ...] = ()
    closed: int | None = None
    strict: bool = True
    """Not strict, as in the suite: what came before a broken frame may be lost, and who talks on after a goodbye may be
    cut off in any way."""


def cases() -> list[Case]:
    """Every case, by the suite's numbers."""
    return [*_messages(), *_pings(), *_broken(), *_fragments(), *_texts(), *_goodbyes(), *_limits()]


def text(payload: bytes, **more: Any) -> bytes:
    return frame_bytes(TEXT, payload, **more)


def goodbye(payload: bytes, **more: Any) -> bytes:
    return frame_bytes(CLOSE, payload, **more)


def fragments(payload: bytes, size: int) -> bytes:
    """A text message in pieces of this size; the last may be empty."""
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    last = len(pieces) - 1
    return b"".join(frame_bytes(0 if n else TEXT, piece, fin=n == last) for n, piece in enumerate(pieces))


def _messages() -> Iterator[Case]:
    for n, size in enumerate((0, 125, 126, 127, 128, 65535, 65536), start=1):
        payload = b"*" * size
        yield Case(f"1.1.{n}", text(payload), ((TEXT, payload),))


def _pings() -> Iterator[Case]:
    for n, payload in ((1, b""), (2, b"Hello, world!"), (3, b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"), (4, b"\xfe" * 125)):
        yield Case(f"2.{n}", frame_bytes(PING, payload), ((PONG, payload),))
    yield Case("2.5", frame_bytes(PING, b"\xfe" * 126), closed=1002)
    for n, payload in ((7, b""), (8, b"unsolicited")):
        yield Case(f"2.{n}", frame_bytes(PONG, payload))
    yield Case("2.9", frame_bytes(PONG, b"nobody asked") + frame_bytes(PING, b"you?"), ((PONG, b"you?"),))
    ten = [b"payload-%d" % n for n in range(10)]
    yield Case("2.10", b"".join(frame_bytes(PING, one) for one in ten), tuple((PONG, one) for one in ten))


def _broken() -> Iterator[Case]:
    hello = ((TEXT, b"Hello"),)
    for bits in range(1, 8):
        yield Case(f"3.1/{bits}", text(b"Hello", rsv=bits), closed=1002)
        yield Case(f"3.2/{bits}", text(b"Hello") + text(b"Hello", rsv=bits) + frame_bytes(PING, b""), hello, 1002)
        yield Case(f"3.5/{bits}", frame_bytes(BINARY, b"\x00\xff", rsv=bits), closed=1002)
        yield Case(f"3.6/{bits}", frame_bytes(PING, b"Hello", rsv=bits), closed=1002)
        yield Case(f"3.7/{bits}", goodbye(b"", rsv=bits), closed=1002)
    for series, opcodes in ((1, range(3, 8)), (2, range(11, 16))):
        for n, opcode in enumerate(opcodes, start=1):
            yield Case(f"4.{series}.{n}", frame_bytes(opcode, b"x"), closed=1002)
            yield Case(f"4.{series}.{n}/late", text(b"Hello") + frame_bytes(opcode, b""), hello, 1002, strict=False)
    yield Case("masks", text(b"Hello", masked=False), closed=1002)


def _fragments() -> Iterator[Case]:
    one, two = frame_bytes(TEXT, b"fragment1", fin=False), frame_bytes(0, b"fragment2")
    whole: tuple[Frame, ...] = ((TEXT, b"fragment1fragment2"),)
    ping, pong = frame_bytes(PING, b"pongme"), (PONG, b"pongme")
    yield Case("5.1", frame_bytes(PING, b"a", fin=False) + frame_bytes(0, b"b"), closed=1002)
    yield Case("5.2", frame_bytes(PONG, b"a", fin=False) + frame_bytes(0, b"b"), closed=1002)
    yield Case("5.3", one + two, whole)
    yield Case("5.6", one + ping + two, (pong, *whole))
    for n, stray in ((9, frame_bytes(0, b"x")), (10, frame_bytes(0, b"x", fin=False))):
        yield Case(f"5.{n}", stray + text(b"Hello"), closed=1002)
    yield Case("5.12", frame_bytes(0, b"x", fin=False) + frame_bytes(0, b"y") + text(b"Hello"), closed=1002)
    yield Case("5.15", one + two + frame_bytes(0, b"x", fin=False) + text(b"y"), whole, 1002)
    yield Case("5.16", frame_bytes(0, b"x", fin=False) + one + two, closed=1002)
    yield Case("5.18", one + text(b"fragment2"), closed=1002)
    five = [frame_bytes(0 if n else TEXT, b"fragment%d" % n, fin=n == 4) for n in range(5)]
    joined = b"".join(b"fragment%d" % n for n in range(5))
    yield Case("5.19", five[0] + five[1] + ping + b"".join(five[2:4]) + ping + five[4], (pong, pong, (TEXT, joined)))
    yield Case("10.1.1", fragments(b"*" * 65536, 1300), ((TEXT, b"*" * 65536),))


def _texts() -> Iterator[Case]:
    yield Case("6.1.1", text(b""), ((TEXT, b""),))
    empty = frame_bytes(TEXT, b"", fin=False) + frame_bytes(0, b"", fin=False)
    yield Case("6.1.2", empty + frame_bytes(0, b""), ((TEXT, b""),))
    yield Case("6.1.3", empty + frame_bytes(0, "中".encode()), ((TEXT, "中".encode()),))
    greeting = "Hello-µ@ßöäüàá-店脉-UTF-8!!".encode()
    yield Case("6.2.1", text(greeting), ((TEXT, greeting),))
    for size in (1, 2, 3, 5, 13):
        yield Case(f"6.2/{size}", fragments(greeting, size), ((TEXT, greeting),))
    for n, payload in enumerate(_utf8()):
        try:
            payload.decode()
        except UnicodeDecodeError:
            yield Case(f"6.{n}/{payload[:8].hex()}", text(payload), closed=1007)
            yield Case(f"6.{n}/{payload[:8].hex()}/cut", fragments(b"k" + payload, 1), closed=1007)
        else:
            yield Case(f"6.{n}/{payload[:8].hex()}", text(payload), ((TEXT, payload),))
            yield Case(f"6.{n}/{payload[:8].hex()}/cut", fragments(payload, 1), ((TEXT, payload),))


def _utf8() -> Iterator[bytes]:
    """What UTF-8 is and is not: Python's strict decoder is the judge."""
    edges = (0x00, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFDD0, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1FFFE, 0x10FFFF)
    good = [chr(edge).encode() for edge in edges]
    yield from good
    yield from (b"hello" + one + b"world" for one in good)
    for long in ("é".encode(), "中".encode(), "𠮷".encode()):
        yield from (long[:at] for at in range(1, len(long)))  # the last byte is missing
        yield from (long[:at] + b"x" for at in range(1, len(long)))
        yield long[::-1]
    for surrogate in (0xD800, 0xDB7F, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF):
        yield chr(surrogate).encode("utf-8", "surrogatepass")
    yield "\ud800\udc00".encode("utf-8", "surrogatepass")
    yield from (b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf", b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80")
    yield from (b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf")  # overlong
    yield from (b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80")
    yield from (b"\x80" * count for count in range(1, 7))
    yield from (b"\xbf", b"\xfe", b"\xff", b"\xfe\xfe\xff\xff", bytes(range(0x80, 0xC0)))
    yield from (bytes([start]) + b" " for start in range(0xC0, 0x100))


def _goodbyes() -> Iterator[Case]:
    hello = ((TEXT, b"Hello World!"),)
    normal = goodbye((1000).to_bytes(2, "big"))
    yield Case("7.1.1", text(b"Hello World!") + normal, hello, 1000)
    yield Case("7.1.2", normal + normal, closed=1000, strict=False)
    yield Case("7.1.3", normal + frame_bytes(PING, b"late"), closed=1000, strict=False)
    yield Case("7.1.4", normal + text(b"late"), closed=1000, strict=False)
    yield Case("7.1.5", frame_bytes(TEXT, b"a", fin=False) + normal + frame_bytes(0, b"b"), closed=1000, strict=False)
    yield Case("7.3.1", goodbye(b""), closed=1000)
    yield Case("7.3.2", goodbye(b"a"), closed=1002)
    yield Case("7.3.3", goodbye(b"\x03\xe8"), closed=1000)
    yield Case("7.3.4", goodbye(b"\x03\xe8Hello World!"), closed=1000)
    yield Case("7.3.5", goodbye(b"\x03\xe8" + b"*" * 123), closed=1000)
    yield Case("7.3.6", goodbye(b"\x03\xe8" + b"*" * 124), closed=1002)
    yield Case("7.5.1", goodbye(b"\x03\xe8" + b"\xce\xba\xed\xa0\x80edited"), closed=1007)
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield Case(f"7.7/{code}", goodbye(code.to_bytes(2, "big")), closed=code)
    for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535):
        yield Case(f"7.9/{code}", goodbye(code.to_bytes(2, "big")), closed=1002)


def _limits() -> Iterator[Case]:
    full = b"*" * LIMIT
    yield Case("9.1.1", text(full), ((TEXT, full),))
    yield Case("9.1/beyond", text(full + b"*"), closed=1009)
    yield Case("9.1/announced", text(b"", size=16 * 2**20), closed=1009)
    for size in (256, 1024, 4096, 16384, 65536):
        yield Case(f"9.3/{size}", fragments(full, size), ((TEXT, full),))
    yield Case("9.3/beyond", fragments(full + b"*", 4096), closed=1009)
    for size in (0, 16, 64, 256, 1024):
        payload = b"*" * size
        yield Case(f"9.7/{size}", text(payload) * AT_ONCE, ((TEXT, payload),) * AT_ONCE)
