"""The SQL of shared devices. Indexes: `migrations/0060_devices.sql`."""

from datetime import datetime, timedelta
from typing import NamedTuple

from dianmai.core.db import Queries


class DeviceRow(NamedTuple):
    id: int
    name: str
    unit: int
    unit_name: str


class ListedRow(NamedTuple):
    id: int
    name: str
    since: datetime
    last_used: datetime


class HeldRow(NamedTuple):
    person: int
    name: str
    active: bool


async def register(db: Queries, device: int, name: str, unit: int) -> DeviceRow:
    """Stores a device; its actor exists already."""
    row = await db.fetchrow(_REGISTER, device, name, unit)
    assert row is not None
    return DeviceRow(*row)


async def device(db: Queries, actor: int) -> DeviceRow | None:
    """The shared device that this actor is; None when it is none, or has ended."""
    row = await db.fetchrow(_DEVICE, actor)
    return DeviceRow(*row) if row else None


async def device_of(db: Queries, credential: int) -> DeviceRow | None:
    """The shared device that a session was opened on."""
    row = await db.fetchrow(_DEVICE_OF, credential)
    return DeviceRow(*row) if row else None


async def devices_in(db: Queries, unit: int) -> list[ListedRow]:
    """The shared devices of this very unit, by name."""
    return [ListedRow(*row) for row in await db.fetch(_DEVICES_IN, unit)]


async def lock(db: Queries, device: int) -> bool:
    """Makes whoever opens a session on the device or ends it wait; False when it has ended."""
    return await db.fetchval(_LOCK, device) is not None


async def end(db: Queries, device: int) -> bool:
    """Ends the device; False when it has ended already."""
    return await db.fetchval(_END, device) is not None


async def hold(db: Queries, device: int, person: int) -> None:
    """Holds the person on the device as they are now."""
    await db.execute(_HOLD, device, person)


async def note_use(db: Queries, device: int) -> None:
    """Notes until when people have used the device, while their sessions there have not been ended yet."""
    await db.execute(_NOTE_USE, device)


async def let_go(db: Queries, credential: int) -> None:
    """The device of this session, if it is a shared one's, no longer holds its person."""
    await db.execute(_LET_GO, credential)


async def held(db: Queries, device: int, longest: timedelta) -> list[HeldRow]:
    """Whom the device holds: used within `longest`, and with the access they had then."""
    return [HeldRow(*row) for row in await db.fetch(_HELD, device, longest)]


_REGISTER = """
WITH made AS (INSERT INTO device (id, name, unit) VALUES ($1, $2, $3) RETURNING id, name, unit)
SELECT made.id, made.name, made.unit, u.name FROM made JOIN unit u ON u.id = made.unit"""
_DEVICE = """
SELECT d.id, d.name, d.unit, u.name FROM device d JOIN unit u ON u.id = d.unit WHERE d.id = $1 AND d.ended_at IS NULL"""
_DEVICE_OF = """
SELECT d.id, d.name, d.unit, u.name FROM credential c JOIN device d ON d.id = c.device JOIN unit u ON u.id = d.unit
WHERE c.id = $1 AND d.ended_at IS NULL"""
_DEVICES_IN = """
SELECT d.id, d.name, d.registered_at, max(c.last_used_at)
FROM device d JOIN credential c ON c.actor = d.id OR c.device = d.id
WHERE d.unit = $1 AND d.ended_at IS NULL GROUP BY d.id ORDER BY d.name, d.id LIMIT 200"""
_LOCK = "SELECT id FROM device WHERE id = $1 AND ended_at IS NULL FOR UPDATE"
_END = "UPDATE device SET ended_at = now() WHERE id = $1 AND ended_at IS NULL RETURNING id"
_HOLD = """
INSERT INTO held_person (device, person, epoch) SELECT $1, id, access_epoch FROM actor WHERE id = $2
ON CONFLICT (device, person) DO UPDATE SET epoch = excluded.epoch, last_used_at = now()"""
_NOTE_USE = """
UPDATE held_person h SET last_used_at = greatest(h.last_used_at, c.last_used_at) FROM credential c
WHERE h.device = $1 AND c.device = h.device AND c.actor = h.person AND c.ended_at IS NULL"""
_LET_GO = "DELETE FROM held_person h USING credential c WHERE c.id = $1 AND h.device = c.device AND h.person = c.actor"
_HELD = """
SELECT h.person, p.name, c.id IS NOT NULL
FROM held_person h JOIN person p ON p.id = h.person
JOIN actor a ON a.id = h.person AND a.active AND a.access_epoch = h.epoch
LEFT JOIN credential c ON c.device = h.device AND c.actor = h.person AND c.ended_at IS NULL AND c.expires_at > now()
  AND c.epoch = a.access_epoch
WHERE h.device = $1 AND (c.id IS NOT NULL OR h.last_used_at > now() - $2::interval) ORDER BY p.name, p.id"""
