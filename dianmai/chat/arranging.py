"""Arranging one's own list: what is pinned, muted, hidden until the next message. Nobody else sees it."""

from msgspec.structs import asdict

from dianmai.chat import rules, store
from dianmai.core.errors import NotFound
from dianmai.core.ids import person_stream
from dianmai.core.journal import Draft
from dianmai.core.operations import Act, writing
from dianmai.wire.conversations import Arrange, ArrangedBody


@writing("chat.arrange")
async def arrange(act: Act, ask: Arrange) -> ArrangedBody:
    """Pins, mutes or hides a conversation in the person's own list, on all their devices. Answers what has changed.

    What is left out stays as it is. `hidden_no` hides it until a message with a higher `no` comes. Nobody else is told.
    Refuses `not_found` (no such conversation, or not a member).
    """
    rules.require_conversation(ask.stream)
    if await store.visible(act.db, ask.stream, act.actor.id) is None:
        raise NotFound("not_found", field="stream")
    body = ArrangedBody(**asdict(ask))
    if body != ArrangedBody(stream=ask.stream):
        act.tx.write_last(lambda: store.arrange(act.db, act.actor.id, body))
        act.tx.append(Draft(person_stream(act.actor.id), "chat.arranged", body))
    return body
