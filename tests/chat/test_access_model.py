"""Whatever order people join, leave and talk in: nobody ever sees what was said while they were not in (D8)."""

from typing import Literal, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dianmai.core.access import Actor
from dianmai.core.engine import Engine
from dianmai.core.errors import NotFound
from tests.chat.talk import add, catch_up, conversations, history, make_group, remove, say
from tests.core.trial import make_people


class Step(NamedTuple):
    what: Literal["join", "leave", "say"]
    who: int


STEPS = st.lists(st.builds(Step, st.sampled_from(["join", "leave", "say", "say"]), st.integers(0, 2)), max_size=25)


class Model:
    """Who is in, and which messages each may see: those since they last joined."""

    def __init__(self) -> None:
        self.inside: dict[int, int] = {}
        self.said: list[str] = []

    def may_see(self, who: int) -> list[str]:
        return self.said[self.inside[who] :]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_nobody_sees_what_was_said_while_they_were_not_in(engine: Engine, steps: list[Step]) -> None:
    people = await make_people(engine, 3)
    stream = await make_group(engine, [])
    model = Model()
    for n, step in enumerate(steps):
        await take(engine, people[step.who], stream, model, step, f"第{n}句")
    for who, person in enumerate(people):
        await check(engine, person, stream, model, who)


async def take(engine: Engine, person: Actor, stream: str, model: Model, step: Step, text: str) -> None:
    inside = step.who in model.inside
    if step.what == "join" and not inside:
        await add(engine, stream, person)
        model.inside[step.who] = len(model.said)
    elif step.what == "leave" and inside:
        await remove(engine, stream, person)
        del model.inside[step.who]
    elif step.what == "say":
        try:
            await say(engine, person, stream, text)
        except NotFound:
            assert not inside
        else:
            assert inside
            model.said.append(text)


async def check(engine: Engine, person: Actor, stream: str, model: Model, who: int) -> None:
    level = await catch_up(engine, person)
    entries = [e.body.get("text") for e in level.entries if e.stream == stream]
    listed = [c for c in await conversations(engine, person) if c.stream == stream]
    if who not in model.inside:
        assert entries == []
        assert listed == []
        try:
            await history(engine, person, stream)
        except NotFound:
            return
        raise AssertionError("read the history from outside")
    visible = model.may_see(who)
    assert [m.body.text for m in (await history(engine, person, stream)).messages] == visible
    assert [m.body.text for m in (await history(engine, person, stream, after=0)).messages] == visible
    assert entries == visible
    last = listed[0].last.body.text if listed[0].last is not None else None
    assert last == (visible[-1] if visible else None)
