"""One's list of mentions, and whom a text may mention."""

from typing import Annotated

import msgspec

from dianmai.wire.base import Ask, Id, StreamName, Told
from dianmai.wire.chat import Message
from dianmai.wire.org import PersonBrief


class GetMentions(Ask, frozen=True):
    """Messages that mention the reader, the newest first, below `before`."""

    before: Id | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 30


class Mentions(Told, frozen=True):
    messages: list[Message]
    people: list[PersonBrief]  # the authors
    next: int | None = None  # the `before` of the next page


class FindMentionable(Ask, frozen=True):
    """Whom one can mention in a conversation, by what has been typed after the @ (nothing: whoever leads first)."""

    stream: StreamName
    text: Annotated[str, msgspec.Meta(max_length=40)] = ""


class MentionableDuty(Told, frozen=True):
    """A duty that reaches somebody in the conversation. `deputy`: that one stands in."""

    duty: int
    name: str  # in the reader's language
    person: PersonBrief
    deputy: bool = False


class MentionablePosition(Told, frozen=True):
    """A position that `people` others hold in the conversation; `person`: who, where it is one."""

    position: str  # code
    title: str  # in the reader's language
    people: int
    person: PersonBrief | None = None


class Mentionable(Told, frozen=True):
    people: list[PersonBrief]
    everyone: int = 0  # how many others that reaches; 0: not for this person to say
    duties: list[MentionableDuty] = []
    positions: list[MentionablePosition] = []
