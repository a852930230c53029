"""R5 one finds a colleague in the directory and is in a conversation with them at once."""

from pathlib import Path

import pytest

from dianmai.app import Running
from dianmai.wire.chat import Conversations, GetConversations, OpenDirect, Opened, Send, Sent
from dianmai.wire.org import Find, Found
from tests.stories.chain import CHEN, EVERYBODY, LI, LIU, QIAN, WANG, import_people
from tests.stories.devices import Refused, device


async def test_a_clerk_finds_the_manager_of_another_store_and_writes_to_her(server: Running, tmp_path: Path) -> None:
    people = await import_people(server, tmp_path, *EVERYBODY)
    async with device(server, people["李娜"]) as li, device(server, people["陈晨"]) as chen:
        found = await li.ask("org.find", Find(text="天河店"), Found)
        [manager] = [f.person for f in found.people]
        assert (manager.name, manager.title, manager.unit) == ("陈晨", "店长", "天河店")
        stream = (await li.ask("chat.open_direct", OpenDirect(person=manager.id), Opened)).stream
        sent = await li.ask("chat.send", Send(stream=stream, text="能借五箱矿泉水吗？"), Sent)
        assert (await chen.hears(stream, sent.seq)).body == {"text": "能借五箱矿泉水吗？"}
        [row] = [
            c
            for c in (await chen.ask("chat.conversations", GetConversations(), Conversations)).conversations
            if c.kind == "direct"
        ]
        assert (row.title, row.head_no - row.read_no) == ("李娜", 1)
        assert row.with_person is not None
        assert (row.with_person.title, row.with_person.unit) == ("店员", "南京路店")


async def test_nobody_writes_to_somebody_who_has_left_but_what_was_said_stays(server: Running, tmp_path: Path) -> None:
    people = await import_people(server, tmp_path, *EVERYBODY)
    async with device(server, people["王敏"]) as wang, device(server, people["陈晨"]) as chen:
        stream = (await wang.ask("chat.open_direct", OpenDirect(person=people["赵磊"]), Opened)).stream
        await wang.ask("chat.send", Send(stream=stream, text="钥匙在你那里吗"), Sent)
        await import_people(server, tmp_path, LIU, QIAN, WANG, LI, CHEN)
        assert (await wang.ask("chat.open_direct", OpenDirect(person=people["赵磊"]), Opened)).stream == stream
        listed = (await wang.ask("chat.conversations", GetConversations(), Conversations)).conversations
        assert {c.title: c.stream for c in listed}["赵磊"] == stream
        with pytest.raises(Refused) as refused:
            await chen.ask("chat.open_direct", OpenDirect(person=people["赵磊"]), Opened)
        assert (refused.value.status, refused.value.code) == (409, "person_left")
