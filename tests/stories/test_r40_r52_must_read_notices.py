"""R40–R46, R49, R52, R72: one notice straight to everyone concerned, who has it and who has not, at a glance."""

import io
import re
import time
from contextlib import AsyncExitStack
from urllib.parse import unquote

import openpyxl
import pytest

from dianmai.app import Running
from dianmai.org import leaving
from tests.stories.devices import Device, Refused, device
from tests.stories.notices import (
    EVERYONE,
    RECALL,
    below,
    board,
    chase,
    confirm,
    download,
    missing,
    pops_up,
    publish,
    read,
    receive,
    told,
    watch_board,
)
from tests.world import Member, World


async def crew(stack: AsyncExitStack, server: Running, people: list[Member]) -> list[Device]:
    return [await stack.enter_async_context(device(server, person.id)) for person in people]


async def test_r40_r41_r44_r52_it_pops_up_at_once_in_every_store(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq] = await crew(stack, server, [world.wang_min])
        phones = await crew(stack, server, [store.manager for store in world.stores])
        phones += await crew(stack, server, [store.cashier for store in world.stores])
        pressed = time.monotonic()
        published = await publish(hq, EVERYONE)
        popped = [await pops_up(phone, published) for phone in phones]
        assert time.monotonic() - pressed < 10
        assert len({(entry.seq, entry.at) for entry in popped}) == 1
        said = {
            (told(entry).title, told(entry).text, told(entry).must_confirm, told(entry).urgency) for entry in popped
        }
        assert said == {("产品召回", RECALL, True, "urgent")}


async def test_r42_r46_r72_hq_sees_who_has_and_who_has_not_without_a_call(server: Running, world: World) -> None:
    store = world.nanjing_lu
    async with AsyncExitStack() as stack:
        [hq, manager, clerk] = await crew(stack, server, [world.wang_min, store.manager, store.clerks[0]])
        published = await publish(hq, below(world.east.id, positions=("store_manager", "clerk")))
        notice = published.notice
        await watch_board(hq, notice)
        await receive(manager, notice)
        await hq.frame("counts", counts={"recipients": published.recipients, "delivered": 1, "read": 0, "confirmed": 0})
        await read(manager, notice)
        await confirm(clerk, notice)
        await hq.frame("counts", counts={"recipients": published.recipients, "delivered": 2, "read": 2, "confirmed": 1})
        top = await board(hq, notice)
        assert [row.name for row in top.rows] == [world.east.name]
        shown = await board(hq, notice, store.id)
        assert [row.name for row in shown.line] == [world.hq.name, world.east.name, world.shanghai.name]
        states = {p.person.name: p.state for p in shown.people}
        assert (states[store.manager.name], states[store.clerks[0].name]) == ("read", "confirmed")
        not_yet = await missing(hq, notice)
        assert store.clerks[0].name not in not_yet
        assert len(not_yet) == published.recipients - 1


async def test_r42_whether_it_must_be_confirmed_is_set_for_each_notice(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq, cashier] = await crew(stack, server, [world.wang_min, world.futian.cashier])
        to_futian = below(world.futian.id, positions=("cashier",))
        order = (await publish(hq, to_futian)).notice
        news = (await publish(hq, to_futian, must_confirm=False)).notice
        for notice in (order, news):
            await read(cashier, notice)
        assert await missing(hq, order) == [world.futian.cashier.name]
        assert await missing(hq, news) == [], "reading it is all that was asked for"


async def test_r43_nothing_counts_as_delivered_before_the_device_has_it(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq] = await crew(stack, server, [world.wang_min])
        notice = (await publish(hq, below(world.xihu.id))).notice
        assert (await board(hq, notice)).total.delivered == 0
        async with device(server, world.xihu.cashier.id, connected=False) as switched_on_later:
            level = await switched_on_later.catch_up()
            assert f"notice:{notice}" in {entry.stream for entry in level.entries}
            assert (await board(hq, notice)).total.delivered == 0
            await receive(switched_on_later, notice)
            assert (await board(hq, notice)).total.delivered == 1


