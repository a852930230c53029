"""Signing in with employee number and password."""

from dianmai import org
from dianmai.accounts import passwords, store
from dianmai.accounts.holding import device_here
from dianmai.accounts.me import me_of
from dianmai.accounts.opening import Opening, openings
from dianmai.accounts.proving import knows_password
from dianmai.accounts.trying import require_may_try
from dianmai.core.errors import NotAllowed
from dianmai.core.operations import Act, Gather, gathering
from dianmai.wire.accounts import SignedIn, SignIn


@gathering("accounts.sign_in", SignedIn, anonymous=True, http_only=True, on_reserve=True)
async def sign_in(act: Act, ask: SignIn) -> Gather[Opening]:
    """Signs in. A browser gets a cookie; with `bearer` the answer has the token, said only here. Sessions last 90 days.

    Somebody unknown, somebody who has left and a wrong password get the same answer after the same time. At most 10
    tries for an employee number and 100 from an address (IPv6: a /64) within 15 minutes, over all servers; success
    forgets them. On a shared device whoever was active there is held (see `accounts.switch`), and the session ends
    after 12 hours without use.
    Refusals: `wrong_credentials` (401), `too_many_attempts` (429, `retry_after_ms`), `password_too_long` (over 256
    characters), `sign_in_busy` (503).
    """
    passwords.require_not_too_long(ask.password)
    employee_no = org.plain_number(ask.employee_no)
    keys = await require_may_try(act.db, "account", employee_no, act.address)
    account = await store.account(act.db, employee_no)
    if not await knows_password(act, account, ask.password) or account is None:
        raise NotAllowed("wrong_credentials", status=401)
    me = await me_of(act, account.person, 0)
    shared = await device_here(act)
    return Gather(
        openings, Opening(me, ask.device, ask.bearer, keys, act.set_session, epoch=account.epoch, shared=shared)
    )
