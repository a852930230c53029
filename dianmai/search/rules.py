"""What may be searched for: pure."""

from dianmai.core.access import Actor
from dianmai.core.errors import Invalid, NotAllowed, describe
from dianmai.core.text import require_text
from dianmai.wire.base import LONGEST_QUERY

describe(
    {
        "search_timeout": (
            "这次搜索用时过长，请再加几个字，或缩小范围",
            "This search takes too long; please add a word or narrow it down",
        ),
        "search_span": ("开始日期要早于结束日期", "The first day must come before the last one"),
    }
)


def require_colleague(actor: Actor) -> None:
    """Refuses whoever is no person: nobody else reads along in conversations."""
    if actor.kind != "person":
        raise NotAllowed("forbidden")


def require_query(text: str) -> None:
    """Refuses what is too long to have been meant, or blank."""
    if len(text) > LONGEST_QUERY:
        raise Invalid("query_too_long", field="text", limit=LONGEST_QUERY)
    require_text(text, "text")


def require_span(since: int | None, until: int | None) -> None:
    """Refuses a time that ends before it begins."""
    if since is not None and until is not None and since >= until:
        raise Invalid("search_span", field="until")
