"""Where links stand in a text: the rule of `web/src/chat/links.ts`."""

import re

_LINK = re.compile(r"https?://[^\s<>\"'“”‘’（）【】《》，。；：！？、\u3000]+")
_TAIL = ".,;:!?)]"


def first_link(text: str) -> str | None:
    """The first address in a text."""
    found = _LINK.search(text)
    return found[0].rstrip(_TAIL) if found is not None else None
