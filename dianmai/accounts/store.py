"""All SQL of accounts. Indexes: `migrations/0020_accounts.sql`."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from dianmai.core.db import Queries


class AccountRow(NamedTuple):
    """What signing in needs to know of an employee number. `password_hash` is None before the first activation."""

    person: int
    employee_no: str
    name: str
    phone: str | None
    state: Literal["invited", "active", "left"]
    password_hash: str | None
    loopback_only: bool
    epoch: int  # the access epoch this was so in


class CodeRow(NamedTuple):
    code_hash: bytes
    usable: bool  # neither expired nor of an old access epoch


async def account(db: Queries, employee_no: str) -> AccountRow | None:
    row = await db.fetchrow(_ACCOUNT, employee_no)
    return AccountRow(*row) if row else None


async def account_of(db: Queries, person: int) -> AccountRow | None:
    """The same for somebody known."""
    row = await db.fetchrow(_ACCOUNT_OF, person)
    return AccountRow(*row) if row else None


async def activation(db: Queries, person: int) -> CodeRow | None:
    row = await db.fetchrow(_ACTIVATION, person)
    return CodeRow(*row) if row else None


async def set_password(db: Queries, person: int, password_hash: str, *, loopback_only: bool = False) -> bool:
    """Sets a password; answers whether there was one before."""
    return await db.fetchval(_SET_HASH, person, password_hash, loopback_only)


async def replace_hash(db: Queries, person: int, before: str, after: str) -> None:
    """The same password hashed with today's parameters; nothing when it was changed meanwhile."""
    await db.execute(_REPLACE_HASH, person, before, after)


async def set_code(db: Queries, person: int, code_hash: bytes, lifetime: timedelta, issued_by: int) -> datetime:
    """Stores a code in place of any earlier one; answers when it expires."""
    return await db.fetchval(_SET_CODE, person, code_hash, lifetime, issued_by)


async def redeem(db: Queries, person: int, code_hash: bytes) -> bool:
    """Uses the code up; False when somebody else has, or it is void."""
    return await db.fetchval(_REDEEM, person, code_hash) is not None


async def note_try(db: Queries, key: str, most: int, window: timedelta) -> bool:
    """Notes a try; False, noting nothing, when `most` were made within the window."""
    return await db.fetchval(_NOTE_TRY, key, most, window) is not None


async def next_try(db: Queries, key: str, window: timedelta) -> timedelta:
    """How long until a try under this key is allowed again."""
    return await db.fetchval(_NEXT_TRY, key, window) or timedelta()


async def forget_tries(db: Queries, account_key: str, address_key: str) -> None:
    """After a success: the account starts afresh, the address has one try fewer."""
    await db.execute("DELETE FROM sign_in_tries WHERE key = $1", account_key)
    await db.execute(_FORGET_LAST, address_key)


async def tidy_tries(db: Queries, window: timedelta) -> None:
    await db.execute(_TIDY_TRIES, window)


_ACCOUNTS = """
SELECT p.id, p.employee_no, p.name, p.phone, p.state, a.password_hash, coalesce(a.loopback_only, false),
  actor.access_epoch
FROM person p JOIN actor USING (id) LEFT JOIN account a ON a.person = p.id"""
_ACCOUNT = _ACCOUNTS + " WHERE p.employee_no = $1"
_ACCOUNT_OF = _ACCOUNTS + " WHERE p.id = $1"
_ACTIVATION = """
SELECT c.code_hash, c.expires_at > now() AND c.epoch = a.access_epoch AND a.active
FROM activation c JOIN actor a ON a.id = c.person WHERE c.person = $1"""
_SET_HASH = """
WITH earlier AS (SELECT 1 FROM account WHERE person = $1), written AS (
  INSERT INTO account (person, password_hash, loopback_only) VALUES ($1, $2, $3)
  ON CONFLICT (person) DO UPDATE
  SET password_hash = excluded.password_hash, loopback_only = excluded.loopback_only, password_set_at = now())
SELECT EXISTS (SELECT FROM earlier)"""
_REPLACE_HASH = "UPDATE account SET password_hash = $3 WHERE person = $1 AND password_hash = $2"
_SET_CODE = """
INSERT INTO activation (person, code_hash, epoch, expires_at, issued_by)
SELECT id, $2, access_epoch, now() + $3::interval, $4 FROM actor WHERE id = $1
ON CONFLICT (person) DO UPDATE SET code_hash = excluded.code_hash, epoch = excluded.epoch,
  expires_at = excluded.expires_at, issued_by = excluded.issued_by, issued_at = now()
RETURNING expires_at"""
_REDEEM = """
DELETE FROM activation c USING actor a
WHERE c.person = $1 AND c.code_hash = $2 AND c.expires_at > now() AND a.id = c.person AND a.access_epoch = c.epoch
  AND a.active
RETURNING c.person"""
# The row's lock makes tries of one key pass one by one, on however many nodes they arrive.
_NOTE_TRY = """
INSERT INTO sign_in_tries AS t (key, tries, last) VALUES ($1, ARRAY[clock_timestamp()], clock_timestamp())
ON CONFLICT (key) DO UPDATE SET last = clock_timestamp(), tries =
  ARRAY(SELECT at FROM unnest(t.tries) AS at WHERE at > clock_timestamp() - $3::interval ORDER BY at)
  || clock_timestamp()
WHERE (SELECT count(*) FROM unnest(t.tries) AS at WHERE at > clock_timestamp() - $3::interval) < $2
RETURNING key"""
_NEXT_TRY = """
SELECT min(at) + $2::interval - now() FROM sign_in_tries, unnest(tries) AS at
WHERE key = $1 AND at > now() - $2::interval"""
_FORGET_LAST = "UPDATE sign_in_tries SET tries = tries[:cardinality(tries) - 1] WHERE key = $1"
_TIDY_TRIES = """
DELETE FROM sign_in_tries WHERE key IN (
  SELECT key FROM sign_in_tries WHERE last < now() - $1::interval LIMIT 500 FOR UPDATE SKIP LOCKED)"""
