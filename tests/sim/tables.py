"""The rows the model of the database keeps, and a transaction's view: its own changes over what is committed."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from dianmai.core.ids import LANES

Key = tuple[str, Any]


class Stream(NamedTuple):
    lane: int
    heard_by: str
    lasting: bool
    seq: int = 0
    no: int = 0
    member_epoch: int = 0
    hash: bytes = bytes(32)
    moved_at: datetime = datetime.min
    moved_no: int = 0


class Lane(NamedTuple):
    pos: int = 0
    ends: int = 0
    moves: int = 0


class Member(NamedTuple):
    first_seq: int
    read_no: int
    left: bool = False


class Credential(NamedTuple):
    actor: int
    epoch: int
    secret_hash: bytes
    expires_at: datetime
    ended: bool = False


class Entry(NamedTuple):
    stream: str
    seq: int
    no: int | None
    at: datetime
    actor: int
    nonce: str
    part: int
    kind: str
    target: int | None
    body: bytes
    salt: bytes
    body_hash: bytes
    lane: int
    pos: int

    @property
    def once(self) -> tuple[str, int, str, int]:
        return self.stream, self.actor, self.nonce, self.part


class Recipient(NamedTuple):
    state: int
    owes: int
    reached_at: datetime | None


class Notice(NamedTuple):
    recipients: int
    published_at: datetime


@dataclass
class Tables:
    """What is committed. Rows that change are in `rows`, by table and key; entries are never changed."""

    rows: dict[Key, Any] = field(default_factory=dict[Key, Any])
    entries: defaultdict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    lanes: list[list[Entry]] = field(default_factory=lambda: [[] for _ in range(LANES)])
    once: dict[tuple[str, int, str, int], Entry] = field(default_factory=dict)
    members: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    heard: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    recipients: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    numbers: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def apply(self, changes: dict[Key, Any], entries: list[Entry]) -> None:
        self.rows.update(changes)
        for table, key in changes:
            if table == "member":
                self.members[key[0]].add(key[1])
                self.heard[key[1]].add(key[0])
            elif table == "recipient":
                self.recipients[key[0]].add(key[1])
        for entry in entries:
            self.entries[entry.stream].append(entry)
            self.lanes[entry.lane].append(entry)
            self.once[entry.once] = entry

    def next_number(self, sequence: str) -> int:
        """As a database's sequence: what is rolled back is not given back."""
        self.numbers[sequence] += 1
        return self.numbers[sequence]


class View:
    """One transaction, and whose it is."""

    __slots__ = ("changes", "entries", "failed", "held", "now", "session", "tables")

    def __init__(self, tables: Tables, now: datetime, session: Any = None) -> None:
        self.tables = tables
        self.now = now
        self.session = session
        self.changes: dict[Key, Any] = {}
        self.entries: list[Entry] = []
        self.held: set[Key] = set()
        self.failed = False

    def get(self, table: str, key: Any) -> Any:
        changed = self.changes.get((table, key))
        return self.tables.rows.get((table, key)) if changed is None else changed

    def put(self, table: str, key: Any, row: Any) -> None:
        self.changes[table, key] = row

    def membership(self, stream: str, actor: int) -> Member | None:
        """How an actor stands who hears the stream now."""
        member = self.get("member", (stream, actor))
        return None if member is None or member.left else member

    def members(self, stream: str) -> list[tuple[int, Member]]:
        """Who hears the stream."""
        some = ((actor, self.get("member", (stream, actor))) for actor in sorted(self.tables.members[stream]))
        return [(actor, member) for actor, member in some if not member.left]

    def heard(self, actor: int) -> list[tuple[str, Stream, Member]]:
        """The actor's list of streams."""
        found: list[tuple[str, Stream, Member]] = []
        for name in sorted(self.tables.heard[actor]):
            member, stream = self.membership(name, actor), self.get("stream", name)
            if member is not None and stream.heard_by == "members":
                found.append((name, stream, member))
        found.sort(key=lambda f: (f[1].lasting, f[1].moved_at), reverse=True)
        return found

    def alive(self, credential: int) -> Credential | None:
        row: Credential | None = self.get("credential", credential)
        if row is None or row.ended or row.expires_at <= self.now:
            return None
        epoch, active = self.get("actor", row.actor)
        return row if active and row.epoch == epoch else None
