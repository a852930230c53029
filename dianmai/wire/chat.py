"""Conversations: direct and managed groups, text and pictures."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Count, Id, Limit, Millis, Name, Query, StreamName, Text, Told
from dianmai.wire.cards import Card, CardState, LinkPreview
from dianmai.wire.files import FileIdText, FileKind, FileRef
from dianmai.wire.forwarding import Excerpt, Forwarded
from dianmai.wire.frames import ReadTo
from dianmai.wire.org import Audience, Code, PersonBrief

Emoji = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
ConversationKind = Literal["direct", "group"]
Folder = Literal["store", "region", "project", "direct"]
GroupRole = Literal["everyone", "managers", "administrators"]
Purpose = Annotated[str, msgspec.Meta(max_length=500)]
End = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]  # 2100
People = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=500)]


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


class GetGroup(Ask, frozen=True):
    """The card of a group."""

    stream: StreamName


class GroupCard(Told, frozen=True):
    """A group, and what the asker may do in it.

    `managers` of a group hold `administer` over its unit (over the company, where it is one of the whole company) or
    lead it, where it is temporary; `administrators` hold it over the company.
    """

    stream: str
    title: str
    folder: Folder
    members: int
    purpose: str = ""
    rule: str = ""  # whom it is for, in words
    announcement: str = ""
    announced_by: PersonBrief | None = None
    announced_at: Millis | None = None
    post_by: GroupRole = "everyone"
    mention_all_by: GroupRole = "everyone"
    slow_s: int = 0  # seconds between two messages of one person; 0: none
    led_by: PersonBrief | None = None  # temporary groups
    ends_at: Millis | None = None  # temporary groups
    closed: bool = False
    member: bool = False
    may_set: bool = False
    may_leave: bool = False
    may_post: bool = True
    pin_by: GroupRole = "everyone"


class SetGroup(Ask, frozen=True):
    """Changes what is given of a group's card. Needs a nonce."""

    stream: StreamName
    title: Name | None = None
    purpose: Purpose | None = None
    announcement: Purpose | None = None
    post_by: GroupRole | None = None
    mention_all_by: GroupRole | None = None
    slow_s: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    ends_at: End | None = None
    pin_by: GroupRole | None = None


class GroupChangedBody(Told, frozen=True):
    """Body of `group.changed`: what is different about a group now. Without `by` its time was over."""

    by: PersonBrief | None = None
    title: str | None = None
    purpose: str | None = None
    announcement: str | None = None
    post_by: GroupRole | None = None
    mention_all_by: GroupRole | None = None
    slow_s: int | None = None
    ends_at: Millis | None = None
    closed: bool | None = None
    led_by: PersonBrief | None = None
    pin_by: GroupRole | None = None


class MakeGroup(Ask, frozen=True):
    """Makes a temporary group of these people and the asker. Needs a nonce."""

    title: Name
    people: People
    ends_at: End
    purpose: Purpose = ""


class AddPeople(Ask, frozen=True):
    """Adds people to a temporary group. Needs a nonce."""

    stream: StreamName
    people: People


class RemovePerson(Ask, frozen=True):
    """Takes somebody out of a temporary group. Needs a nonce."""

    stream: StreamName
    person: Id


class LeaveGroup(Ask, frozen=True):
    """Leaves a temporary group. Needs a nonce."""

    stream: StreamName


class EndGroup(Ask, frozen=True):
    """Ends a temporary group before its time. Needs a nonce."""

    stream: StreamName


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


class GetMembers(Ask, frozen=True):
    """Who is in a conversation; with `text`, those of them whose name, its pinyin or initials hold it."""

    stream: StreamName
    text: Query | None = None
    after: Count = 0
    limit: Limit = 100


class Member(Told, frozen=True):
    """A member as `PersonBrief` has them, and why they are in."""

    id: int
    name: str
    title: str = ""
    unit: str = ""
    why: str = ""


class Members(Told, frozen=True):
    members: list[Member]
    total: int
    next: int | None = None


class GetGroups(Ask, frozen=True):
    """The managed groups whose people the asker may address as an audience."""


class GroupChoice(Told, frozen=True):
    """A managed group and the audience it follows."""

    stream: str
    title: str
    people: int
    audience: Audience
    unit_name: str = ""  # of the unit in `audience`; empty: the whole company


class Groups(Told, frozen=True):
    groups: list[GroupChoice]


class GetUnitGroups(Ask, frozen=True):
    """The managed groups made from a unit, for who administers it."""

    unit: Id


class UnitGroup(Told, frozen=True):
    """A managed group. `closed`: it has nobody to follow any more."""

    stream: str
    title: str
    members: int
    closed: bool = False


class UnitGroups(Told, frozen=True):
    groups: list[UnitGroup]


class GetReaders(Ask, frozen=True):
    """Who has read a message, or has not. `unit`: only people of this unit (0: of none)."""

    stream: StreamName
    seq: Id
    state: Literal["unread", "read"] = "unread"
    unit: Count | None = None
    after: Count = 0
    limit: Limit = 100


class UnitReaders(Told, frozen=True):
    """How many of a unit's people (by their main position) have read a message; `unit` 0: those of none."""

    unit: int
    name: str
    read: int
    unread: int


class Readers(Told, frozen=True):
    """`units` come with the first page of all, those with most non-readers first."""

    read: int
    unread: int
    people: list[PersonBrief]
    units: list[UnitReaders] = []
    next: int | None = None


class Watch(Ask, frozen=True):
    stream: StreamName


class Watched(Told, frozen=True):
    """How far the others have come. Not `live`: nothing will be heard, the group is too large for that."""

    live: bool
    marks: list[ReadTo] = []


class Deliver(Ask, frozen=True):
    """The device has stored these direct conversations up to these `no`."""

    upto: Annotated[dict[StreamName, Count], msgspec.Meta(max_length=200)]


class Delivered(Told, frozen=True):
    """Those that have moved by it, and up to where."""

    upto: dict[str, int]


class Typing(Ask, frozen=True):
    stream: StreamName


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
