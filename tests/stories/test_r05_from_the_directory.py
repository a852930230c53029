"""R5 one finds a colleague in the directory and is in a conversation with them at once."""

from pathlib import Path

import pytest

from dianmai.app import Running
from dianmai.wire.chat import OpenDirect, Opened, Send, Sent
from dianmai.wire.conversations import Conversation, Conversations, GetConversations
from dianmai.wire.org import Find, Found
from tests.stories.chain import import_people, without
from tests.stories.devices import Device, Refused, device
from tests.world import World


async def direct(own: Device) -> dict[str, Conversation]:
    """The direct conversations this device lists, by title."""
    listed = (await own.ask("chat.conversations", GetConversations(), Conversations)).conversations
    return {c.title: c for c in listed if c.kind == "direct"}


async def test_a_clerk_finds_the_manager_of_another_store_and_writes_to_him(server: Running, world: World) -> None:
    clerk, manager = world.nanjing_lu.clerks[0], world.tianhe.manager
    async with device(server, clerk.id) as nuo, device(server, manager.id) as weiqiang:
        found = await nuo.ask("org.find", Find(text="天河店"), Found)
        [there] = [f.person for f in found.people if f.person.title == "店长"]
        assert (there.id, there.name, there.unit) == (manager.id, manager.name, "天河店")
        stream = (await nuo.ask("chat.open_direct", OpenDirect(person=there.id), Opened)).stream
        sent = await nuo.ask("chat.send", Send(stream=stream, text="能借五箱矿泉水吗？"), Sent)
        assert (await weiqiang.hears(stream, sent.seq)).body == {"text": "能借五箱矿泉水吗？"}
        row = (await direct(weiqiang))[clerk.name]
        assert (row.stream, row.head_no - row.read_no) == (stream, 1)
        assert row.with_person is not None
        assert (row.with_person.title, row.with_person.unit) == ("店员", "南京路店")


async def test_nobody_writes_to_somebody_who_has_left_but_what_was_said_stays(
    server: Running, world: World, tmp_path: Path
) -> None:
    gone = world.xujiahui.clerks[0]
    async with device(server, world.wu_fang.id) as fang, device(server, world.sun_qiang.id) as qiang:
        stream = (await fang.ask("chat.open_direct", OpenDirect(person=gone.id), Opened)).stream
        await fang.ask("chat.send", Send(stream=stream, text="钥匙在你那里吗"), Sent)
        await import_people(server, tmp_path, without(gone))
        assert (await fang.ask("chat.open_direct", OpenDirect(person=gone.id), Opened)).stream == stream
        assert (await direct(fang))[gone.name].stream == stream
        with pytest.raises(Refused) as refused:
            await qiang.ask("chat.open_direct", OpenDirect(person=gone.id), Opened)
        assert (refused.value.status, refused.value.code) == (409, "person_left")
