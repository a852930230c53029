"""The exported workbook is the board: the same people, the same numbers, the stores' own times, never a formula."""

import io
import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest

from dianmai import notices
from dianmai.core.access import Actor
from dianmai.core.doors import Knock, Reply
from dianmai.core.errors import Invalid, NotFound, Refusal
from dianmai.core.operations import Act
from dianmai.notices.workbook import as_text
from tests.notices.asking import EVERYONE, STORE_STAFF, board, confirm, figures, publish, read
from tests.notices.company import Company


async def nothing() -> AsyncIterator[bytes]:
    yield b""


async def export(chain: Company, actor: Actor, notice: object, **query: str) -> Reply:
    engine = chain.engine
    now = await engine.database.pool.fetchval("SELECT now()")
    act = Act(actor, now, engine.database.pool, engine.streams)
    (door,) = notices.doors
    return await door.open(act, Knock({"notice": str(notice)}, query, {}, nothing()))


async def sheets(chain: Company, actor: Actor, notice: int, **query: str) -> list[list[tuple[Any, ...]]]:
    reply = await export(chain, actor, notice, **query)
    assert isinstance(reply.body, bytes)
    book = openpyxl.load_workbook(io.BytesIO(reply.body))
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


async def test_it_equals_the_board(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], EVERYONE)).notice
    await confirm(engine, chain["徐家汇店小陈"], notice)
    await read(engine, chain["南京路店小陈"], notice)
    units, people = await sheets(chain, chain["林悦"], notice)
    table = {str(row[0]).strip("　"): row for row in units if row[1] in ("总部", "大区", "门店", "部门")}
    for unit in ("总部", "华东", "华北", "南京路店", "徐家汇店", "王府井店", "运营部"):
        total = (await board(engine, chain["林悦"], notice, chain.units[unit])).total
        row = table[unit]
        assert (row[2], row[3], row[5], row[7]) == figures(total)
        assert row[9] == total.recipients - total.confirmed
    assert len(people) == 14
    states = {row[4]: row[6] for row in people[1:]}
    assert (states["徐家汇店小陈"], states["南京路店小陈"], states["王府井店小陈"]) == ("已确认", "已读", "未送达")
    assert next(row for row in people if row[4] == "南京路店小陈")[:6] == (
        "华东", None, "南京路店", "南京路店", "南京路店小陈", "店员",
    )  # fmt: skip


async def test_a_manager_exports_their_own_part(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"], STORE_STAFF)).notice
    _, people = await sheets(chain, chain["华东周总"], notice)
    assert {row[2] for row in people[1:]} == {"南京路店", "徐家汇店"}
    _, people = await sheets(chain, chain["林悦"], notice, unit=str(chain.units["王府井店"]))
    assert len(people) == 4
    for actor, unit in (("财务小钱", None), ("南京路店小陈", None), ("华东周总", "王府井店")):
        with pytest.raises(NotFound):
            await export(chain, chain[actor], notice, **({} if unit is None else {"unit": str(chain.units[unit])}))


@pytest.mark.parametrize("odd", ["x", "-1", "0", "1e3", "٣", "9" * 30])
async def test_odd_numbers_are_refused(chain: Company, odd: str) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    with pytest.raises(NotFound):
        await export(chain, chain["林悦"], odd)
    with pytest.raises(Refusal) as refused:
        await export(chain, chain["林悦"], notice, unit=odd)
    assert isinstance(refused.value, Invalid)
    assert refused.value.code == "invalid_value"


async def test_times_stand_in_the_stores_time_zone(chain: Company) -> None:
    await chain.add_unit("乌鲁木齐店", "store", "华北", "Asia/Urumqi")
    (far,) = await chain.hire("乌鲁木齐店", "clerk", ["阿依古丽"])
    notice = (await publish(chain.engine, chain["林悦"])).notice
    await confirm(chain.engine, far, notice)
    await confirm(chain.engine, chain["王府井店小陈"], notice)
    _, people = await sheets(chain, chain["林悦"], notice)
    at = {row[4]: row[9] for row in people[1:] if row[9] is not None}
    difference = at["王府井店小陈"] - at["阿依古丽"]
    assert isinstance(at["阿依古丽"], datetime)
    assert 7_190 < difference.total_seconds() < 7_210
    assert {row[4]: row[10] for row in people[1:]}["阿依古丽"] == "Asia/Urumqi"


async def test_names_like_formulas_stay_text(chain: Company) -> None:
    await chain.hire("南京路店", "clerk", ['=HYPERLINK("http://evil.example")', "@SUM(A1)", "+cmd|calc"])
    notice = (await publish(chain.engine, chain["林悦"], title="=1+1")).notice
    units, people = await sheets(chain, chain["林悦"], notice)
    names = {row[4] for row in people}
    assert {'\'=HYPERLINK("http://evil.example")', "'@SUM(A1)", "'+cmd|calc"} <= names
    assert units[0][1] == "'=1+1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_beginning_of_a_formula_is_quoted(start: str) -> None:
    assert as_text(f"{start}1") == f"'{start}1"
    assert as_text(f"1{start}") == f"1{start}"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("冷链召回", "冷链召回"),
        ("A/B 测试\\二期", "A_B 测试_二期"),
        ('"引号"; filename=x.exe', "_引号_; filename=x.exe"),
        ("<促销>: 50%?*|", "_促销__ 50%___"),
        ("..", ""),
        ("con", "con"),
    ],
)
async def test_the_file_is_called_after_the_notice_and_the_day(chain: Company, title: str, name: str) -> None:
    notice = (await publish(chain.engine, chain["林悦"], title=title)).notice
    reply = await export(chain, chain["林悦"], notice)
    today = await chain.engine.database.pool.fetchval("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date::text")
    # Outside a-z everything is written as RFC 5987 has it: nothing in a title can end the header or begin another.
    kind, _, encoded = reply.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert (kind, unquote(encoded)) == ("attachment", f"{name} {today}.xlsx".strip())
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", encoded)


async def test_in_english(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    reader = Actor(chain["林悦"].id, "person", chain["林悦"].credential, "en")
    units, people = await sheets(chain, reader, notice)
    assert people[0][4:7] == ("Name", "Position", "State")
    assert any(row[1] == "Store" for row in units)
