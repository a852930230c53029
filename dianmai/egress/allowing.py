"""What an installation lets through that lies inside: its own systems, named by whoever runs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from dianmai.egress.addresses import Address, is_outside, is_own

PORTS = (80, 443, 8443)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Networks whose addresses may be asked whatever they are; hosts that may have addresses of the company's own."""

    networks: Sequence[IPv4Network | IPv6Network] = ()
    hosts: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset(PORTS)

    def may(self, host: str, address: Address) -> bool:
        """Whether this address may be asked when it is what the host's name stands for."""
        if is_outside(address) or any(address in network for network in self.networks):
            return True
        return self.knows(host) and is_own(address)

    def knows(self, host: str) -> bool:
        """Whether the host is named, by itself or by what it lies in (`*.corp.example`)."""
        return host in self.hosts or any(entry.startswith("*.") and host.endswith(entry[1:]) for entry in self.hosts)


def allowed(entries: Sequence[str], ports: Sequence[int] = PORTS) -> Allowed:
    """From the settings: each entry a network (`10.1.0.0/16`), an address, or the name of a host."""
    networks: list[IPv4Network | IPv6Network] = []
    hosts: set[str] = set()
    for entry in entries:
        try:
            networks.append(ip_network(entry))
        except ValueError:
            hosts.add(entry.lower().rstrip("."))
    return Allowed(tuple(networks), frozenset(hosts), frozenset(ports))


no_exception = Allowed()
