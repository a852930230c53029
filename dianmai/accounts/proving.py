"""Proving who one is by the password."""

from dianmai.accounts import hashing, store
from dianmai.accounts.store import AccountRow
from dianmai.accounts.trying import is_loopback
from dianmai.core.operations import Act


async def knows_password(act: Act, account: AccountRow | None, password: str) -> bool:
    """Whether this is the password of an account that may sign in from here; takes as long when there is none."""
    known = account if account is not None and _may_sign_in(account, act.address) else None
    right = await hashing.verify(known.password_hash if known else None, password)
    if known is None or not right:
        return False
    if known.password_hash and hashing.is_outdated(known.password_hash):
        await store.replace_hash(act.db, known.person, known.password_hash, await hashing.hashed(password))
    return True


def _may_sign_in(account: AccountRow, address: str) -> bool:
    """Demonstration accounts have printed passwords: they are for whoever sits at this machine."""
    return account.state == "active" and (not account.loopback_only or is_loopback(address))
