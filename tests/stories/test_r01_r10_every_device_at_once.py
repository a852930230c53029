"""R1 a message is seen at once, R10 history follows the person over devices, R4 nothing sinks without trace."""

from dianmai.app import Running
from dianmai.wire.chat import Conversations, GetConversations, GetHistory, History, OpenDirect, Opened, Send, Sent
from dianmai.wire.sync import MarkRead, ReadMark
from tests.core.trial import make_people
from tests.stories.devices import Device, device


async def listed(own: Device) -> tuple[int, str]:
    """Unread and last text of the only conversation, as this device lists it."""
    [one] = (await own.ask("chat.conversations", GetConversations(), Conversations)).conversations
    return one.head_no - one.read_no, one.last.body.text if one.last else ""


async def test_a_message_reaches_every_device_and_reading_it_on_one_reads_it_on_all(server: Running) -> None:
    [wang, li] = [person.id for person in await make_people(server.app.engine, 2)]
    async with (
        device(server, wang) as wangs_phone,
        device(server, wang) as wangs_till,
        device(server, li) as lis_phone,
        device(server, li) as lis_desktop,
    ):
        opened = await wangs_phone.ask("chat.open_direct", OpenDirect(person=li), Opened)
        stream = opened.stream
        sent = await wangs_phone.ask("chat.send", Send(stream=stream, text="冷柜坏了，请派人来"), Sent)
        heard = [await own.hears(stream, sent.seq) for own in (wangs_phone, wangs_till, lis_phone, lis_desktop)]
        assert {entry.body["text"] for entry in heard} == {"冷柜坏了，请派人来"}
        assert len({(e.seq, e.no, e.at, e.actor, e.nonce) for e in heard}) == 1

        assert await listed(lis_phone) == await listed(lis_desktop) == (1, "冷柜坏了，请派人来")
        await lis_phone.ask("sync.read", MarkRead(stream=stream, no=sent.no), ReadMark)
        await lis_desktop.frame("seen", stream=stream, no=sent.no)
        assert await listed(lis_phone) == await listed(lis_desktop) == (0, "冷柜坏了，请派人来")


async def test_r04_a_new_device_has_the_whole_history_and_what_came_while_it_was_away(server: Running) -> None:
    [wang, li] = [person.id for person in await make_people(server.app.engine, 2)]
    async with device(server, wang) as phone:
        stream = (await phone.ask("chat.open_direct", OpenDirect(person=li), Opened)).stream
        for n in range(1, 8):
            await phone.ask("chat.send", Send(stream=stream, text=f"第{n}句"), Sent)
        async with device(server, li, connected=False) as away:
            known = {s.stream: s.head for s in (await away.catch_up()).streams}
        await phone.ask("chat.send", Send(stream=stream, text="第8句"), Sent)
        async with device(server, li) as back:
            missed = await back.catch_up(known)
            assert [e.body["text"] for e in missed.entries] == ["第8句"]
            assert missed.start_over == []
            page = await back.ask("chat.history", GetHistory(stream=stream, before=6, limit=3), History)
            assert [m.body.text for m in page.messages] == ["第3句", "第4句", "第5句"]
            assert (page.more_before, page.more_after) == (True, True)


async def test_a_message_sent_again_after_a_lost_answer_is_one_message(server: Running) -> None:
    [wang, li] = [person.id for person in await make_people(server.app.engine, 2)]
    async with device(server, wang) as phone, device(server, li) as other:
        stream = (await phone.ask("chat.open_direct", OpenDirect(person=li), Opened)).stream
        again = [await phone.ask("chat.send", Send(stream=stream, text="在"), Sent, "outbox-0001") for _ in range(3)]
        assert len({s.seq for s in again}) == 1
        end = await phone.ask("chat.send", Send(stream=stream, text="完"), Sent)
        await other.hears(stream, end.seq)
        assert [e.body["text"] for e in other.heard if e.stream == stream] == ["在", "完"]
