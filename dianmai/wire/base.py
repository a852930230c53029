"""What all wire structs share: strictness, identifiers, limited strings."""

from typing import Annotated, NewType

import msgspec

PersonId = NewType("PersonId", int)
UnitId = NewType("UnitId", int)
NoticeId = NewType("NoticeId", int)
FileId = NewType("FileId", str)
CredentialId = NewType("CredentialId", int)
Stream = NewType("Stream", str)

Millis = int
"""A time: milliseconds since 1970-01-01 UTC, always the server's unless the name says device."""

MAX_ID = 2**53 - 1

Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Line = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
LONGEST_QUERY = 200
# A search that is too long has a code of its own, so the limit is documented here and enforced by whoever searches.
Query = Annotated[str, msgspec.Meta(min_length=1, extra_json_schema={"maxLength": LONGEST_QUERY})]
Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
# A `$` alone would let a line break pass at the end.
Nonce = Annotated[str, msgspec.Meta(min_length=8, max_length=64, pattern=r"^(?![^\n]*\n)[A-Za-z0-9_:./-]+$")]
StreamName = Annotated[
    str, msgspec.Meta(min_length=3, max_length=64, pattern=r"^(?![^\n]*\n)[a-z]+(:[a-z0-9-]+)?(/[a-z]+)?$")
]
Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything a client may send: unknown fields are refused."""


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of everything the server says: answers, entry bodies, frames. Fields are only ever added."""


class Nothing(Told, frozen=True):
    """The answer of an operation that has nothing to add to "done"."""
