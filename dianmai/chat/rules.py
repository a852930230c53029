"""What may be said, to whom, and how history is asked for: pure decisions of the chat."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from dianmai.core.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany, describe
from dianmai.core.text import refuse_stacked_marks, require_text
from dianmai.wire.base import LONGEST_QUERY
from dianmai.wire.conversations import Folder
from dianmai.wire.files import FileRef

STREAMS = "chat:"
ANNOUNCED_UP_TO = 200
MOST_IN_TEMPORARY: Final = 500
LONGEST_TEMPORARY: Final = timedelta(days=366)
WATCHED_UP_TO = 50
MOST_FILES = 9
MOST_DRAFTED: Final = 20
DRAFTED_IN_S: Final = 10

describe(
    {
        "group_closed": (
            "这个群已经结束，之前的内容还能看。要接着聊，请群负责人改结束日期，或另建一个群",
            "This group is over; what was said stays readable. To go on, ask its leader for a later end, or start a new"
            " one",
        ),
        "posting_restricted": (
            "这个群只有管理的人可以发言。有问题可以直接找群里的负责人",
            "Only those in charge post in this group. Write to one of them directly instead",
        ),
        "slow_mode": (
            "这个群每人每 {pause} 秒发一条，请 {seconds} 秒后再发",
            "One message every {pause} seconds in this group; try again in {seconds} seconds",
        ),
        "follows_organisation": (
            "这个群跟着组织架构走，岗位变动后会自动进出，不能手工改名、加人或退出。嫌吵可以设为免打扰",
            "This group follows the organisation: people come and go with their positions, never by hand. Mute it if it"
            " is too loud",
        ),
        "end_in_the_past": ("结束时间已经过了", "The end has passed already"),
        "end_too_far": ("临时群最长 {limit} 天", "A temporary group lasts at most {limit} days"),
        "one_side_only": (
            "“before”和“after”只能给一个",
            "Give either “before” or “after”, not both",
        ),
        "edges_not_rising": ("“{field}”里的时间要从早到晚", "The times in “{field}” must rise"),
        "person_left": ("对方已经离职，不能发起会话", "This person has left; no conversation can be opened"),
        "not_a_picture": ("“{name}”不是图片", "“{name}” is not a picture"),
        "duplicate_picture": ("同一张图片只能放一次", "The same picture was given twice"),
        "duplicate_file": ("同一个文件只能放一次", "The same file was given twice"),
    }
)


def require_conversation(stream: str) -> None:
    """Refuses streams that are no conversations, as if they did not exist: also the ones the actor hears."""
    if not stream.startswith(STREAMS):
        raise NotFound("not_found", field="stream")


def folder_of(kind: str, key: str | None) -> Folder:
    """Where a conversation lies in people's lists, by what it was made from."""
    if kind == "direct":
        return "direct"
    if key is None:
        return "project"
    return "store" if key.startswith("store:") else "region"


def require_short(query: str | None) -> None:
    """Refuses a search nobody types."""
    if query is not None and len(query) > LONGEST_QUERY:
        raise Invalid("query_too_long", field="text", limit=LONGEST_QUERY)


def require_temporary(kind: str) -> None:
    """Refuses to change by hand what follows the organisation."""
    if kind != "temporary":
        raise Conflict("follows_organisation")


def require_manager(*, manages: bool) -> None:
    """Refuses who does not manage the group."""
    if not manages:
        raise NotAllowed("forbidden")


def require_open(*, closed: bool) -> None:
    """Refuses to change who is in a group that is over."""
    if closed:
        raise Conflict("group_closed")


def require_end(end: datetime, now: datetime) -> None:
    """Refuses an end that has passed or that nobody can foresee."""
    if end <= now:
        raise Invalid("end_in_the_past", field="ends_at")
    if end > now + LONGEST_TEMPORARY:
        raise Invalid("end_too_far", field="ends_at", limit=LONGEST_TEMPORARY.days)


def require_all_reachable(people: Collection[int], reachable: Collection[int]) -> None:
    """Refuses to add whom nobody can reach: unknown, or gone."""
    if not set(people) <= set(reachable):
        raise NotFound("not_found", field="people")


def require_room(members: int) -> None:
    """Refuses a temporary group that has grown out of what a temporary group is for."""
    if members > MOST_IN_TEMPORARY:
        raise Invalid("too_many_items", field="people", limit=MOST_IN_TEMPORARY)


def announces(members: int, joined: int, left: int) -> bool:
    """Whether a group with so many members now says who has come and gone: not where nobody knows everybody.

    A chain of thousands hires and loses people every day, and each would be a line for all.
    """
    return max(members, members - joined + left) <= ANNOUNCED_UP_TO


def is_live(members: int) -> bool:
    """Whether who has such a conversation open hears at once how far others have read, and that somebody is typing.

    In larger ones the numbers are there for whoever asks.
    """
    return members <= WATCHED_UP_TO


def require_may_see_readers(author: int, actor: int, shown_to: str) -> None:
    """Refuses to show who has read a message to others than its author, where the company wants it so."""
    if shown_to == "author" and author != actor:
        raise NotAllowed("forbidden")


def require_said(text: str | None, attached: Sequence[str]) -> str:
    """The text of a message, without blanks at its ends; refuses a message that says nothing."""
    if text is None and attached:
        return ""
    said = require_text(text or "", "text")
    if not said.isascii():
        refuse_stacked_marks(said)
    return said


def require_distinct(pictures: Sequence[str]) -> None:
    """Refuses a picture given twice."""
    if len(set(pictures)) != len(pictures):
        raise Invalid("duplicate_picture", field="pictures")


def require_distinct_files(files: Sequence[str], pictures: Sequence[str]) -> None:
    """Refuses a file given twice, also once among the pictures, and more of both than a message shows."""
    if len({*files, *pictures}) != len(files) + len(pictures):
        raise Invalid("duplicate_file", field="files")
    if len(files) + len(pictures) > MOST_FILES:
        raise Invalid("too_many_items", field="files", limit=MOST_FILES)


def require_pictures(files: Sequence[FileRef]) -> None:
    """Refuses files of another kind among the pictures."""
    for file in files:
        if file.kind != "picture":
            raise Invalid("not_a_picture", field="pictures", name=file.name)


def require_one_side(before: int | None, after: int | None) -> None:
    """Refuses a page that is asked for in both directions."""
    if before is not None and after is not None:
        raise Invalid("one_side_only", field="after")


def require_rising(edges: Sequence[int]) -> None:
    """Refuses days that end before they begin."""
    if any(after <= before for before, after in pairwise(edges)):
        raise Invalid("edges_not_rising", field="edges")


def require_calm(since_s: float | None) -> None:
    """Refuses drafts at every letter: so many notes of one's own lie so few seconds back."""
    if since_s is not None and since_s < DRAFTED_IN_S:
        raise TooMany("rate_limited", retry_after_ms=round(1000 * (DRAFTED_IN_S - since_s)) + 1)


def require_reachable(still_here: bool | None) -> None:
    """Refuses to open a conversation with somebody unknown (None) or who has left."""
    if still_here is None:
        raise NotFound("not_found", field="person")
    if not still_here:
        raise Conflict("person_left", field="person")
