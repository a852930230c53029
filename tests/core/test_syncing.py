"""Getting level: the pure plan by properties, the operation on a real database."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dianmai.core import syncing
from dianmai.core.access import Actor
from dianmai.core.engine import Asked, Engine
from dianmai.core.errors import NotFound
from dianmai.core.transactions import Transaction
from dianmai.wire.sync import CatchUp, CaughtUp, GetEntries, GotEntries, MarkRead, StreamState
from tests.core.trial import Say, body, make_people, make_stream

heads = st.integers(0, 3_000)


@st.composite
def heard_streams(draw: st.DrawFn) -> list[StreamState]:
    names = draw(st.lists(st.integers(1, 30), unique=True, max_size=8))
    return [
        StreamState(
            stream=f"chat:{n}", head=(h := draw(heads)), head_no=h, read_no=0, first=draw(st.integers(1, h + 1))
        )
        for n in names
    ]


@given(heard_streams(), st.dictionaries(st.integers(1, 40).map("chat:{}".format), st.integers(0, 4_000), max_size=10))
def test_the_plan_leaves_no_silent_hole(heard: list[StreamState], known: dict[str, int]) -> None:
    wanted = {w.stream: w for w in syncing.plan(known, heard)}
    for state in heard:
        cursor, want = known.get(state.stream), wanted.get(state.stream)
        if want is None:
            assert cursor == state.head or (cursor is None and state.head < state.first)
        elif want.start_over:
            assert want.after >= state.first - 1
        else:
            assert want.after == cursor
            assert state.first - 1 <= cursor < state.head
    assert wanted.keys() <= {s.stream for s in heard}


async def ask(engine: Engine, actor: Actor, known: dict[str, int], limit: int = 500) -> CaughtUp:
    answered = await engine.answer(actor, Asked("sync.catch_up", body(CatchUp(known=known, limit=limit))))
    return msgspec.json.decode(answered.body, type=CaughtUp)


async def say(engine: Engine, actor: Actor, stream: str, count: int, start: int = 0) -> None:
    for n in range(start, start + count):
        await engine.answer(actor, Asked("trial.say", body(Say(stream=stream, text=f"第{n}")), f"nonce-{n:05}"))


async def test_a_device_gets_level_in_pages_without_a_hole(core: Engine) -> None:
    [person, other] = await make_people(core, 2)
    await make_stream(core, "chat:1", [person, other])
    await make_stream(core, "chat:2", [person])
    await make_stream(core, "chat:3", [other])
    await say(core, person, "chat:1", 45)
    await say(core, person, "chat:2", 5)
    known = {"chat:1": 3, "chat:2": 5, f"person:{person.id}": 0}
    stored: list[int] = []
    while True:
        page = await ask(core, person, known, limit=10)
        assert {s.stream for s in page.streams} == {"chat:1", "chat:2", f"person:{person.id}"}
        for entry in page.entries:
            assert entry.seq == known[entry.stream] + 1
            known[entry.stream] = entry.seq
            stored.append(entry.seq)
        if not page.more:
            break
    assert stored == list(range(4, 46))


async def test_a_new_device_and_one_ahead_of_the_server_start_over_with_the_newest(core: Engine) -> None:
    [person] = await make_people(core, 1)
    await make_stream(core, "chat:1", [person])
    await say(core, person, "chat:1", 40)
    for known in ({}, {"chat:1": 99}):
        page = await ask(core, person, known)
        assert "chat:1" in page.start_over
        assert [e.seq for e in page.entries if e.stream == "chat:1"] == list(range(11, 41))
        assert not page.more


async def test_who_joined_later_sees_nothing_from_before_and_who_left_sees_nothing(core: Engine) -> None:
    [early, late] = await make_people(core, 2)
    await make_stream(core, "chat:1", [early])
    await say(core, early, "chat:1", 3)

    async def join(tx: Transaction) -> None:
        tx.join("chat:1", [late.id])

    async def leave(tx: Transaction) -> None:
        tx.leave("chat:1", [late.id])

    await core.write(join)
    await say(core, early, "chat:1", 2, start=3)
    page = await ask(core, late, {})
    assert [e.seq for e in page.entries if e.stream == "chat:1"] == [4, 5]
    got = await core.answer(late, Asked("sync.entries", body(GetEntries(stream="chat:1", after=0))))
    assert [e.seq for e in msgspec.json.decode(got.body, type=GotEntries).entries] == [4, 5]
    await core.write(leave)
    assert "chat:1" not in {s.stream for s in (await ask(core, late, {"chat:1": 5})).streams}
    for op, asked in (
        ("sync.entries", GetEntries(stream="chat:1", after=0)),
        ("sync.read", MarkRead(stream="chat:1", no=1)),
    ):
        try:
            await core.answer(late, Asked(op, body(asked)))
            raise AssertionError(op)
        except NotFound as refusal:
            assert refusal.code == "not_found"


async def test_read_cursors_only_move_forward_and_never_past_the_end(core: Engine) -> None:
    [writer, person] = await make_people(core, 2)
    await make_stream(core, "chat:1", [writer, person])
    await say(core, writer, "chat:1", 5)
    for no, expected in ((3, 3), (2, 3), (99, 5)):
        answered = await core.answer(person, Asked("sync.read", body(MarkRead(stream="chat:1", no=no))))
        assert msgspec.json.decode(answered.body)["no"] == expected
    [state] = [s for s in (await ask(core, person, {"chat:1": 5})).streams if s.stream == "chat:1"]
    assert (state.head_no, state.read_no) == (5, 5)


async def test_what_lasts_is_never_crowded_out_and_a_cut_list_says_so(core: Engine) -> None:
    [person] = await make_people(core, 1)
    await make_stream(core, "chat:1", [person])
    assert (await ask(core, person, {})).whole

    async def publish_much(tx: Transaction) -> None:
        for n in range(2_000):
            tx.open(f"notice:{n}", lasting=False)
            tx.join(f"notice:{n}", [person.id])

    await core.write(publish_much)
    page = await ask(core, person, {"chat:1": 0})
    listed = {s.stream for s in page.streams}
    assert len(listed) == 2_000
    assert {"chat:1", f"person:{person.id}"} <= listed
    assert not page.whole
