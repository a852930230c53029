"""Who acts, and until when: actors, their credentials, and the one row that ends access.

Every credential of any kind carries the access epoch it was issued under. Moving `actor.access_epoch` voids them all at
once; tidying up afterwards is never what access depends on.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from dianmai.core.db import Queries, Row
from dianmai.core.errors import Language, NotAllowed
from dianmai.core.ids import person_stream
from dianmai.core.journal import Draft
from dianmai.wire.access import AccessEnded

if TYPE_CHECKING:
    from dianmai.core.transactions import Transaction

ActorKind = Literal["person", "bot", "device", "guest", "system"]
SYSTEM_ID = 1


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `id` 0 is somebody not signed in; `credential` None is the server itself.

    `expires_at` is when the credential ends by itself, as of when it was shown: use may have moved it since.
    """

    id: int
    kind: ActorKind
    credential: int | None = None
    language: Language = "zh-CN"
    expires_at: datetime | None = None

    @property
    def signed_in(self) -> bool:
        """Somebody known, and not just anybody at the door."""
        return self.id != 0


SYSTEM = Actor(SYSTEM_ID, "system")
NOBODY = Actor(0, "guest")


def nobody(language: Language) -> Actor:
    """Somebody not signed in who reads this language."""
    return Actor(0, "guest", None, language)


class Shown(NamedTuple):
    """Whom a token belongs to, and whether its use has not been noted for so long that it should be."""

    actor: Actor
    stale: bool


class Credential(msgspec.Struct, frozen=True):
    """A live credential as its owner sees it."""

    id: int
    kind: str
    device_name: str
    device_kind: str
    created_at: datetime
    last_used_at: datetime


async def create_actors(tx: "Transaction", kind: ActorKind, count: int) -> list[int]:
    """Makes `count` actors, each with the stream `person:<id>` that it alone hears."""
    ids = [r[0] for r in await tx.db.fetch(_CREATE, kind, count)]
    for actor in ids:
        stream = person_stream(actor)
        tx.open(stream)
        tx.join(stream, [actor], from_start=True)
    return ids


async def issue_credential(
    tx: "Transaction",
    actor: int,
    kind: str,
    *,
    device_name: str = "",
    device_kind: str = "other",
    lifetime: timedelta,
    epoch: int | None = None,
    device: int | None = None,
) -> tuple[int, str]:
    """A new credential: its id and the token, said only here.

    `epoch` is the access epoch in which the actor proved who they are: when it has moved since, the credential is
    refused, or is void from the start. Without it the credential is of the present epoch. `device` is the shared device
    it is for: there it ends when it has not been used for its lifetime.
    """
    token = "dm_" + secrets.token_urlsafe(32)
    row = await tx.db.fetchrow(_ISSUE, actor, kind, _digest(token), device_name, device_kind, lifetime, epoch, device)
    if row is None:
        raise NotAllowed("session_revoked", status=401)
    return row[0], token


async def end_access(tx: "Transaction", actors: Sequence[int], *, active: bool = False) -> None:
    """Voids every credential of these actors; `active` False also bars new ones. Takes effect with the commit."""
    await tx.db.execute(_END_ACCESS, list(actors), active)
    tx.exclude_every_append()
    tx.own_access_ends |= tx.actor.id in actors
    for actor in actors:
        tx.append(Draft(person_stream(actor), "access.ended", AccessEnded()))


async def allow_access(tx: "Transaction", actors: Sequence[int]) -> None:
    """Lets actors in again (a return). Old credentials stay void: their epoch is gone."""
    await tx.db.execute(_ALLOW_ACCESS, list(actors))


async def end_credential(tx: "Transaction", actor: int, credential: int) -> bool:
    """Ends one credential of this actor; False when there was none alive."""
    ended = await tx.db.fetchval(_END_CREDENTIAL, credential, actor)
    if ended is None:
        return False
    tx.exclude_every_append()
    tx.own_access_ends |= credential == tx.actor.credential
    tx.append(Draft(person_stream(actor), "access.ended", AccessEnded(credential=credential)))
    return True


async def end_sessions_on(tx: "Transaction", device: int, *, but: int = 0) -> None:
    """Ends every session on a shared device; all but one, if so asked."""
    for row in await tx.db.fetch(_SESSIONS_ON, device, but):
        await end_credential(tx, row[0], row[1])


async def move_session(
    tx: "Transaction", credential: int, device: int, *, device_name: str, device_kind: str, idle: timedelta
) -> None:
    """Makes a session one of a shared device, where it ends when it has not been used for so long."""
    tx.exclude_every_append()  # it ends earlier than is remembered of it
    await tx.db.execute(_MOVE_SESSION, credential, device, device_name, device_kind, idle)


async def credentials_of(db: Queries, actor: int) -> list[Credential]:
    """The actor's live credentials, newest use first."""
    return [Credential(**dict(r)) for r in await db.fetch(_CREDENTIALS_OF, actor)]


