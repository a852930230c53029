"""R24–R27 groups of everybody, of a region's managers, of each store; R30 who joins is in; R31 who leaves is out."""

from pathlib import Path

import pytest

from dianmai.app import Running
from dianmai.wire.chat import GetHistory, History, Send, Sent
from dianmai.wire.conversations import Conversations, GetConversations
from dianmai.wire.groups import GetMembers, Members
from dianmai.wire.sync import GetEntries, GotEntries
from tests.stories.chain import import_people, joined, moved, without
from tests.stories.devices import Device, Refused, device
from tests.world import World


async def groups(own: Device) -> dict[str, str]:
    """The groups this device lists: title and stream."""
    listed = (await own.ask("chat.conversations", GetConversations(), Conversations)).conversations
    return {c.title: c.stream for c in listed if c.kind == "group"}


async def members(own: Device, stream: str) -> set[int]:
    page = await own.ask("chat.members", GetMembers(stream=stream), Members)
    assert page.total == len(page.members)
    return {member.id for member in page.members}


async def test_r25_r26_r27_the_hr_file_alone_makes_the_groups_and_fills_them(server: Running, world: World) -> None:
    manager = world.nanjing_lu.manager
    async with device(server, manager.id) as ming, device(server, world.wang_min.id) as min_:
        await ming.listed(["全体员工", "全国店长群", "华东大区店长群", "上海店长群", "南京路店"])
        mine = await groups(ming)
        assert set(mine) == {"全体员工", "全国店长群", "华东大区店长群", "上海店长群", "南京路店"}
        everybody = {row["id"] for row in await server.app.engine.database.pool.fetch("SELECT id FROM person")}
        assert await members(ming, mine["全体员工"]) == everybody
        shanghai = {store.manager.id for store in (world.nanjing_lu, world.xujiahui, world.jingansi)}
        assert await members(ming, mine["上海店长群"]) == {world.wu_fang.id, *shanghai}
        east = {world.liu_jianhua.id, world.zheng_kai.id, world.xihu.manager.id}
        assert await members(ming, mine["华东大区店长群"]) == {world.wu_fang.id, *shanghai, *east}
        crew = {person.id for person in world.nanjing_lu.people}
        assert await members(ming, mine["南京路店"]) == {world.wu_fang.id, *crew}
        assert set(await groups(min_)) == {"全体员工"}
        with pytest.raises(Refused) as refused:
            await min_.ask("chat.history", GetHistory(stream=mine["南京路店"]), History)
        assert (refused.value.status, refused.value.code) == (404, "not_found")


async def test_r30_who_joins_the_company_is_let_in_and_the_store_hears_it(
    server: Running, world: World, tmp_path: Path
) -> None:
    cashier = world.nanjing_lu.cashier
    async with device(server, cashier.id) as xue:
        await xue.listed(["南京路店"])
        store = (await groups(xue))["南京路店"]
        await xue.ask("chat.send", Send(stream=store, text="昨天的排班"), Sent)
        people = await import_people(server, tmp_path, joined("周舟", like=cashier))
        line = await xue.hears_that(lambda e: e.stream == store and e.kind == "group.members" and "周舟" in str(e.body))
        came = [{"id": people["周舟"], "name": "周舟"}]
        assert line.body == {"joined": came, "joined_count": 1, "reason": "hr_import"}
        async with device(server, people["周舟"]) as zhou:
            assert set(await groups(zhou)) == {"全体员工", "南京路店"}
            sent = await xue.ask("chat.send", Send(stream=store, text="欢迎周舟，早班八点"), Sent)
            await zhou.hears(store, sent.seq)
            page = await zhou.ask("chat.history", GetHistory(stream=store), History)
            assert [m.body.text for m in page.messages] == ["欢迎周舟，早班八点"]


async def test_r31_who_leaves_is_out_of_every_group_and_off_every_device(
    server: Running, world: World, tmp_path: Path
) -> None:
    gone, manager = world.nanjing_lu.clerks[0], world.nanjing_lu.manager
    async with device(server, manager.id) as ming, device(server, gone.id) as nuo:
        await nuo.listed(["南京路店"])
        store = (await groups(nuo))["南京路店"]
        await import_people(server, tmp_path, without(gone))
        assert await nuo.closing() == 4010
        for op, request in (
            ("chat.send", Send(stream=store, text="我还在吗")),
            ("chat.history", GetHistory(stream=store)),
            ("chat.conversations", GetConversations()),
        ):
            with pytest.raises(Refused) as refused:
                await nuo.ask(op, request, Sent)
            assert (refused.value.status, refused.value.code) == (401, "session_revoked")
        line = await ming.hears_that(lambda e: e.stream == store and e.kind == "group.members" and "left" in e.body)
        assert [person["id"] for person in line.body["left"]] == [gone.id]
        assert gone.id not in await members(ming, store)
        rest = "SELECT count(*) FROM member m JOIN conversation USING (stream) WHERE m.actor = $1 AND m.left_at IS NULL"
        assert await server.app.engine.database.pool.fetchval(rest, gone.id) == 0


async def test_r30_who_moves_to_another_store_changes_over_on_the_open_device(
    server: Running, world: World, tmp_path: Path
) -> None:
    clerk, manager = world.nanjing_lu.clerks[0], world.nanjing_lu.manager
    async with device(server, clerk.id) as nuo, device(server, manager.id) as ming:
        await nuo.listed(["南京路店"])
        old = (await groups(nuo))["南京路店"]
        await import_people(server, tmp_path, moved(clerk, to=world.tianhe))
        await nuo.left(old)
        await nuo.listed(["天河店"])
        sent = await ming.ask("chat.send", Send(stream=old, text="她走了"), Sent)
        await ming.hears(old, sent.seq)
        assert sent.seq not in [e.seq for e in nuo.heard if e.stream == old]
        with pytest.raises(Refused) as refused:
            await nuo.ask("sync.entries", GetEntries(stream=old, after=0), GotEntries)
        assert refused.value.code == "not_found"
