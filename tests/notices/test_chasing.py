"""Chasing, the deadline, and those who leave."""

from datetime import timedelta

import msgspec
import pytest

from dianmai import notices
from dianmai.core.clock import moment
from dianmai.core.engine import Engine
from dianmai.core.errors import NotFound, TooMany
from dianmai.core.followers import Followers
from dianmai.core.jobs import Jobs
from dianmai.notices import deadline
from dianmai.wire.notices import ChasedBody, DueBody
from tests.notices.asking import (
    STORE_STAFF,
    board,
    chase,
    confirm,
    everyone_confirms,
    figures,
    missing,
    publish,
    read,
)
from tests.notices.company import Company

SOON = 4_000_000_000_000


async def bodies(engine: Engine, stream: str, kind: str) -> list[bytes]:
    rows = await engine.database.pool.fetch("SELECT body FROM entry WHERE stream = $1 AND kind = $2", stream, kind)
    return [row["body"] for row in rows]


async def chased(engine: Engine, notice: int) -> list[ChasedBody]:
    found = await bodies(engine, f"notice:{notice}", "notice.chased")
    return [msgspec.json.decode(body, type=ChasedBody) for body in found]


async def test_one_press_asks_all_who_have_not_with_one_entry(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"])).notice
    await everyone_confirms(engine, [chain["南京路店小陈"], chain["南京路店小李"]], notice)
    await read(engine, chain["南京路店店长"], notice)
    assert (await chase(engine, chain["林悦"], notice)).people == 7
    (body,) = await chased(engine, notice)
    assert (body.people, body.units, body.by.name) == (7, [], "林悦")


async def test_a_manager_chases_their_own_part(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"])).notice
    assert (await chase(engine, chain["华东周总"], notice)).people == 6
    assert (await chase(engine, chain["南京路店店长"], notice)).people == 3
    assert [b.units for b in await chased(engine, notice)] == [[chain.units["华东"]], [chain.units["南京路店"]]]
    for name in ("南京路店小陈", "财务小钱"):
        with pytest.raises(NotFound):
            await chase(engine, chain[name], notice)
    with pytest.raises(NotFound):
        await chase(engine, chain["华东周总"], notice, chain.units["华北"])


async def test_not_again_within_a_minute(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"])).notice
    await chase(engine, chain["林悦"], notice)
    with pytest.raises(TooMany) as refused:
        await chase(engine, chain["林悦"], notice)
    assert refused.value.code == "chased_just_now"
    assert 50_000 < (refused.value.retry_after_ms or 0) <= 60_000
    await chase(engine, chain["林悦"], notice, chain.units["华北"])
    await engine.database.pool.execute("UPDATE notice_chase SET at = at - $1::interval", timedelta(seconds=61))
    assert (await chase(engine, chain["林悦"], notice)).people == 9


async def test_when_nobody_is_missing_nothing_is_sent(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], must_confirm=False)).notice
    staff = [actor for name, actor in chain.people.items() if "店" in name]
    for one in staff:
        await read(engine, one, notice)
    assert (await chase(engine, chain["林悦"], notice)).people == 0
    assert await chased(engine, notice) == []


async def test_the_deadline_goes_on_record_once_and_not_before(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], deadline=SOON)).notice
    await confirm(engine, chain["南京路店小陈"], notice)
    now = await engine.database.pool.fetchval("SELECT now()")
    early = Jobs(engine, deadline.jobs, ahead=moment(SOON) - now - timedelta(minutes=1))
    assert not await early.step()
    due = [Jobs(engine, deadline.jobs, ahead=moment(SOON) - now + timedelta(minutes=1)) for _ in range(2)]
    assert [await jobs.step() for jobs in due] == [True, False]
    (body,) = await bodies(engine, f"notice:{notice}/receipts", "notice.due")
    assert msgspec.json.decode(body, type=DueBody) == DueBody(
        notice=notice, deadline=SOON, counts={"recipients": 9, "delivered": 1, "read": 1, "confirmed": 1}
    )


async def test_leavers_stay_in_the_numbers_and_are_marked(chain: Company) -> None:
    engine = chain.engine
    notice = (await publish(engine, chain["林悦"], STORE_STAFF)).notice
    following = Followers(engine, notices.followers)
    await following.start()
    await following.stop()
    await chain.leave("南京路店小陈")
    await chain.move("南京路店小李", "王府井店", "clerk")
    await follow_all(engine)
    store = await board(engine, chain["林悦"], notice, chain.units["南京路店"])
    assert figures(store.total) == (3, 0, 0, 0)
    assert {p.person.name: p.left for p in store.people} == {
        "南京路店店长": False,
        "南京路店小陈": True,
        "南京路店小李": False,
    }
    assert (await missing(engine, chain["林悦"], notice)).total == 9
    assert (await chase(engine, chain["林悦"], notice)).people == 8
    await chain.come_back("南京路店小陈", "徐家汇店", "clerk")
    await follow_all(engine)
    store = await board(engine, chain["林悦"], notice, chain.units["南京路店"])
    assert not any(p.left for p in store.people)
    assert (await confirm(engine, chain["南京路店小陈"], notice)).state == "confirmed"


async def follow_all(engine: Engine) -> None:
    (follower,) = notices.followers
    followers = Followers(engine, [follower])
    while await followers.step(follower):
        pass
