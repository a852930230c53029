"""From an address as somebody wrote it to the one place it stands for; refused where two readers could disagree.

Nothing is asked here: what is refused leaves no packet behind.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from dianmai.core.errors import Invalid
from dianmai.egress import words as words
from dianmai.egress.addresses import Address
from dianmai.egress.allowing import Allowed

LONGEST: Final = 2_048
# Names that stand for something inside wherever they are asked.
_INSIDE: Final = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion", "invalid")
_LOOSE = re.compile(r"[\x00-\x20\x7f-\x9f\\\u00a0\u2028\u2029\ud800-\udfff]")
_NAME = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PLAIN: Final = "%/:@!$&'()*+,;=~-._"


class Blocked(Invalid):
    """An address that may not be asked. `why` is for the log, not for whoever gave it."""

    def __init__(self, why: str) -> None:
        super().__init__("url_not_allowed", field="url")
        self.why = why


class Place(NamedTuple):
    """Where to ask: `address` where the host was written as one, else the name is still to be looked up."""

    url: str
    host: str
    port: int
    address: Address | None


def place_of(url: str, allowed: Allowed) -> Place:
    """The place an address stands for. Refuses (`Blocked`) what is no plain http(s) address of something outside."""
    if len(url) > LONGEST or _LOOSE.search(url):
        raise Blocked("malformed")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Blocked("malformed") from None
    if parts.scheme not in ("http", "https"):
        raise Blocked("scheme")
    if "@" in parts.netloc or "%" in parts.netloc:
        raise Blocked("credentials")
    host, address = _host(parts.hostname or "", allowed)
    number = (443 if parts.scheme == "https" else 80) if port is None else port
    if number not in allowed.ports:
        raise Blocked("port")
    if address is not None and not allowed.may(host, address):
        raise Blocked("address")
    shown = f"[{host}]" if isinstance(address, IPv6Address) else host
    target = quote(parts.path or "/", safe=_PLAIN) + (
        f"?{quote(parts.query, safe=_PLAIN + '?')}" if parts.query else ""
    )
    return Place(f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}{target}", host, number, address)


def _host(written: str, allowed: Allowed) -> tuple[str, Address | None]:
    if ":" in written:
        try:
            address = IPv6Address(written)
        except ValueError:
            raise Blocked("host") from None
        return str(address), address
    try:
        name = written.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise Blocked("host") from None
    if not _NAME.fullmatch(name):
        raise Blocked("host")
    # Whatever ends in a number is an address to somebody: only the one way of writing that all agree on passes.
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        try:
            address = IPv4Address(name)
        except ValueError:
            raise Blocked("host") from None
        return name, address
    inside = "." not in name or any(name == one or name.endswith(f".{one}") for one in _INSIDE)
    if inside and not allowed.knows(name):
        raise Blocked("inside")
    return name, None