async def test_r42_a_receipt_is_the_recipients_own(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq, manager, stranger] = await crew(
            stack, server, [world.wang_min, world.nanjing_lu.manager, world.tianhe.manager]
        )
        notice = (await publish(hq, below(world.nanjing_lu.id, positions=("clerk",)))).notice
        for nosy in (hq, manager, stranger):
            with pytest.raises(Refused) as refused:
                await confirm(nosy, notice)
            assert (refused.value.status, refused.value.code) == (404, "not_found")
        total = (await board(hq, notice)).total
        assert (total.delivered, total.read, total.confirmed) == (0, 0, 0)


async def test_r49_only_those_concerned_are_troubled(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq, concerned, clerk, elsewhere] = await crew(
            stack,
            server,
            [world.wang_min, world.xujiahui.manager, world.xujiahui.clerks[0], world.tianhe.manager],
        )
        published = await publish(hq, below(world.shanghai.id, positions=("store_manager",)))
        await pops_up(concerned, published)
        everyone = await publish(hq, EVERYONE)
        for other in (clerk, elsewhere):
            await pops_up(other, everyone)
            assert published.stream not in {entry.stream for entry in other.heard}


async def test_r46_one_press_asks_everyone_again_who_has_not(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq, area, clerk] = await crew(stack, server, [world.wang_min, world.wu_fang, world.jingansi.clerks[0]])
        published = await publish(hq, below(world.east.id, positions=("clerk",)))
        await confirm(clerk, published.notice)
        assert (await chase(hq, published.notice)).people == published.recipients - 1
        heard = await clerk.hears(published.stream, 2)
        assert (heard.kind, heard.body["people"], heard.body["units"]) == (
            "notice.chased",
            published.recipients - 1,
            [],
        )
        with pytest.raises(Refused) as refused:
            await chase(hq, published.notice)
        assert (refused.value.status, refused.value.code) == (429, "chased_just_now")
        own = (await board(area, published.notice)).total
        assert own.stores == 3
        assert (await chase(area, published.notice)).people == own.recipients - own.confirmed


async def test_a_leaver_stays_in_the_numbers_and_can_confirm_no_more(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq, leaver] = await crew(stack, server, [world.wang_min, world.futian.cashier])
        notice = (await publish(hq, below(world.futian.id))).notice
        before = (await board(hq, notice)).total.recipients
        today = await server.app.engine.database.pool.fetchval("SELECT current_date")
        await server.app.engine.write(lambda tx: leaving.leave(tx, [world.futian.cashier.id], today))
        with pytest.raises(Refused) as refused:
            await confirm(leaver, notice)
        assert refused.value.status == 401
        assert (await board(hq, notice)).total.recipients == before


async def test_r72_the_board_goes_out_as_a_workbook(server: Running, world: World) -> None:
    async with AsyncExitStack() as stack:
        [hq, area, clerk] = await crew(stack, server, [world.wang_min, world.wu_fang, world.nanjing_lu.clerks[0]])
        notice = (await publish(hq, EVERYONE)).notice
        await confirm(clerk, notice)
        body, headers = await download(server, hq, f"/notices/{notice}/board.xlsx")
        assert re.fullmatch(r".+ \d{4}-\d\d-\d\d\.xlsx", unquote(headers["content-disposition"].partition("''")[2]))
        people = list(openpyxl.load_workbook(io.BytesIO(body))["人员明细"].iter_rows(values_only=True))
        assert [row[4] for row in people if row[6] == "已确认"] == [world.nanjing_lu.clerks[0].name]
        body, _ = await download(server, area, f"/notices/{notice}/board.xlsx")
        people = list(openpyxl.load_workbook(io.BytesIO(body))["人员明细"].iter_rows(values_only=True))
        assert {str(row[2]) for row in people[1:]} == {"南京路店", "徐家汇店", "静安寺店"}
        for path in (f"/notices/{notice}/board.xlsx?unit={world.tianhe.id}", "/notices/999999/board.xlsx"):
            with pytest.raises(Refused) as refused:
                await download(server, area, path)
            assert refused.value.status == 404
