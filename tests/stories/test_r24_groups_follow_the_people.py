"""R24–R27 groups of everybody, of a region's managers, of each store; R30 who joins is in; R31 who leaves is out."""

from pathlib import Path

import pytest

from dianmai.app import Running
from dianmai.wire.chat import (
    Conversations,
    GetConversations,
    GetHistory,
    GetMembers,
    History,
    Members,
    Send,
    Sent,
)
from dianmai.wire.sync import GetEntries, GotEntries
from tests.stories.chain import CHEN, EVERYBODY, LI, LIU, QIAN, WANG, ZHAO, import_people
from tests.stories.devices import Device, Refused, device

ZHOU = "E007,周舟,鲜享便利/华东大区/南京路店,收银员,S001"


async def groups(own: Device) -> dict[str, str]:
    """The groups this device lists: title and stream."""
    listed = (await own.ask("chat.conversations", GetConversations(), Conversations)).conversations
    return {c.title: c.stream for c in listed if c.kind == "group"}


async def names(own: Device, stream: str) -> set[str]:
    page = await own.ask("chat.members", GetMembers(stream=stream), Members)
    assert page.total == len(page.members)
    return {member.name for member in page.members}


async def test_r25_r26_r27_the_hr_file_alone_makes_the_groups_and_fills_them(server: Running, tmp_path: Path) -> None:
    people = await import_people(server, tmp_path, *EVERYBODY)
    async with device(server, people["王敏"]) as wang, device(server, people["刘芳"]) as liu:
        await wang.listed(["全体员工", "华东大区店长群", "南京路店"])
        mine = await groups(wang)
        assert set(mine) == {"全体员工", "华东大区店长群", "南京路店"}
        assert await names(wang, mine["全体员工"]) == {"刘芳", "钱进", "王敏", "李娜", "赵磊", "陈晨"}
        assert await names(wang, mine["华东大区店长群"]) == {"钱进", "王敏", "赵磊"}
        assert await names(wang, mine["南京路店"]) == {"王敏", "李娜"}
        assert set(await groups(liu)) == {"全体员工"}
        with pytest.raises(Refused) as refused:
            await liu.ask("chat.history", GetHistory(stream=mine["南京路店"]), History)
        assert (refused.value.status, refused.value.code) == (404, "not_found")


async def test_r30_who_joins_the_company_is_let_in_and_the_store_hears_it(server: Running, tmp_path: Path) -> None:
    people = await import_people(server, tmp_path, *EVERYBODY)
    async with device(server, people["李娜"]) as li:
        await li.listed(["南京路店"])
        store = (await groups(li))["南京路店"]
        await li.ask("chat.send", Send(stream=store, text="昨天的排班"), Sent)
        people = await import_people(server, tmp_path, *EVERYBODY, ZHOU)
        line = await li.hears_that(lambda e: e.stream == store and e.kind == "group.members" and "周舟" in str(e.body))
        assert line.body == {
            "joined": [{"id": people["周舟"], "name": "周舟"}],
            "joined_count": 1,
            "reason": "hr_import",
        }
        async with device(server, people["周舟"]) as zhou:
            assert set(await groups(zhou)) == {"全体员工", "南京路店"}
            sent = await li.ask("chat.send", Send(stream=store, text="欢迎周舟，早班八点"), Sent)
            await zhou.hears(store, sent.seq)
            page = await zhou.ask("chat.history", GetHistory(stream=store), History)
            assert [m.body.text for m in page.messages] == ["欢迎周舟，早班八点"]


async def test_r31_who_leaves_is_out_of_every_group_and_off_every_device(server: Running, tmp_path: Path) -> None:
    people = await import_people(server, tmp_path, *EVERYBODY)
    async with device(server, people["王敏"]) as wang, device(server, people["李娜"]) as li:
        await li.listed(["南京路店"])
        store = (await groups(li))["南京路店"]
        await import_people(server, tmp_path, LIU, QIAN, WANG, ZHAO, CHEN)
        assert await li.closing() == 4010
        for request in (Send(stream=store, text="我还在吗"), GetHistory(stream=store)):
            with pytest.raises(Refused) as refused:
                await li.ask("chat.send" if isinstance(request, Send) else "chat.history", request, Sent)
            assert (refused.value.status, refused.value.code) == (401, "session_revoked")
        line = await wang.hears_that(lambda e: e.stream == store and e.kind == "group.members" and "left" in e.body)
        assert [person["name"] for person in line.body["left"]] == ["李娜"]
        assert await names(wang, store) == {"王敏"}


async def test_who_moves_to_another_store_changes_over_on_the_open_device(server: Running, tmp_path: Path) -> None:
    people = await import_people(server, tmp_path, *EVERYBODY)
    async with device(server, people["李娜"]) as li, device(server, people["王敏"]) as wang:
        await li.listed(["南京路店"])
        old = (await groups(li))["南京路店"]
        moved = LI.replace("南京路店", "淮海路店").replace("S001", "S002")
        await import_people(server, tmp_path, LIU, QIAN, WANG, moved, ZHAO, CHEN)
        await li.left(old)
        await li.listed(["淮海路店"])
        sent = await wang.ask("chat.send", Send(stream=old, text="她走了"), Sent)
        await wang.hears(old, sent.seq)
        assert sent.seq not in [e.seq for e in li.heard if e.stream == old]
        with pytest.raises(Refused) as refused:
            await li.ask("sync.entries", GetEntries(stream=old, after=0), GotEntries)
        assert refused.value.code == "not_found"
