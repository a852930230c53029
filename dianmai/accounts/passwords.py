"""Which passwords are refused: those that a stranger or a colleague would try first."""

import re
import unicodedata
from functools import cache
from importlib import resources
from typing import Final

from dianmai.core.errors import Invalid, describe

SHORTEST: Final = 8
LONGEST: Final = 256
_WALKS: Final = (
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb",
)


def require_not_too_long(password: str) -> None:
    """Refuses what nobody types, before any work is spent on it."""
    if len(password) > LONGEST:
        raise Invalid("password_too_long", field="password", limit=LONGEST)


def require_good(password: str, *, employee_no: str, name: str, phone: str | None) -> None:
    """Refuses a new password that is too short, too long, common, or made of what colleagues know of the person."""
    require_not_too_long(password)
    if len(password) < SHORTEST:
        raise Invalid("text_too_short", field="password", limit=SHORTEST)
    plain = unicodedata.normalize("NFKC", password).casefold()
    if _is_common(plain):
        raise Invalid("password_too_common", field="password")
    digits = re.sub(r"\D", "", employee_no).lstrip("0")
    personal = [employee_no.casefold(), name.casefold(), *([digits] if len(digits) >= 4 else [])]
    if any(part and part in plain for part in personal) or (phone and phone[-8:] in plain):
        raise Invalid("password_too_personal", field="password")


def _is_common(plain: str) -> bool:
    stem = re.sub(r"[\d\W_]+$", "", plain)
    return (
        plain in _common()
        or len(set(plain)) <= 2
        or any(plain in walk * 2 or plain in walk[::-1] * 2 for walk in _WALKS)
        or plain == plain[: len(plain) // 2] * 2
        or (stem in _common_stems() and len(plain) - len(stem) <= 6)
    )


@cache
def _common() -> frozenset[str]:
    text = resources.files("dianmai.accounts").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def _common_stems() -> frozenset[str]:
    """Words that a few digits or signs at the end do not make better: password2026!"""
    return frozenset(stem for word in _common() if len(stem := re.sub(r"[\d\W_]+$", "", word)) >= 5)


describe(
    {
        "password_too_long": ("密码最多 {limit} 个字符", "A password has at most {limit} characters"),
        "password_too_common": ("这个密码太常见，请换一个", "This password is too common; choose another one"),
        "password_too_personal": (
            "密码里不要有工号、姓名或手机号",
            "The password must not contain your employee number, name or phone number",
        ),
    }
)
