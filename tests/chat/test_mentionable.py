"""Whom one is offered after an @: members alone, the best first, also in a group of a whole chain."""

import pytest

from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.org import finding_store, words
from dianmai.wire.mentions import FindMentionable, Mentionable
from tests.chat.company import Company
from tests.chat.talk import ask, make_group


async def offered(engine: Engine, actor: Actor, stream: str, text: str) -> list[str]:
    found = await ask(engine, actor, "chat.mentionable", FindMentionable(stream=stream, text=text), Mentionable)
    return [person.name for person in found.people]


async def write_words(engine: Engine) -> None:
    """As the import does."""
    pool = engine.database.pool
    rows = await pool.fetch("SELECT id, name, employee_no FROM person")
    positions = {
        row[0]: row[1] for row in await pool.fetch("SELECT person, array_agg(position) FROM holding GROUP BY 1")
    }
    found = {row[0]: "\n".join(words.person_words(row[1], row[2], [], positions.get(row[0], []))) for row in rows}
    await finding_store.set_person_words(pool, found)


async def test_people_are_offered_by_name_pinyin_and_initials_and_only_members(engine: Engine) -> None:
    company = Company(engine)
    hq = await company.open_unit("hq", "总部")
    store = await company.open_unit("store", "南京路店", hq)
    li = await company.hire("李明", ("store_manager", store))
    xu = await company.hire("许诺", ("clerk", store))
    yang = await company.hire("杨帆", ("clerk", store))
    await company.hire("许可", ("clerk", hq))
    await write_words(engine)
    stream = await make_group(engine, [li, xu, yang])
    for text in ("许", "xn", "xunuo", "诺", "nuo"):
        assert await offered(engine, li, stream, text) == ["许诺"], text
    assert await offered(engine, li, stream, "帆") == ["杨帆"]
    assert await offered(engine, li, stream, "许可") == []
    assert await offered(engine, xu, stream, "") == ["李明", "杨帆"]
    found = await ask(engine, li, "chat.mentionable", FindMentionable(stream=stream), Mentionable)
    assert found.everyone == 2


async def test_nobody_outside_crowds_out_a_member_of_a_large_group(engine: Engine) -> None:
    company = Company(engine)
    store = await company.open_unit("store", "南京路店", await company.open_unit("hq", "总部"))
    namesakes = [await company.hire("许诺", ("general_manager", store)) for _ in range(2)]
    pool = engine.database.pool
    people = await pool.fetch("INSERT INTO actor (kind) SELECT 'person' FROM generate_series(1, 700) RETURNING id")
    ids = [row[0] for row in people]
    await pool.execute(
        "INSERT INTO person (id, employee_no, name) SELECT p, 'E' || p, CASE WHEN n <= 150 THEN '许诺' ELSE '店员' END"
        " FROM unnest($1::bigint[]) WITH ORDINALITY AS u(p, n)",
        ids,
    )
    await write_words(engine)
    members = [namesakes[0], *(Actor(id, "person") for id in ids[149:])]
    stream = await make_group(engine, members)
    assert await offered(engine, namesakes[0], stream, "许诺") == ["许诺"]
    found = await ask(engine, namesakes[0], "chat.mentionable", FindMentionable(stream=stream, text="xn"), Mentionable)
    assert [person.id for person in found.people] == [ids[149]]


async def test_few_people_are_looked_at_for_what_is_typed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked at every key."""
    company = Company(engine)
    store = await company.open_unit("store", "南京路店", await company.open_unit("hq", "总部"))
    people = [await company.hire(name, ("clerk", store)) for name in ("李明", "许诺", *(f"店员{n}" for n in range(30)))]
    await write_words(engine)
    stream = await make_group(engine, people)
    looked, really = 0, finding_store.candidates

    async def counted(db: finding_store.Queries, people: list[int]) -> list[finding_store.FoundPersonRow]:
        nonlocal looked
        looked += len(people)
        return await really(db, people)

    monkeypatch.setattr(finding_store, "candidates", counted)
    assert await offered(engine, people[0], stream, "许") == ["许诺"]
    assert looked == 1
