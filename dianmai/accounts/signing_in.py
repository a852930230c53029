"""Signing in with employee number and password."""

from dianmai import org
from dianmai.accounts import hashing, passwords, store
from dianmai.accounts.me import me_of
from dianmai.accounts.opening import Opening, openings
from dianmai.accounts.store import AccountRow
from dianmai.accounts.trying import is_loopback, require_may_try
from dianmai.core.errors import NotAllowed
from dianmai.core.operations import Act, Gather, gathering
from dianmai.wire.accounts import SignedIn, SignIn


@gathering("accounts.sign_in", SignedIn, anonymous=True)
async def sign_in(act: Act, ask: SignIn) -> Gather[Opening]:
    """Signs in. A browser gets a cookie; with `bearer` the answer has the token, said only here. Sessions last 90 days.

    Somebody unknown, somebody who has left and a wrong password get the same answer after the same time. At most 10
    tries for an employee number and 100 from an address (IPv6: a /64) within 15 minutes, over all servers; success
    forgets them. Refusals: `wrong_credentials` (401), `too_many_attempts` (429, `retry_after_ms`), `password_too_long`
    (over 256 characters), `sign_in_busy` (503).
    """
    passwords.require_not_too_long(ask.password)
    employee_no = org.plain_number(ask.employee_no)
    keys = await require_may_try(act.db, "account", employee_no, act.address)
    account = await store.account(act.db, employee_no)
    known = account if account is not None and _may_sign_in(account, act.address) else None
    right = await hashing.verify(known.password_hash if known else None, ask.password)
    if known is None or not right:
        raise NotAllowed("wrong_credentials", status=401)
    if known.password_hash and hashing.is_outdated(known.password_hash):
        await store.replace_hash(act.db, known.person, known.password_hash, await hashing.hashed(ask.password))
    me = await me_of(act, known.person, 0)
    return Gather(openings, Opening(me, ask.device, ask.bearer, keys, act.set_session, epoch=known.epoch))


def _may_sign_in(account: AccountRow, address: str) -> bool:
    """Demonstration accounts have printed passwords: they are for whoever sits at this machine."""
    return account.state == "active" and (not account.loopback_only or is_loopback(address))
