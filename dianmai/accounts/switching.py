"""Switching people on a shared device: who is held here, and letting another one in."""

from dianmai.accounts import passwords, store, store_devices
from dianmai.accounts.holding import IDLE, device_here, not_shared_device
from dianmai.accounts.me import me_of
from dianmai.accounts.opening import Opening, openings
from dianmai.accounts.proving import knows_password
from dianmai.accounts.trying import require_may_try
from dianmai.core.errors import NotAllowed, NotFound, describe
from dianmai.core.operations import Act, Gather, gathering, reading
from dianmai.wire.accounts import Device, GetHere, HeldPerson, Here, SignedIn, Switch


@reading("accounts.here", anonymous=True, http_only=True)
async def here(act: Act, ask: GetHere) -> Here:
    """Whom the shared device that asks holds: their names and who is active, nothing else. Nobody need be signed in.

    The device shows its cookie, or its token as bearer. Anything else is no shared device: an empty answer.
    """
    device = await device_here(act)
    if device is None:
        if act.device_token is not None:
            act.forget_device()
        return Here(people=[])
    act.set_device(act.device_token or "")  # browsers keep a cookie for 400 days at most: each look renews it
    held = await store_devices.held(act.db, device.id, IDLE)
    return Here(device=device, people=[HeldPerson(**row._asdict()) for row in held])


@gathering("accounts.switch", SignedIn, anonymous=True, http_only=True, on_reserve=True)
async def switch(act: Act, ask: Switch) -> Gather[Opening]:
    """Makes another person whom this shared device holds the active one; the session before it is void at once.

    Asks for the password; tries are limited together with those of signing in. A person is held until 12 hours after
    they last used the device, until they sign out, or until their access ends.
    Refusals: `not_shared_device` (401; no device, or it has ended), `not_held` (404; also somebody unknown),
    `wrong_password` (401), `too_many_attempts` (429, `retry_after_ms`), `password_too_long`, `sign_in_busy` (503).
    """
    passwords.require_not_too_long(ask.password)
    device = await device_here(act)
    if device is None:
        raise not_shared_device()
    held = {row.person for row in await store_devices.held(act.db, device.id, IDLE)}
    account = await store.account_of(act.db, ask.person) if ask.person in held else None
    if account is None:
        raise NotFound("not_held", field="person")
    keys = await require_may_try(act.db, "account", account.employee_no, act.address)
    if not await knows_password(act, account, ask.password):
        raise NotAllowed("wrong_password", status=401, field="password")
    me = await me_of(act, account.person, 0)
    return Gather(
        openings, Opening(me, Device(), ask.bearer, keys, act.set_session, epoch=account.epoch, shared=device)
    )


describe(
    {
        "not_held": (
            "这台设备上没有保留这个人的登录，请用工号登录",
            "Not signed in on this device; use the employee number",
        ),
        "wrong_password": ("密码不对", "Wrong password"),
    }
)
