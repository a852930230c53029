"""What may be said, to whom, and how history is asked for: pure decisions of the chat."""

from collections.abc import Sequence
from typing import Literal

from dianmai.core.errors import Conflict, Invalid, NotAllowed, NotFound, describe
from dianmai.core.text import refuse_stacked_marks, require_text
from dianmai.wire.chat import Folder, MentionWish
from dianmai.wire.files import FileRef

STREAMS = "chat:"
ANNOUNCED_UP_TO = 200
WATCHED_UP_TO = 50
EVERYONE_UP_TO = 50
MENTION_ALL_BY: Literal["administrators", "managers", "everyone"] = "managers"
MOST_FILES = 9

describe(
    {
        "one_side_only": (
            "“before”和“after”只能给一个",
            "Give either “before” or “after”, not both",
        ),
        "person_left": ("对方已经离职，不能发起会话", "This person has left; no conversation can be opened"),
        "not_a_picture": ("“{name}”不是图片", "“{name}” is not a picture"),
        "duplicate_picture": ("同一张图片只能放一次", "The same picture was given twice"),
        "bad_mention": (
            "@ 的位置不对，请重新选人",
            "A mention does not stand where it should; choose the person again",
        ),
        "not_in_conversation": (
            "{name}不在这个聊天里，@ 不到。去掉这个 @ 再发",
            "{name} is not in this chat and cannot be mentioned. Send it without",
        ),
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


def require_mentions(mentions: Sequence[MentionWish], text: str) -> None:
    """Refuses mentions that are not one after the other in the text, each an @ with what follows, of one or of all."""
    end = 0
    for mention in mentions:
        inside = end <= mention.at and mention.at + mention.length <= len(text)
        if not inside or text[mention.at] not in "@＠" or (mention.person is None) is not mention.everyone:
            raise Invalid("bad_mention", field="mentions")
        end = mention.at + mention.length


def anyone_may_call_all(members: int) -> bool:
    """Whether calling everybody is for every member of such a conversation; in larger ones it is a right."""
    return members <= EVERYONE_UP_TO


def require_may_call_all(*, may: bool) -> None:
    if not may:
        raise NotAllowed("forbidden", field="mentions")


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


def require_reachable(still_here: bool | None) -> None:
    """Refuses to open a conversation with somebody unknown (None) or who has left."""
    if still_here is None:
        raise NotFound("not_found", field="person")
    if not still_here:
        raise Conflict("person_left", field="person")
