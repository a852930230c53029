"""Which addresses lie outside: what an address stands for is decided by its numbers, not by who named it.

Of IPv6 only global unicast is outside, less what carries an IPv4 address or is set apart; whatever else there is is
inside. Of IPv4 everything is outside that is not set apart.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_GLOBAL_V6 = IPv6Network("2000::/3")
_APART_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols of their own, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
# An interface that carries an IPv4 address (ISATAP), below whatever prefix.
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
_APART_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network: most systems take it for themselves
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared behind one provider; clouds keep their metadata here
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services, at a public number
        "169.254.0.0/16",  # link-local, and metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocols, and metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # measuring
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_OWN_V4 = tuple(IPv4Network(n) for n in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"))
_OWN_V6 = IPv6Network("fc00::/7")
_METADATA = frozenset({IPv4Address("100.100.100.200"), IPv6Address("fd00:ec2::254"), IPv6Address("fd20:ce::254")})


def is_outside(address: Address) -> bool:
    """Whether an address belongs to nobody's inside."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _APART_V4)
    if address not in _GLOBAL_V6 or address.scope_id is not None:
        return False
    return not any(address in network for network in _APART_V6) and not _is_isatap(address)


def is_own(address: Address) -> bool:
    """Whether an address is one a company gives its own machines: what may be allowed by the name of a host."""
    if address in _METADATA:
        return False
    if isinstance(address, IPv4Address):
        return any(address in network for network in _OWN_V4)
    return address in _OWN_V6 and address.scope_id is None and not _is_isatap(address)


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP
