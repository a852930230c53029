"""The board as a workbook, for whoever has to show who was told what and when."""

import asyncio
from collections.abc import Sequence

from dianmai import files
from dianmai.core.doors import Door, Knock, Reply
from dianmai.core.errors import Invalid, NotFound
from dianmai.core.operations import Act
from dianmai.notices import store_board, workbook
from dianmai.notices.scope import scope_of
from dianmai.wire.base import MAX_ID

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def export_board(act: Act, knock: Knock) -> Reply:
    """GET /notices/{notice}/board.xlsx?unit=: the board below a unit, as numbers by unit and as a list of people.

    Who sees the board may export it, and gets what they see there. All people come out of one look at the database, and
    the numbers are those of exactly these people. Times stand in the time zone of each person's store. The file is
    called after the notice and the day.
    Refusals: `not_found` (404) to who may not follow the notice or the unit, `invalid_value` (422) for `unit`.
    """
    asked = knock.query.get("unit") or None
    notice, unit = _number(knock.path["notice"]), _number(asked)
    if notice is None:
        raise NotFound("not_found", field="notice")
    if asked is not None and unit is None:
        raise Invalid("invalid_value", field="unit")
    scope = await scope_of(act, notice, unit)
    people = await store_board.all_recipients(act.db, notice, tuple(scope.tops), scope.shown)
    units = await store_board.named_units(act.db, notice)
    sheets = workbook.Contents(
        notice=scope.notice,
        exported_at=act.now,
        units=units,
        from_depth=scope.depth - 1,
        people=people,
        language=act.language,
    )
    body = await asyncio.to_thread(workbook.written, sheets)
    headers = {
        "content-disposition": files.disposition(workbook.file_name(sheets), inline=False),
        "x-content-type-options": "nosniff",
    }
    return Reply(body, XLSX, headers=headers)


doors: Sequence[Door] = [Door("GET", "/notices/{notice}/board.xlsx", export_board)]


def _number(text: str | None) -> int | None:
    ok = text is not None and text.isascii() and text.isdecimal() and 0 < len(text) <= 16
    return int(text) if ok and text is not None and 1 <= int(text) <= MAX_ID else None
