"""How often one may try: for each account and for each address, counted in the database, so on all nodes together."""

import ipaddress
from datetime import timedelta
from math import ceil
from typing import Final

from dianmai.accounts import store
from dianmai.core.db import Queries
from dianmai.core.errors import TooMany, describe
from dianmai.core.limits import Limit, declare

WINDOW: Final = timedelta(minutes=15)
MOST_FOR_ACCOUNT: Final = 10
MOST_FOR_ADDRESS: Final = 100  # a store or an office shares one address

_TRIED = ["accounts.activate", "accounts.sign_in", "accounts.switch"]
declare(
    Limit(
        "tries of a password or code", MOST_FOR_ACCOUNT, "employee number in 15 minutes", "too_many_attempts", _TRIED
    ),
    Limit("tries of a password or code", MOST_FOR_ADDRESS, "address in 15 minutes", "too_many_attempts", _TRIED),
)


async def require_may_try(db: Queries, kind: str, employee_no: str, address: str) -> tuple[str, str]:
    """Notes a try and answers its keys; refuses the 11th for an account and the 101st from an address in 15 minutes.

    Whether the account exists makes no difference. Must not run in the transaction of what is tried: a refusal would
    take the note back.
    """
    account_key, address_key = f"{kind}:{employee_no}", f"address:{network(address)}"
    for key, most in ((address_key, MOST_FOR_ADDRESS), (account_key, MOST_FOR_ACCOUNT)):
        if not await store.note_try(db, key, most, WINDOW):
            wait = await store.next_try(db, key, WINDOW)
            seconds = max(1.0, wait.total_seconds())
            raise TooMany("too_many_attempts", retry_after_ms=int(seconds * 1_000), minutes=ceil(seconds / 60))
    return account_key, address_key


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 /64, which one household or store has to itself."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def is_loopback(address: str) -> bool:
    """Whether the request came from this very machine."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


describe(
    {
        "too_many_attempts": (
            "试的次数太多，请 {minutes} 分钟后再试",
            "Too many attempts; please try again in {minutes} min",
        )
    }
)
