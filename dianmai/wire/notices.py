"""Must-read notices 必达通知: publishing, reading, confirming, the board, chasing."""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Count, Id, Limit, Millis, Told
from dianmai.wire.files import FileIdText, FileRef
from dianmai.wire.org import Audience, PersonBrief, UnitKind

Urgency = Literal["normal", "urgent"]
RecipientState = Literal["queued", "delivered", "read", "confirmed"]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
RichText = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]  # markdown, a small set
Deadline = Annotated[int, msgspec.Meta(ge=0, le=4_102_444_800_000)]  # Millis, before 2100


class Publish(Ask, frozen=True):
    """Publishes a notice to an audience. Recipients are frozen in this moment with unit and position. Needs a nonce.

    `deadline` is a time by which it must be confirmed (or read, when confirming is not asked).
    """

    title: Title
    text: RichText
    audience: Audience
    must_confirm: bool = True
    urgency: Urgency = "normal"
    deadline: Deadline | None = None
    files: Annotated[list[FileIdText], msgspec.Meta(max_length=20)] = []


class Published(Told, frozen=True):
    notice: int
    stream: str
    recipients: int
    at: Millis


class NoticeBody(Told, frozen=True):
    """Body of `notice.published` in stream `notice:<id>`; every recipient hears it."""

    notice: int
    title: str
    text: str
    must_confirm: bool
    urgency: Urgency
    deadline: Millis | None
    files: list[FileRef]
    publisher: PersonBrief
    recipients: int


class ChasedBody(Told, frozen=True):
    """Body of `notice.chased`: those below `units` (empty: everyone) who have not done it are asked again."""

    notice: int
    units: list[int]
    people: int
    by: PersonBrief


class DueBody(Told, frozen=True):
    """Body of `notice.due` in stream `notice:<id>/receipts`: how far it was when its deadline came."""

    notice: int
    deadline: Millis
    counts: dict[str, int]


class ReceiptsBody(Told, frozen=True):
    """Body of `notice.receipts` in stream `notice:<id>/receipts`: at most 500 receipts; boards hear the counts only.

    `counts` are cumulative, after these receipts: recipients, delivered, read, confirmed.
    """

    receipts: list["ReceiptLine"]
    counts: dict[str, int]


class ReceiptLine(Told, frozen=True):
    person: int
    state: RecipientState
    credential: int | None = None
    device_at: Millis | None = None


class GetNotices(Ask, frozen=True):
    """`owed`: what I have to do, must-confirm first; `received`: all mine, newest first; `sent`: what I may follow."""

    folder: Literal["owed", "received", "sent"]
    before: Id | None = None
    limit: Limit = 50


class NoticeBrief(Told, frozen=True):
    notice: int
    stream: str
    title: str
    preview: str
    at: Millis
    publisher: PersonBrief
    must_confirm: bool
    urgency: Urgency
    deadline: Millis | None = None
    my_state: RecipientState | None = None
    counts: dict[str, int] | None = None  # recipients, delivered, read, confirmed (cumulative); for `sent`


class Notices(Told, frozen=True):
    notices: list[NoticeBrief]
    more: bool


class GetNotice(Ask, frozen=True):
    notice: Id


class Notice(Told, frozen=True):
    brief: NoticeBrief
    text: str
    html: str  # sanitised
    files: list[FileRef]
    delivered_at: Millis | None = None
    read_at: Millis | None = None
    confirmed_at: Millis | None = None
    may_follow: bool = False


class Receive(Ask, frozen=True):
    """Says that this device has stored these notices. Sent by the client after storing, never by the server.

    Answers where each stands; those that are not the person's are left out.
    """

    notices: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=500)]
    device_at: Millis | None = None


class Read(Ask, frozen=True):
    """Says that the body was in view for its reading time."""

    notice: Id
    device_at: Millis | None = None


class Confirm(Ask, frozen=True):
    """Confirms a notice; implies delivered and read."""

    notice: Id
    device_at: Millis | None = None


class MyState(Told, frozen=True):
    notice: int
    state: RecipientState
    at: Millis  # when that state was reached, by the server's clock


class Received(Told, frozen=True):
    states: list[MyState]


class GetBoard(Ask, frozen=True):
    """The board of a notice below a unit (by default the top I may see). Watches it too: `counts` frames follow."""

    notice: Id
    unit: Id | None = None


class BoardRow(Told, frozen=True):
    """Counts are cumulative: confirmed ≤ read ≤ delivered ≤ recipients. `stores_done`: nobody is missing there."""

    unit: int
    name: str
    kind: UnitKind
    recipients: int
    delivered: int
    read: int
    confirmed: int
    stores: int
    stores_done: int


class BoardPerson(Told, frozen=True):
    person: PersonBrief
    state: RecipientState
    delivered_at: Millis | None = None
    read_at: Millis | None = None
    confirmed_at: Millis | None = None
    left: bool = False  # has left the company since; still counted


class Board(Told, frozen=True):
    notice: int
    total: BoardRow  # of the unit shown
    line: list[BoardRow]  # from the top I may see down to the parent, for the way back
    rows: list[BoardRow]  # children, those with most missing first
    people: list[BoardPerson]  # recipients of this very unit, missing first
    receipts_stream: str
    at: Millis


class GetMissing(Ask, frozen=True):
    """Who has not yet reached `state`, by unit and name. `after`: the `next` of the page before, 0 for the first."""

    notice: Id
    state: Literal["delivered", "read", "confirmed"]
    unit: Id | None = None
    after: Count = 0
    limit: Limit = 100


class Missing(Told, frozen=True):
    people: list[BoardPerson]
    total: int
    next: int | None = None


class Chase(Ask, frozen=True):
    """Asks again everyone below `unit` who has not confirmed (or read). At most once a minute per notice and unit.

    Needs a nonce.
    """

    notice: Id
    unit: Id | None = None


class Chased(Told, frozen=True):
    people: int
