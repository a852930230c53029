"""What the chat limits beyond what a request's fields say; each is enforced where its number stands."""

from dianmai.chat import excerpts, favourites, later_rules, mention_rules, rules
from dianmai.core.limits import Limit, declare

_GROUPS = ["chat.make_group", "chat.add_people"]
declare(
    Limit("people in a temporary group", rules.MOST_IN_TEMPORARY, "group", "too_many_items", _GROUPS),
    Limit(
        "days a temporary group lasts",
        rules.LONGEST_TEMPORARY.days,
        "group",
        "end_too_far",
        ["chat.make_group", "chat.set_group"],
    ),
    Limit("pictures and files together", rules.MOST_FILES, "message", "too_many_items", ["chat.send"]),
    Limit("mentions", mention_rules.MOST_MENTIONS, "message", "too_many_mentions", ["chat.send", "chat.edit"]),
    Limit("different reactions", later_rules.MOST_REACTIONS, "message", "too_many_reactions", ["chat.react"]),
    Limit(
        "reactions taken away again", later_rules.MOST_UNDONE, "message and person", "reacted_too_often", ["chat.react"]
    ),
    Limit("edits", later_rules.MOST_EDITS, "message", "too_many_edits", ["chat.edit"]),
    Limit("pinned messages", later_rules.MOST_PINS, "conversation", "too_many_pins", ["chat.pin"]),
    Limit("favourites", favourites.MOST, "person", "too_many_favourites", ["chat.favour"]),
    Limit("bytes of a forwarded message", excerpts.LARGEST, "message", "forwarded_too_large", ["chat.forward"]),
    Limit("files of a forwarded message", excerpts.MOST_FILES, "message", "forwarded_too_large", ["chat.forward"]),
    Limit("bytes forwarded", excerpts.LARGEST_TOGETHER, "request", "forwarded_too_large", ["chat.forward"]),
    Limit("levels of messages within messages", excerpts.DEEPEST, "message", "forwarded_too_deep", ["chat.forward"]),
    Limit(
        "messages, where a group has a pause",
        1,
        "person in the pause",
        "slow_mode",
        ["chat.send", "chat.send_card", "chat.forward"],
    ),
)
