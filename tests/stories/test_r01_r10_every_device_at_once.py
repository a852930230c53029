"""R1 a message is seen at once, R10 history follows the person over devices, R4 nothing sinks without trace."""

from dianmai.app import Running
from dianmai.wire.chat import GetHistory, History, OpenDirect, Opened, Send, Sent
from dianmai.wire.conversations import Conversations, GetConversations
from dianmai.wire.sync import MarkRead, ReadMark
from tests.stories.devices import Device, device
from tests.world import World


async def listed(own: Device, stream: str) -> tuple[int, str]:
    """Unread and last text of a conversation, as this device lists it."""
    rows = (await own.ask("chat.conversations", GetConversations(), Conversations)).conversations
    [one] = [row for row in rows if row.stream == stream]
    return one.head_no - one.read_no, one.last.body.text if one.last else ""


async def open_with(own: Device, person: int) -> str:
    return (await own.ask("chat.open_direct", OpenDirect(person=person), Opened)).stream


async def test_a_message_reaches_every_device_and_reading_it_on_one_reads_it_on_all(
    server: Running, world: World
) -> None:
    clerk, support = world.nanjing_lu.clerks[0].id, world.sun_qiang.id
    async with (
        device(server, clerk) as clerks_phone,
        device(server, clerk) as till,
        device(server, support) as supports_phone,
        device(server, support) as desktop,
    ):
        stream = await open_with(clerks_phone, support)
        sent = await clerks_phone.ask("chat.send", Send(stream=stream, text="收银机死机了"), Sent)
        heard = [await own.hears(stream, sent.seq) for own in (clerks_phone, till, supports_phone, desktop)]
        assert {entry.body["text"] for entry in heard} == {"收银机死机了"}
        assert len({(e.seq, e.no, e.at, e.actor, e.nonce) for e in heard}) == 1

        assert await listed(supports_phone, stream) == await listed(desktop, stream) == (1, "收银机死机了")
        await supports_phone.ask("sync.read", MarkRead(stream=stream, no=sent.no), ReadMark)
        await desktop.frame("seen", stream=stream, no=sent.no)
        assert await listed(supports_phone, stream) == await listed(desktop, stream) == (0, "收银机死机了")


async def test_r04_a_new_device_has_the_whole_history_and_what_came_while_it_was_away(
    server: Running, world: World
) -> None:
    manager, area = world.nanjing_lu.manager.id, world.wu_fang.id
    async with device(server, area) as phone:
        stream = await open_with(phone, manager)
        for n in range(1, 8):
            await phone.ask("chat.send", Send(stream=stream, text=f"第{n}句"), Sent)
        async with device(server, manager, connected=False) as away:
            known = {s.stream: s.head for s in (await away.catch_up()).streams}
        await phone.ask("chat.send", Send(stream=stream, text="第8句"), Sent)
        async with device(server, manager) as back:
            missed = await back.catch_up(known)
            assert [e.body["text"] for e in missed.entries if e.stream == stream] == ["第8句"]
            assert stream not in missed.start_over
            page = await back.ask("chat.history", GetHistory(stream=stream, before=6, limit=3), History)
            assert [m.body.text for m in page.messages] == ["第3句", "第4句", "第5句"]
            assert (page.more_before, page.more_after) == (True, True)


async def test_a_message_sent_again_after_a_lost_answer_is_one_message(server: Running, world: World) -> None:
    manager, area = world.nanjing_lu.manager.id, world.wu_fang.id
    async with device(server, area) as phone, device(server, manager) as other:
        stream = await open_with(phone, manager)
        again = [await phone.ask("chat.send", Send(stream=stream, text="在"), Sent, "outbox-0001") for _ in range(3)]
        assert len({s.seq for s in again}) == 1
        end = await phone.ask("chat.send", Send(stream=stream, text="完"), Sent)
        await other.hears(stream, end.seq)
        assert [e.body["text"] for e in other.heard if e.stream == stream] == ["在", "完"]
