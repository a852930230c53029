"""The organisation: units, people, positions, audiences, import."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Id, Line, Query, Told

UnitKind = Literal["hq", "department", "region", "city", "store"]
Right = Literal["publish", "see_board", "issue_codes", "import", "administer"]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class UnitBrief(Told, frozen=True):
    id: int
    kind: UnitKind
    name: str
    code: str | None = None  # store code, as the till knows it
    people: int = 0  # in the whole subtree
    stores: int = 0  # in the whole subtree


class HeldPosition(Told, frozen=True):
    """A position a person holds in a unit. `line` names the units from the top down to it."""

    position: str  # code
    title: str  # in the reader's language
    unit: int
    line: list[str]


class PersonBrief(Told, frozen=True):
    id: int
    name: str
    title: str = ""  # main position's title
    unit: str = ""  # its unit; for one position in several units, the lowest unit above them all


class PersonDuty(Told, frozen=True):
    """What somebody answers for in a unit; `deputy`: when the one responsible works there no more."""

    name: str  # in the reader's language
    unit: int
    unit_name: str
    deputy: bool = False


class PersonCard(Told, frozen=True):
    id: int
    name: str
    employee_no: str
    phone: str | None  # null also when it is not for the reader to see
    positions: list[HeldPosition]
    state: Literal["invited", "active", "left"]
    manager: PersonBrief | None = None
    duties: list[PersonDuty] = []


class GetUnit(Ask, frozen=True):
    """One unit with its children and its own people; without `unit`, the top."""

    unit: Id | None = None


class UnitPage(Told, frozen=True):
    unit: UnitBrief
    line: list[UnitBrief]  # from the top down to the parent
    children: list[UnitBrief]
    people: list[PersonBrief]  # who holds a position in this very unit, at most 500
    attributes: dict[str, str] = {}
    time_zone: str = "Asia/Shanghai"


class GetPerson(Ask, frozen=True):
    person: Id


class Find(Ask, frozen=True):
    """Finds people and units by name, pinyin, initials, employee number, phone tail, store name or code, position."""

    text: Query
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 20


class FoundPerson(Told, frozen=True):
    person: PersonBrief
    why: str  # what matched: name, pinyin, initials, number, phone, store, position


class Found(Told, frozen=True):
    people: list[FoundPerson]
    units: list[UnitBrief]


class FindByCode(Ask, frozen=True):
    """Which of these are the code of an open unit or the employee number of somebody who is here."""

    codes: Annotated[list[Code], msgspec.Meta(min_length=1, max_length=50)]


class CodedUnit(Told, frozen=True):
    code: str  # as it was asked for
    unit: UnitBrief


class CodedPerson(Told, frozen=True):
    code: str  # as it was asked for
    person: PersonBrief


class FoundByCode(Told, frozen=True):
    units: list[CodedUnit]
    people: list[CodedPerson]


class AudiencePart(Ask, frozen=True):
    """People who hold one of `positions` in a unit below one of `units` whose store has all `attributes`.

    An empty list does not narrow: no positions means every position, no units the whole company.
    """

    units: Annotated[list[Id], msgspec.Meta(max_length=500)] = []
    positions: Annotated[list[Code], msgspec.Meta(max_length=50)] = []
    attributes: Annotated[dict[Code, Line], msgspec.Meta(max_length=20)] = {}


class Audience(Ask, frozen=True):
    """Whoever is in any of `parts` or named in `people`, without those named in `without`."""

    parts: Annotated[list[AudiencePart], msgspec.Meta(max_length=20)] = []
    people: Annotated[list[Id], msgspec.Meta(max_length=500)] = []
    without: Annotated[list[Id], msgspec.Meta(max_length=500)] = []


class PreviewAudience(Ask, frozen=True):
    audience: Audience


class UnitCount(Told, frozen=True):
    unit: int
    name: str
    kind: UnitKind
    people: int


class AudiencePreview(Told, frozen=True):
    people: int
    stores: int
    not_activated: int  # people who have never signed in and so cannot be reached
    sample: list[PersonBrief]  # the first 20
    by_unit: list[UnitCount]  # under the top unit they share, its children


class GetPositions(Ask, frozen=True):
    pass


class PositionChoice(Told, frozen=True):
    code: str
    title: str
    people: int


class AttributeChoice(Told, frozen=True):
    key: str
    values: list[str]


class Positions(Told, frozen=True):
    """What an audience can be built from."""

    positions: list[PositionChoice]
    attributes: list[AttributeChoice]


class PlanImport(Ask, frozen=True):
    """Reads an uploaded HR file (xlsx or csv) and says what applying it would change. Changes nothing."""

    file: Annotated[str, msgspec.Meta(max_length=64)]


class ImportChange(Told, frozen=True):
    """`changed`: phone, dates or manager. `position_new`: the file names it for the first time; it has no rights."""

    kind: Literal[
        "join",
        "move",
        "leave",
        "rename",
        "return",
        "changed",
        "unit_new",
        "unit_changed",
        "unit_closed",
        "position_new",
    ]
    who: str  # name and employee number, or the unit's line
    before: str = ""
    after: str = ""


class ImportPlan(Told, frozen=True):
    """The difference, counted and listed (at most 1,000 lines). `digest` names exactly this plan."""

    digest: str
    rows: int
    counts: dict[str, int]
    changes: list[ImportChange]
    notes: list[str]
    brake: str | None = None  # why it needs `confirm_mass_change`


class ApplyImport(Ask, frozen=True):
    """Applies the plan with this digest in one go; refused when file or organisation moved since."""

    file: Annotated[str, msgspec.Meta(max_length=64)]
    digest: Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
    confirm_mass_change: bool = False


class ImportDone(Told, frozen=True):
    counts: dict[str, int]


class OrgChanged(Told, frozen=True):
    """Body of `org.changed` in stream `org`: people and units touched by one change, for followers."""

    people: list[int]
    units: list[int]
    cause: str


ReadersShownTo = Literal["everyone", "author"]
GroupsMadeBy = Literal["administrators", "managers", "everyone"]
Minutes = Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 60)]


class Policies(Told, frozen=True):
    """What the company has decided for everybody.

    `administrators` hold the right `administer` over the whole company, `managers` over any part of it.
    """

    chat_edit_minutes: Minutes = 15  # how long after sending; 0: never
    chat_recall_minutes: Minutes = 2
    readers_shown_to: ReadersShownTo = "everyone"
    temporary_groups_by: GroupsMadeBy = "managers"
    link_previews: bool = False  # whether the server looks up what stands behind links


class GetPolicies(Ask, frozen=True):
    pass


class SetPolicies(Ask, frozen=True):
    """Sets what is given, leaves the rest. Needs a nonce."""

    chat_edit_minutes: Minutes | None = None
    chat_recall_minutes: Minutes | None = None
    readers_shown_to: ReadersShownTo | None = None
    temporary_groups_by: GroupsMadeBy | None = None
    link_previews: bool | None = None


class PoliciesTold(Told, frozen=True):
    policies: Policies
    may_set: bool = False  # the asker


class PolicySet(Told, frozen=True):
    """Body of `org.policy_set` in stream `org`: one policy, before and after (as JSON)."""

    name: str
    before: str
    after: str
