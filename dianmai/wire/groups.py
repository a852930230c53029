"""Groups: their cards and rules, who is in them, and temporary ones."""

from typing import Annotated

import msgspec

from dianmai.wire.base import Ask, Count, Id, Limit, Millis, Name, Query, StreamName, Told
from dianmai.wire.chat import GroupRole
from dianmai.wire.conversations import Folder
from dianmai.wire.org import Audience, PersonBrief

Purpose = Annotated[str, msgspec.Meta(max_length=500)]
End = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]  # 2100
People = Annotated[list[Id], msgspec.Meta(min_length=1, max_length=500)]


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
