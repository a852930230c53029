"""SQL of publishing; receipts are in `store_receipts.py`, reading in `store_reading.py`, boards in `store_board.py`."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from dianmai.core.db import Queries
from dianmai.wire.notices import Urgency


class NewNotice(msgspec.Struct, frozen=True):
    publisher: int
    title: str
    text: str
    preview: str
    must_confirm: bool
    urgency: Urgency
    deadline: datetime | None
    files: str
    recipients: int
    published_at: datetime


class FrozenUnit(msgspec.Struct, frozen=True):
    """A unit as it is when a notice is published; `line` leads from the top down to the unit itself."""

    unit: int
    kind: str
    name: str
    time_zone: str
    line: list[int]
    store: int | None
    recipients: int


class NewRecipient(msgspec.Struct, frozen=True):
    person: int
    name: str
    unit: int
    position: str
    title: str


async def add_notice(db: Queries, new: NewNotice) -> int:
    """The new notice's id."""
    return await db.fetchval(_ADD_NOTICE, *msgspec.structs.astuple(new))


async def add_units(db: Queries, notice: int, units: Sequence[FrozenUnit]) -> None:
    """Freezes the units of a notice. A line travels as text: arrays of arrays of different length do not."""
    await db.execute(
        _ADD_UNITS,
        notice,
        [u.unit for u in units],
        [u.kind for u in units],
        [u.name for u in units],
        [u.time_zone for u in units],
        ["{" + ",".join(map(str, u.line)) + "}" for u in units],
        [u.store for u in units],
        [u.recipients for u in units],
    )


async def add_recipients(db: Queries, notice: int, owes: int, people: Sequence[NewRecipient]) -> None:
    """Freezes the recipients of a notice, all in one statement."""
    await db.execute(
        _ADD_RECIPIENTS,
        notice,
        owes,
        [p.person for p in people],
        [p.name for p in people],
        [p.unit for p in people],
        [p.position for p in people],
        [p.title for p in people],
    )


_ADD_NOTICE = """
WITH added AS (
  INSERT INTO notice (publisher, title, text, preview, must_confirm, urgency, deadline, files, recipients, published_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id)
INSERT INTO notice_counts (notice) SELECT id FROM added RETURNING notice"""
_ADD_UNITS = """
INSERT INTO notice_unit (notice, unit, kind, name, time_zone, line, store, recipients)
SELECT $1, unit, kind, name, time_zone, line::bigint[], store, recipients
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::integer[])
  AS u(unit, kind, name, time_zone, line, store, recipients)"""
_ADD_RECIPIENTS = """
INSERT INTO notice_recipient (notice, owes, person, name, unit, position, title)
SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[])"""
