"""Holding people on a shared device: whom it lets in with the password alone, and the one session it has.

A device is not a person. Its token opens no door; it only says which device a request comes from.
"""

from datetime import timedelta
from typing import Final

from dianmai.accounts import store_devices
from dianmai.core.access import end_sessions_on, resolve
from dianmai.core.errors import NotAllowed, describe
from dianmai.core.operations import Act
from dianmai.core.transactions import Transaction
from dianmai.wire.accounts import SharedDevice

IDLE: Final = timedelta(hours=12)  # longer than a shift, shorter than the night after it


async def device_here(act: Act) -> SharedDevice | None:
    """The shared device that the request comes from; None when it comes from none, or from one that has ended."""
    if act.device_token is None:
        return None
    try:
        actor = await resolve(act.db, act.device_token, act.language)
    except NotAllowed:
        return None
    row = await store_devices.device(act.db, actor.id)
    return SharedDevice(**row._asdict()) if row is not None else None


async def require_still_shared(tx: Transaction, device: int) -> None:
    """Refuses with `not_shared_device` when the device has ended meanwhile; it cannot end before the commit."""
    if not await store_devices.lock(tx.db, device):
        raise not_shared_device()


async def take_over(tx: Transaction, device: int, person: int, session: int) -> None:
    """Makes the person's new session the only one: whoever was active is held, and their token void with the commit."""
    await store_devices.note_use(tx.db, device)
    await end_sessions_on(tx, device, but=session)
    await store_devices.hold(tx.db, device, person)


def not_shared_device() -> NotAllowed:
    """The refusal for a device that is unknown, ended, or nobody's but its owner's."""
    return NotAllowed("not_shared_device", status=401)


describe(
    {
        "not_shared_device": (
            "这台设备不是（或不再是）门店共用设备，请用工号登录",
            "This is not (or no longer) a shared device; please sign in with your employee number",
        )
    }
)
