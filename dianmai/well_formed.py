"""What addresses, origins, networks and hosts in settings must look like, beyond their type."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

# As an address is told from a name where names are looked up: the last part is a number.
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_HOST: Final = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def require_well_formed(name: str, value: Any) -> None:
    """Raises `ValueError`, in words for whoever set it, where a setting's value is no such thing."""
    check = _CHECKS.get(name)
    if check is not None and value is not None:
        for one in (value,) if isinstance(value, str) else value:
            check(one)


def _host_or_network(entry: str) -> None:
    if not _HOST.fullmatch(entry) or _NUMBER.fullmatch(entry.rpartition(".")[2]):
        ipaddress.ip_network(entry)


def _address(*schemes: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        parts = urlsplit(value)
        if parts.scheme not in schemes:
            raise ValueError(f"must start with {schemes[0]}://")
        _ = parts.port  # raises ValueError when it is no number

    return check


def _origin(value: str) -> None:
    parts = urlsplit(value)
    _ = parts.port
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError("must look like https://host or https://host:port")
    if parts.path or parts.query or parts.fragment:
        raise ValueError("must end after the host and port, without a path or a closing slash")


_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "database_url": _address("postgresql", "postgres"),
    "nats_url": _address("nats", "tls"),
    "public_url": _origin,
    "origins": _origin,
    "trusted_proxies": ipaddress.ip_network,
    "metrics_from": ipaddress.ip_network,
    "egress_allow": _host_or_network,
}
