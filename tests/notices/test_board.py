"""The board: numbers at every level, for everyone exactly their own part of the chain, and who has not."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dianmai.core.engine import Asked
from dianmai.core.errors import Invalid, NotFound
from tests.notices.asking import (
    EVERYONE,
    STORE_STAFF,
    below,
    board,
    chase,
    confirm,
    everyone_confirms,
    figures,
    missing,
    publish,
    read,
    receive,
)
from tests.notices.company import Company


async def test_from_head_office_down_to_the_person(chain: Company) -> None:
    engine, units = chain.engine, chain.units
    notice = (await publish(engine, chain["林悦"], EVERYONE)).notice
    await everyone_confirms(engine, [chain[f"徐家汇店{who}"] for who in ("店长", "小陈", "小李")], notice)
    await read(engine, chain["南京路店店长"], notice)
    await receive(engine, chain["王府井店小陈"], notice)
    top = await board(engine, chain["林悦"], notice)
    assert (top.total.unit, figures(top.total), top.line) == (units["总部"], (13, 5, 4, 3), [])
    assert (top.total.stores, top.total.stores_done) == (3, 1)
    assert [(r.name, r.kind, figures(r)) for r in top.rows] == [
        ("华东", "region", (7, 4, 4, 3)),
        ("华北", "region", (4, 1, 0, 0)),
        ("运营部", "department", (2, 0, 0, 0)),
    ]
    east = await board(engine, chain["林悦"], notice, units["华东"])
    assert [r.unit for r in east.line] == [units["总部"]]
    assert [(r.name, figures(r), r.stores_done) for r in east.rows] == [
        ("南京路店", (3, 1, 1, 0), 0),
        ("徐家汇店", (3, 3, 3, 3), 1),
    ]
    assert [(p.person.name, p.state) for p in east.people] == [("华东周总", "queued")]
    store = await board(engine, chain["林悦"], notice, units["南京路店"])
    assert [r.name for r in store.line] == ["总部", "华东"]
    assert [(p.person.name, p.person.title, p.state) for p in store.people] == [
        ("南京路店小李", "店员", "queued"),
        ("南京路店小陈", "店员", "queued"),
        ("南京路店店长", "店长", "read"),
    ]
    assert store.rows == []


async def test_a_manager_sees_their_own_part_only(chain: Company) -> None:
    engine, units = chain.engine, chain.units
    notice = (await publish(engine, chain["林悦"], EVERYONE)).notice
    await confirm(engine, chain["王府井店小陈"], notice)
    east = await board(engine, chain["华东周总"], notice)
    assert (east.total.name, figures(east.total), east.line) == ("华东", (7, 0, 0, 0), [])
    deeper = await board(engine, chain["华东周总"], notice, units["南京路店"])
    assert [r.name for r in deeper.line] == ["华东"]
    for unit in ("总部", "运营部", "华北", "王府井店"):
        with pytest.raises(NotFound):
            await board(engine, chain["华东周总"], notice, units[unit])
    own = await board(engine, chain["王府井店店长"], notice)
    assert (own.total.name, figures(own.total), len(own.people)) == ("王府井店", (3, 1, 1, 1), 3)
    for name in ("南京路店小陈", "财务小钱"):
        with pytest.raises(NotFound):
            await board(engine, chain[name], notice)
    north_only = (await publish(engine, chain["林悦"], below(units["王府井店"]))).notice
    for look in (board, missing, chase):
        with pytest.raises(NotFound):
            await look(engine, chain["华东周总"], north_only)


async def test_an_area_manager_of_single_stores_sees_just_those(chain: Company) -> None:
    engine, units = chain.engine, chain.units
    (area,) = await chain.hire("南京路店", "area_manager", ["督导小马"])
    await engine.database.pool.execute(
        "INSERT INTO holding (person, unit, seat, position, from_date, held)"
        " SELECT person, $2, $3, position, from_date, true FROM holding WHERE person = $1",
        area.id, units["王府井店"], units["总部"],
    )  # fmt: skip
    notice = (await publish(engine, chain["林悦"], STORE_STAFF)).notice
    await confirm(engine, chain["徐家汇店小陈"], notice)
    await confirm(engine, chain["王府井店小陈"], notice)
    shown = await board(engine, area, notice)
    assert (shown.total.name, figures(shown.total)) == ("总部", (6, 1, 1, 1))
    assert [(r.name, figures(r)) for r in shown.rows] == [("华东", (3, 0, 0, 0)), ("华北", (3, 1, 1, 1))]
    east = await board(engine, area, notice, units["华东"])
    assert [(r.name, figures(r)) for r in east.rows] == [("南京路店", (3, 0, 0, 0))]
    assert east.people == []
    with pytest.raises(NotFound):
        await board(engine, area, notice, units["徐家汇店"])
    assert (await missing(engine, area, notice)).total == 5
    assert (await chase(engine, area, notice)).people == 5


async def test_looking_at_the_board_listens_to_its_counts(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    answered = await chain.engine.answer(chain["林悦"], Asked("notices.board", b'{"notice":%d}' % notice))
    assert answered.listens == {f"notice:{notice}/receipts": True}


async def test_who_follows_a_part_is_told_that_numbers_move_but_not_those_of_everyone(chain: Company) -> None:
    notice = (await publish(chain.engine, chain["林悦"])).notice
    answered = await chain.engine.answer(chain["徐家汇店店长"], Asked("notices.board", b'{"notice":%d}' % notice))
    assert answered.listens == {f"notice:{notice}/receipts": False}


async def test_the_missing_are_listed_page_by_page(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], STORE_STAFF)).notice
    await everyone_confirms(engine, [chain["徐家汇店小陈"], chain["徐家汇店小李"]], notice)
    await read(engine, chain["徐家汇店店长"], notice)
    whole = await missing(engine, chain["林悦"], notice, "confirmed")
    assert (whole.total, whole.next, len(whole.people)) == (7, None, 7)
    assert (await missing(engine, chain["林悦"], notice, "read")).total == 6
    first = await missing(engine, chain["林悦"], notice, limit=4)
    assert first.next == first.people[-1].person.id
    second = await missing(engine, chain["林悦"], notice, limit=4, after=first.next)
    assert [*first.people, *second.people] == whole.people
    assert second.next is None
    assert (await missing(engine, chain["林悦"], notice, unit=chain.units["华北"])).total == 3
    assert (await missing(engine, chain["林悦"], notice, limit=7)).next is None


async def test_the_next_page_misses_nobody_when_some_confirm_meanwhile(chain: Company) -> None:
    engine = chain.engine
    names = {actor.id: actor for actor in chain.people.values()}
    notice = (await publish(engine, chain["林悦"], STORE_STAFF)).notice
    whole = await missing(engine, chain["林悦"], notice)
    first = await missing(engine, chain["林悦"], notice, limit=4)
    assert first.next is not None
    # The one the page ends with is among those who confirm.
    await everyone_confirms(engine, [names[p.person.id] for p in (first.people[0], first.people[3])], notice)
    second = await missing(engine, chain["林悦"], notice, limit=20, after=first.next)
    assert [*first.people, *second.people] == whole.people
    assert second.total == 7


@given(st.lists(st.sets(st.integers(0, 8), max_size=4), min_size=5, max_size=5), st.integers(1, 3))
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whoever_is_missing_at_the_end_was_on_exactly_one_page(
    chain: Company, confirming: list[set[int]], limit: int
) -> None:
    engine = chain.engine
    staff = [actor for name, actor in chain.people.items() if "店" in name]
    notice = (await publish(engine, chain["林悦"], STORE_STAFF)).notice
    shown: list[int] = []
    after: int | None = 0
    turns, quiet = iter(confirming), set[int]()
    while after is not None:
        page = await missing(engine, chain["林悦"], notice, limit=limit, after=after)
        shown += [p.person.id for p in page.people]
        after = page.next
        await everyone_confirms(engine, [staff[who] for who in next(turns, quiet)], notice)
    still = [p.person.id for p in (await missing(engine, chain["林悦"], notice)).people]
    assert len(shown) == len(set(shown))
    assert set(still) <= set(shown)


async def test_a_page_begins_only_where_one_ended(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], STORE_STAFF)).notice
    for after in (chain["财务小钱"].id, 2**53 - 1):
        with pytest.raises(Invalid) as refused:
            await missing(engine, chain["林悦"], notice, after=after)
        assert (refused.value.code, refused.value.status) == ("invalid_cursor", 400)
    with pytest.raises(Invalid):
        await missing(engine, chain["华东周总"], notice, after=chain["王府井店小陈"].id)
    for odd in (b"-1", b'"x"', b"1.5", b"9007199254740993", b"[]"):
        body = b'{"notice":%d,"state":"read","after":%b}' % (notice, odd)
        with pytest.raises(Invalid) as refused:
            await engine.answer(chain["林悦"], Asked("notices.missing", body))
        assert refused.value.field == "after"
