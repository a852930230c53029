"""What counts as one emoji: as Unicode joins them (UTS #51), without its list of all there are."""

import re

_BASE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f004-\U0001f1ad\U0001f201-\U0001f265\U0001f300-\U0001f3fa"
    "\U0001f400-\U0001faff]"
)
_SKIN = "[\U0001f3fb-\U0001f3ff]"
_ONE = f"{_BASE}(?:\ufe0f|{_SKIN})?"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_REGION = "\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f"
_KEY = "[0-9#*]\ufe0f?\u20e3"
_EMOJI = re.compile(f"{_FLAG}|{_REGION}|{_KEY}|{_ONE}(?:\u200d{_ONE}){{0,7}}")


def is_one_emoji(text: str) -> bool:
    """Whether this is one emoji and nothing else."""
    return _EMOJI.fullmatch(text) is not None
