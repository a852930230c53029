"""Whom a message may call, and how many: pure decisions."""

from collections.abc import Collection, Sequence
from typing import Final

from dianmai.core.errors import Invalid, NotAllowed, describe
from dianmai.wire.chat import Mention, MentionWish, MessageBody

MOST_MENTIONS = 50
EVERYONE_UP_TO = 50
MOST_CALLED: Final = 50

describe(
    {
        "bad_mention": (
            "@ 的位置不对，请重新选人",
            "A mention does not stand where it should; choose the person again",
        ),
        "too_many_mentions": (
            "一条消息最多 @ {limit} 次。要告诉所有人，请用 @所有人",
            "A message mentions at most {limit} people; to reach everybody, mention everyone",
        ),
        "not_in_conversation": (
            "{name}不在这个聊天里，@ 不到。去掉这个 @ 再发",
            "{name} is not in this chat and cannot be mentioned. Send it without",
        ),
        "nobody_there": (
            "这个聊天里现在没有{name}，@ 不到。去掉这个 @ 再发",
            "There is no {name} in this chat now to be mentioned. Send it without",
        ),
        "too_many_called": (
            "这样 @ 到的人超过 {limit} 个，请改用 @所有人，或者只 @ 要找的人",
            "This reaches more than {limit} people. Call everyone, or only those who are meant",
        ),
    }
)


def require_mentions(mentions: Sequence[MentionWish], text: str) -> None:
    """Refuses mentions that are not one after the other in the text, each an @ with what follows, of one or of all; and
    more than anybody means."""
    if len(mentions) > MOST_MENTIONS:
        raise Invalid("too_many_mentions", field="mentions", limit=MOST_MENTIONS)
    end = 0
    for mention in mentions:
        inside = end <= mention.at and mention.at + mention.length <= len(text)
        by = [mention.person is not None, mention.everyone, mention.duty is not None, mention.position is not None]
        if not inside or text[mention.at] not in "@＠" or by.count(True) != 1:
            raise Invalid("bad_mention", field="mentions")
        end = mention.at + mention.length


def require_no_new_mentions(mentions: Sequence[Mention], said: MessageBody) -> None:
    """Refuses an edit that mentions somebody the message did not: nobody hears of an edit."""
    known = {_whom(mention) for mention in said.mentions}
    if any(_whom(mention) not in known for mention in mentions):
        raise Invalid("bad_mention", field="mentions")


def few(people: Collection[int]) -> bool:
    """Whether so many can be called by what they are."""
    return len(people) <= MOST_CALLED


def require_few_called(people: Collection[int]) -> None:
    """Refuses to call more by duties and positions than a message can name."""
    if not few(people):
        raise Invalid("too_many_called", field="mentions", limit=MOST_CALLED)


def anyone_may_call_all(members: int) -> bool:
    """Whether calling everybody is for every member of such a conversation; in larger ones it is a right."""
    return members <= EVERYONE_UP_TO


def require_may_call_all(*, may: bool) -> None:
    """Refuses to call everybody where that is for others."""
    if not may:
        raise NotAllowed("forbidden", field="mentions")


def _whom(mention: Mention) -> tuple[int | str, ...]:
    return (mention.duty, mention.position, *(person.id for person in mention.people))
