"""Activation codes: how they look, and the form in which they are stored."""

import hashlib
import io
import secrets
from typing import Final
from urllib.parse import quote

import segno

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 1 I L O U: nobody has to ask which one it is."""

LENGTH: Final = 12  # 30^12: 58.9 bits
GROUP: Final = 4


def new_code() -> str:
    """A fresh code as it is said and printed: XXXX-XXXX-XXXX."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def digest(person: int, typed: str) -> bytes:
    """The stored form of what somebody typed: case, spaces and dashes make no difference."""
    plain = "".join(ch for ch in typed.upper() if ch in ALPHABET)
    # Slow hashing would protect short secrets; this one is random and long enough. The person salts it.
    salt = person.to_bytes(16, "big")
    return hashlib.blake2b(plain.encode(), salt=salt, digest_size=32, person=b"dianmai code").digest()


def qr_svg(employee_no: str, code: str, page: str | None) -> str:
    """A QR code for the phone's camera: opens the page with number and code filled in, or just says them."""
    content = f"{page}#no={quote(employee_no)}&code={code}" if page else f"{employee_no} {code}"
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(out, kind="svg", scale=6, border=3, xmldecl=False, svgns=True)
    return out.getvalue().decode()
