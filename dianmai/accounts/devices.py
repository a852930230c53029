"""Shared devices of a store: registering this one, seeing them, ending one."""

from datetime import timedelta
from typing import Final

from dianmai import org
from dianmai.accounts import store_devices
from dianmai.accounts.holding import IDLE, device_here
from dianmai.core.access import create_actors, end_access, end_sessions_on, issue_credential, move_session
from dianmai.core.clock import millis
from dianmai.core.errors import Conflict, NotFound, describe
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, reading, writing
from dianmai.core.text import require_name
from dianmai.wire.accounts import (
    DeviceEnded,
    DeviceLine,
    DeviceRegistered,
    Devices,
    EndDevice,
    GetDevices,
    RegisterDevice,
    RegisteredDevice,
    SharedDevice,
)
from dianmai.wire.base import Nothing

LIFETIME: Final = timedelta(days=3650)  # until somebody ends it


# Without a nonce: the answer may have a token in it, which is kept nowhere readable.
@writing("accounts.register_device", nonce=False, http_only=True)
async def register_device(act: Act, ask: RegisterDevice) -> RegisteredDevice:
    """Turns this browser into a shared device of a store: it may hold several people, of whom one is active.

    The browser gets a second cookie; with `bearer` the answer has the device's token, said only here. The asking
    session becomes the device's active one and from then on ends after 12 hours without use. Needs the right
    `issue_codes` over the unit. Refusals: `forbidden`, `not_found` (no such unit), `blank_text`, `bidi_control`,
    `already_shared` (409).
    """
    name = require_name(ask.name, "name")
    await org.require_right(act, "issue_codes", ask.unit)
    if await device_here(act) is not None:
        raise Conflict("already_shared")
    (device,) = await create_actors(act.tx, "device", 1)
    row = await store_devices.register(act.tx.db, device, name, ask.unit)
    _, token = await issue_credential(act.tx, device, "device", device_name=name, device_kind="till", lifetime=LIFETIME)
    if act.actor.credential is not None:
        session = act.actor.credential
        await move_session(act.tx, session, device, device_name=name, device_kind="till", idle=IDLE)
        await store_devices.hold(act.tx.db, device, act.actor.id)
    act.set_device(token)
    act.tx.append(Draft("org", "device.registered", DeviceRegistered(device=device, name=name, unit=ask.unit)))
    return RegisteredDevice(device=SharedDevice(**row._asdict()), token=token if ask.bearer else None)


@reading("accounts.devices")
async def devices(act: Act, ask: GetDevices) -> Devices:
    """The shared devices of a unit, by name, at most 200.

    Needs the right `issue_codes` over the unit. Refusals: `forbidden`, `not_found`.
    """
    await org.require_right(act, "issue_codes", ask.unit)
    here = await store_devices.device_of(act.db, act.actor.credential or 0)
    return Devices(
        devices=[
            DeviceLine(
                id=row.id,
                name=row.name,
                since=millis(row.since),
                last_used=millis(row.last_used),
                this=here is not None and here.id == row.id,
            )
            for row in await store_devices.devices_in(act.db, ask.unit)
        ]
    )


@writing("accounts.end_device", nonce=False, on_reserve=True)
async def end_device(act: Act, ask: EndDevice) -> Nothing:
    """Ends a shared device: it holds nobody any more, and the session on it closes within a second.

    Needs the right `issue_codes` over its unit. Refusals: `not_found` (no such device, ended already, or not yours to
    end).
    """
    row = await store_devices.device(act.db, ask.device)
    if row is None or not await org.may(act.db, act.actor, "issue_codes", row.unit):
        raise NotFound("not_found", field="device")
    here = await store_devices.device_of(act.db, act.actor.credential or 0)
    if not await store_devices.end(act.tx.db, row.id):
        raise NotFound("not_found", field="device")
    await end_access(act.tx, [row.id])
    await end_sessions_on(act.tx, row.id)
    if here is not None and here.id == row.id:
        act.end_session()
        act.forget_device()
    act.tx.append(Draft("org", "device.ended", DeviceEnded(device=row.id)))
    return Nothing()


describe({"already_shared": ("这台设备已经是门店共用设备", "This is a shared device already")})
