"""Activating: a one-time code becomes a password. Also the way back for who has forgotten theirs."""

import hmac

from msgspec.structs import replace

from dianmai import org
from dianmai.accounts import codes, hashing, passwords, store
from dianmai.accounts.holding import device_here
from dianmai.accounts.me import me_of
from dianmai.accounts.opening import Opening, Redeeming, openings
from dianmai.accounts.trying import require_may_try
from dianmai.core.errors import NotAllowed, describe
from dianmai.core.operations import Act, Gather, gathering
from dianmai.wire.accounts import Activate, SignedIn


@gathering("accounts.activate", SignedIn, anonymous=True, http_only=True, on_reserve=True)
async def activate(act: Act, ask: Activate) -> Gather[Opening]:
    """Redeems a one-time activation code into a password and signs in; earlier sessions of the account end.

    Of several attempts with one code at once exactly one succeeds. Passwords have 8 to 256 characters and are neither
    common nor made of employee number, name or phone number. Tries are limited as when signing in.
    Refusals: `wrong_code` (401; also when expired, used, or of somebody unknown), `code_used` (409, lost the race),
    `password_too_common`, `password_too_personal`, `password_too_long`, `text_too_short`, `too_many_attempts` (429),
    `sign_in_busy` (503).
    """
    passwords.require_not_too_long(ask.password)
    employee_no = org.plain_number(ask.employee_no)
    keys = await require_may_try(act.db, "code", employee_no, act.address)
    account = await store.account(act.db, employee_no)
    person = account.person if account is not None else 0
    stored = await store.activation(act.db, person)
    typed = codes.digest(person, ask.code)
    fits = hmac.compare_digest(stored.code_hash if stored else bytes(len(typed)), typed)
    if account is None or stored is None or not (fits and stored.usable):
        raise NotAllowed("wrong_code", status=401, field="code")
    passwords.require_good(ask.password, employee_no=employee_no, name=account.name, phone=account.phone)
    redeeming = Redeeming(typed, await hashing.hashed(ask.password))
    me = await me_of(act, person, 0)
    me = replace(me, person=replace(me.person, state="active"))
    return Gather(
        openings, Opening(me, ask.device, ask.bearer, keys, act.set_session, redeeming, shared=await device_here(act))
    )


describe({"wrong_code": ("工号或激活码不对，或已失效", "Wrong employee number or activation code")})
