"""Conversations: direct and managed groups, text and pictures."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Count, Id, Limit, Millis, StreamName, Text, Told
from dianmai.wire.cards import Card, CardState, LinkPreview
from dianmai.wire.files import FileIdText, FileKind, FileRef
from dianmai.wire.forwarding import Excerpt, Forwarded
from dianmai.wire.org import Code, PersonBrief

Emoji = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
GroupRole = Literal["everyone", "managers", "administrators"]
MentionOf = Literal["person", "everyone"]


class MentionWish(Ask, frozen=True):
    """A mention as it is asked for: its place in `text` (code points, the @ included), and one of the others."""

    at: Count
    length: Annotated[int, msgspec.Meta(ge=2, le=100)]
    person: Id | None = None
    everyone: bool = False
    duty: Id | None = None  # of the unit the group belongs to
    position: Code | None = None  # held in the conversation


# As many as a text has room for; of how many are taken, the operation says.
MentionWishes = Annotated[list[MentionWish], msgspec.Meta(max_length=5_000)]


class Mention(Told, frozen=True):
    """A mention in a message: its place in `text` (code points), and whom it reaches; `everyone` names nobody.

    `duty` or `position`: what stands in the text for the people, who they were when it was sent.
    """

    at: int
    length: int
    of: MentionOf = "person"
    people: list[PersonBrief] = []
    duty: int = 0
    position: str = ""


class OpenDirect(Ask, frozen=True):
    """The direct conversation with a person, made on first use."""

    person: Id


class Opened(Told, frozen=True):
    stream: str


class Send(Ask, frozen=True):
    """Sends a message: text, or pictures and files with an optional caption. Needs a nonce."""

    stream: StreamName
    text: Text | None = None
    pictures: Annotated[list[FileIdText], msgspec.Meta(max_length=9)] = []
    reply: Id | None = None  # seq of the message of this conversation that is answered
    files: Annotated[list[FileIdText], msgspec.Meta(max_length=9)] = []
    mentions: MentionWishes = []
    markdown: bool = False  # the text is to be shown with its headings, lists and the like


class Sent(Told, frozen=True):
    stream: str
    seq: int
    no: int
    at: Millis


class Reply(Told, frozen=True):
    """What a message answers. What that one says is looked up: it may be edited or recalled."""

    seq: int
    author: int


class MessageBody(Told, frozen=True):
    """Body of `chat.message`, as it may be read now.

    `edited`: when its text was changed last; 0: never. `recalled_by`: it was taken back by this person, and has nothing
    else any more.
    """

    text: str = ""
    pictures: list[FileRef] = []
    files: list[FileRef] = []  # of every kind, each shown as what it is
    reply: Reply | None = None
    forwarded: Forwarded | None = None
    merged: list[Excerpt] = []
    card: Card | None = None  # `text` is what is read where it cannot be shown
    edited: Millis = 0
    recalled_by: int = 0
    mentions: list[Mention] = []
    markdown: bool = False  # shown with its headings, lists and the like; otherwise as it was typed


class Edit(Ask, frozen=True):
    """Changes the text of one's own message, for some minutes. Needs a nonce.

    `mentions`: those of the message that stay, where they stand in the new text; the others go.
    """

    stream: StreamName
    seq: Id
    text: Text
    mentions: MentionWishes = []


class EditedBody(Told, frozen=True):
    """Body of `chat.edited`: what the message `target` says from now on. Without a text when it was changed again."""

    text: str = ""
    mentions: list[Mention] = []  # those that still stand in it


class Recall(Ask, frozen=True):
    """Takes one's own message back, for some minutes. Needs a nonce."""

    stream: StreamName
    seq: Id


class RecalledBody(Told, frozen=True):
    """Body of `chat.recalled`: the message `target` is not to be read any more."""


class React(Ask, frozen=True):
    """Adds one's reaction to a message, or takes it away. Needs a nonce."""

    stream: StreamName
    seq: Id
    emoji: Emoji
    on: bool = True


class ReactedBody(Told, frozen=True):
    """Body of `chat.reacted`: the entry's actor added a reaction to the message `target`, or took it away."""

    emoji: str
    on: bool


class Reaction(Told, frozen=True):
    """One reaction to a message: how many reacted so, the first of them, and whether the asker did."""

    emoji: str
    count: int
    people: list[int]
    mine: bool = False


class Changed(Told, frozen=True):
    """Where the entry stands that changed a message. `seq` is 0 where nothing had to be changed."""

    stream: str
    seq: int
    at: Millis


class GroupLineBody(Told, frozen=True):
    """Body of `group.members`: who joined and left a managed group, and why (at most 20 named, the rest counted)."""

    joined: list[PersonBrief] = []
    left: list[PersonBrief] = []
    joined_count: int = 0
    left_count: int = 0
    reason: str = ""


class Message(Told, frozen=True):
    """A message as pages show it. `changed`: seq of the last entry that changed it; 0: none did."""

    stream: str
    seq: int
    no: int
    at: Millis
    author: int
    body: MessageBody
    nonce: str | None = None
    changed: int = 0
    reactions: list[Reaction] = []
    pinned: bool = False
    card_state: CardState | None = None  # what has become of its card
    preview: LinkPreview | None = None


class Pinned(Told, frozen=True):
    """A message that is kept in sight, who pinned it, and when."""

    message: Message
    by: int
    at: Millis


class GetHistory(Ask, frozen=True):
    """A page of messages before or after a `no` (both given: refused). The newest page when neither is given."""

    stream: StreamName
    before: Id | None = None
    after: Count | None = None
    limit: Limit = 50


class History(Told, frozen=True):
    messages: list[Message]  # in rising order of no
    people: list[PersonBrief]
    more_before: bool
    more_after: bool
    quoted: list[Message] = []  # what these answer, where it does not stand among them and the person may see it
    pins: list[Pinned] = []  # with the newest page: what is pinned and the person may see, the last pinned first


class GetMessages(Ask, frozen=True):
    """Some messages of a conversation, by their seqs."""

    stream: StreamName
    seqs: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=100)]


class Messages(Told, frozen=True):
    messages: list[Message]  # those the person may see, in rising order of no
    people: list[PersonBrief]


class GetReactions(Ask, frozen=True):
    """Who reacted to a message with an emoji, by rising person id above `after`."""

    stream: StreamName
    seq: Id
    emoji: Emoji
    after: Count = 0
    limit: Limit = 100


class Reactions(Told, frozen=True):
    people: list[PersonBrief]
    next: int | None = None


class GetFiles(Ask, frozen=True):
    """The files of a conversation, the newest first, of these kinds (none named: of all), before a `seq`."""

    stream: StreamName
    kinds: Annotated[list[FileKind], msgspec.Meta(max_length=4)] = []
    before: Id | None = None
    limit: Limit = 50


class HeldFile(Told, frozen=True):
    """A file and the message it came with."""

    seq: int
    at: Millis
    author: int
    file: FileRef


class HeldFiles(Told, frozen=True):
    files: list[HeldFile]
    people: list[PersonBrief]  # the authors
    next: int | None = None  # the `before` of the next page
