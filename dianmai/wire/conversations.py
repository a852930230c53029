"""The list of conversations as one person has it."""

from typing import Literal

from dianmai.wire.base import Ask, Count, Millis, StreamName, Told
from dianmai.wire.chat import Message
from dianmai.wire.org import PersonBrief

ConversationKind = Literal["direct", "group"]
Folder = Literal["store", "region", "project", "direct"]


class GetConversations(Ask, frozen=True):
    pass


class Conversation(Told, frozen=True):
    stream: str
    kind: ConversationKind
    title: str
    members: int
    head: int
    head_no: int
    read_no: int
    with_person: PersonBrief | None = None
    last: Message | None = None
    muted: bool = False
    mentioned: int = 0  # the first unread message that mentions the reader: its no
    moved: Millis = 0  # when the last message came (without one: when the person joined), for ordering
    folder: Folder = "region"  # by what it is: of a store, of a region or the company, made for a while, of two people
    pinned: bool = False
    hidden_no: int = -1  # out of the list while `head_no` is not above this
    announcement: str = ""
    may_post: bool = True
    closed: bool = False  # a temporary group that is over
    may_pin: bool = True


class Conversations(Told, frozen=True):
    conversations: list[Conversation]
    people: list[PersonBrief]  # authors of the last messages


class Arrange(Ask, frozen=True):
    """How the person keeps a conversation in their own list: what is given changes, the rest stays. Needs a nonce.

    `hidden_no`: out of the list until a message comes after this one; one below `head_no` brings it back.
    """

    stream: StreamName
    pinned: bool | None = None
    muted: bool | None = None
    hidden_no: Count | None = None


class ArrangedBody(Told, frozen=True):
    """Body of `chat.arranged` in the person's own stream: what has changed, for their other devices."""

    stream: str
    pinned: bool | None = None
    muted: bool | None = None
    hidden_no: int | None = None
