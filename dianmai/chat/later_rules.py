"""What may become of a message after it was sent, when and by whom: pure decisions."""

from dianmai.chat.emoji import is_one_emoji
from dianmai.core.errors import Conflict, Invalid, NotAllowed, describe
from dianmai.wire.chat import MessageBody

MOST_REACTIONS = 20
MOST_EDITS = 50
MOST_UNDONE = 50
MOST_PINS = 20

describe(
    {
        "not_author": ("只能对自己发的消息这样做", "This can be done with one's own messages only"),
        "edit_window_over": (
            "发出超过 {limit} 分钟，不能再编辑",
            "It was sent more than {limit} minutes ago and stays as it is",
        ),
        "recall_window_over": (
            "发出超过 {limit} 分钟，不能再撤回",
            "It was sent more than {limit} minutes ago and can't be taken back",
        ),
        "recalled": ("这条消息已撤回", "This message was taken back"),
        "forwarded_unchanged": ("转发的消息不能编辑", "A forwarded message stays as it was written"),
        "not_one_emoji": ("请选一个表情", "Choose one emoji"),
        "too_many_reactions": ("一条消息最多 {limit} 种表情", "A message takes at most {limit} different reactions"),
        "reacted_too_often": (
            "您在这条消息上的回应已经改过 {limit} 次，不能再加了",
            "You have changed your reactions to this message {limit} times; no more can be added",
        ),
        "too_many_edits": (
            "这条消息已经改过 {limit} 次，不能再改了",
            "This message has been edited {limit} times and stays as it is",
        ),
        "changed_meanwhile": ("刚刚已有变化，请再看一眼", "It has just changed, please look again"),
        "pinning_restricted": (
            "这个群只有管理的人可以置顶消息",
            "Only those in charge pin messages in this group",
        ),
        "too_many_pins": (
            "一个聊天最多置顶 {limit} 条，请先取消几条",
            "A conversation has at most {limit} pinned messages; unpin some first",
        ),
    }
)


def require_author(author: int, actor: int) -> None:
    """Refuses to change what somebody else has said."""
    if author != actor:
        raise NotAllowed("not_author", field="seq")


def require_there(body: MessageBody) -> None:
    """Refuses to do anything with a message that was taken back."""
    require_unrecalled(not body.recalled_by)


def require_unrecalled(there: bool) -> None:
    """The same where it turns out in the commit."""
    if not there:
        raise Conflict("recalled", field="seq")


def require_own_words(body: MessageBody) -> None:
    """Refuses to change words that were forwarded: they are somebody else's."""
    if body.forwarded or body.merged:
        raise Conflict("forwarded_unchanged", field="seq")


def require_within(minutes: float, limit: int, code: str) -> None:
    """Refuses what may be done only so many minutes after sending."""
    if minutes >= limit:
        raise NotAllowed(code, field="seq", limit=limit)


def require_one_emoji(emoji: str) -> None:
    """Refuses a reaction that is not one emoji."""
    if not is_one_emoji(emoji):
        raise Invalid("not_one_emoji", field="emoji")


def require_room_to_react(kinds: int, undone: int, *, on: bool) -> None:
    """Refuses one more kind of reaction where there are many, and to go on adding and taking away."""
    if on and kinds >= MOST_REACTIONS:
        raise Conflict("too_many_reactions", field="emoji", limit=MOST_REACTIONS)
    if on and undone >= MOST_UNDONE:
        raise Conflict("reacted_too_often", field="emoji", limit=MOST_UNDONE)


def require_not_too_often(edits: int) -> None:
    """Refuses one edit more than a message takes."""
    if edits > MOST_EDITS:
        raise Conflict("too_many_edits", field="seq", limit=MOST_EDITS)


def require_room_to_pin(pinned: int) -> None:
    """Refuses so many pins that none stands out."""
    if pinned > MOST_PINS:
        raise Conflict("too_many_pins", field="seq", limit=MOST_PINS)


def require_news(news: bool) -> None:
    """Refuses a change that somebody's other device has made in the same moment."""
    if not news:
        raise Conflict("changed_meanwhile")