async def resolve(db: Queries, token: str, language: Language) -> Actor:
    """The actor a token belongs to, now, whose use of it is noted. Refuses with 401 as `resolve_all` does."""
    row = await db.fetchrow(_RESOLVE, _digest(token)) if token.startswith("dm_") else None
    shown = _shown(row)
    if isinstance(shown, NotAllowed):
        raise shown
    if shown.stale:
        await touch(db, [shown.actor.credential or 0])
    return replace(shown.actor, language=language)


async def resolve_all(db: Queries, tokens: Sequence[str]) -> list[Shown | NotAllowed]:
    """Whom each of these tokens belongs to, now; 401 for what is unknown, ended, expired or of an old epoch."""
    rows = {row["secret_hash"]: row for row in await db.fetch(_RESOLVE_ALL, [_digest(token) for token in tokens])}
    return [_shown(rows.get(_digest(token)) if token.startswith("dm_") else None) for token in tokens]


def _shown(row: Row | None) -> Shown | NotAllowed:
    if row is None or (row["alive"] and row["expired"]):
        return NotAllowed("session_expired", status=401)
    if not row["alive"]:
        return NotAllowed("session_revoked", status=401)
    return Shown(Actor(row["actor"], row["kind"], row["id"], expires_at=row["expires_at"]), row["stale"])


async def touch(db: Queries, credentials: Sequence[int]) -> None:
    """Notes that these credentials are used, at most every five minutes: what ends without use ends later."""
    await db.execute(_TOUCH, list(credentials))


async def require_alive(db: Queries, actor: Actor) -> datetime:
    """Refuses an actor whose credential has ended since it was resolved; answers the database's time."""
    if actor.credential is None:
        return await db.fetchval("SELECT clock_timestamp()")
    found, now = await alive_now(db, [actor.credential])
    if not found:
        raise NotAllowed("session_revoked", status=401)
    return now


async def alive(db: Queries, credentials: Sequence[int]) -> set[int]:
    """Which of these credentials are alive now."""
    return {r[0] for r in await db.fetch(_ALIVE, list(credentials))}


async def alive_now(db: Queries, credentials: Sequence[int]) -> tuple[Collection[int], datetime]:
    """Which of these credentials are alive, and the database's time."""
    [(alive, now)] = await db.fetch(_ALIVE_NOW, list(credentials))
    return alive, now


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


_CREATE = "INSERT INTO actor (kind) SELECT $1 FROM generate_series(1, $2::integer) RETURNING id"
_ISSUE = """
INSERT INTO credential (actor, kind, epoch, secret_hash, device_name, device_kind, expires_at, device, idle)
SELECT id, $2, coalesce($7, access_epoch), $3, $4, $5, now() + $6::interval, $8, CASE WHEN $8::bigint > 0 THEN $6 END
FROM actor WHERE id = $1 AND active AND access_epoch = coalesce($7, access_epoch) RETURNING id"""
_END_ACCESS = "UPDATE actor SET access_epoch = access_epoch + 1, active = $2 WHERE id = ANY($1::bigint[])"
_ALLOW_ACCESS = "UPDATE actor SET active = true WHERE id = ANY($1::bigint[])"
_END_CREDENTIAL = (
    "UPDATE credential SET ended_at = now() WHERE id = $1 AND actor = $2 AND ended_at IS NULL RETURNING id"
)
_CREDENTIALS_OF = """
SELECT c.id, c.kind, c.device_name, c.device_kind, c.created_at, c.last_used_at
FROM credential c JOIN actor a ON a.id = c.actor
WHERE c.actor = $1 AND c.ended_at IS NULL AND c.epoch = a.access_epoch AND c.expires_at > now()
ORDER BY c.last_used_at DESC LIMIT 200"""
_SHOWN = """
SELECT c.secret_hash, c.id, c.actor, a.kind, c.ended_at IS NULL AND a.active AND c.epoch = a.access_epoch AS alive,
  c.expires_at, c.expires_at <= now() AS expired, c.last_used_at < now() - interval '5 minutes' AS stale
FROM credential c JOIN actor a ON a.id = c.actor WHERE c.secret_hash = """
_RESOLVE = _SHOWN + "$1"
_RESOLVE_ALL = _SHOWN + "ANY($1::bytea[])"
_TOUCH = """
UPDATE credential SET last_used_at = now(), expires_at = coalesce(now() + idle, expires_at)
WHERE id = ANY($1::bigint[]) AND last_used_at < now() - interval '5 minutes' AND expires_at > now()"""
_SESSIONS_ON = "SELECT actor, id FROM credential WHERE device = $1 AND id <> $2 AND ended_at IS NULL"
_MOVE_SESSION = """
UPDATE credential SET device = $2, device_name = $3, device_kind = $4, idle = $5, expires_at = now() + $5::interval
WHERE id = $1"""
# One by one: planned when there were few credentials, the others would be read by way of every live one there is.
_ALIVE = """
SELECT alive.id FROM unnest($1::bigint[]) AS asked(id)
CROSS JOIN LATERAL (
  SELECT c.id FROM credential c JOIN actor a ON a.id = c.actor
  WHERE c.id = asked.id AND c.ended_at IS NULL AND c.expires_at > now() AND c.epoch = a.access_epoch AND a.active
  LIMIT 1) AS alive"""
_ALIVE_NOW = f"SELECT ARRAY({_ALIVE}), clock_timestamp()"
