"""What must be true after every step, judged from outside: by what was committed, written to wires, shown and answered.

D1 an acknowledged message is stored where it was said to be · D2 once · D3 in order, without holes, and in the order it
was said in a row · D4 no device skips what it may see · D8 nobody gets what they may not · O1 nobody writes whose
access has ended, O2 nor hears for long · B1 recipients are never lost and the counts are theirs · B2 states only go
forward · B3 receipts are one's own.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from tests.sim.clockwork import Loop
from tests.sim.network import Wire, frames_in, told
from tests.sim.outbox import Item
from tests.sim.tables import Credential, Entry, Member, Recipient, View

if TYPE_CHECKING:
    from tests.sim.database import Postgres
    from tests.sim.device import Device

DEAF_S = 5.5
NONCE = len("device-00-000000")
STATES = ("queued", "delivered", "read", "confirmed")
CLAIMS = {"notices.receive": 1, "notices.read": 2, "notices.confirm": 3}


class Broken(AssertionError):
    """A promise was broken."""


@dataclass(slots=True)
class Stay:
    """A time of being a member: the entries that belong to it, and when it ended."""

    first: int
    last: int | None = None
    left_at: float | None = None


class Audit:
    """Watches one run."""

    def __init__(self, postgres: "Postgres") -> None:
        self.postgres = postgres
        self.world = postgres.world
        self.facts = 0
        self.broken: list[str] = []
        self.stays: defaultdict[tuple[int, str], list[Stay]] = defaultdict(list)
        self.committed_at: dict[tuple[str, int], float] = {}
        self.ended_at: dict[int, float] = {}
        self.credentials: defaultdict[int, list[int]] = defaultdict(list)
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self._wanted: dict[str, Item] = {}
        self._once: dict[tuple[int, str], tuple[str, int]] = {}
        self._rows: defaultdict[tuple[Wire, str], list[str]] = defaultdict(list)
        self._wires: defaultdict[str, list[Wire]] = defaultdict(list)
        self._turned_away: set[tuple[Loop, str]] = set()
        self._read: defaultdict[tuple[int, str], int] = defaultdict(int)
        postgres.committed = self.committed

    def expect(self, fact: bool, promise: str, **about: Any) -> None:
        """Notes what is not so; raised here, the code under test would catch it."""
        self.facts += 1
        if not fact:
            self.broken.append(f"{promise}: {', '.join(f'{k}={v!r}' for k, v in about.items())}")

    # What is committed.

    def committed(self, view: View) -> None:
        tables = self.postgres.tables
        heads = {e.stream: len(tables.entries[e.stream]) for e in view.entries}
        ends = {e.lane: len(tables.lanes[e.lane]) for e in view.entries}
        for (table, key), row in view.changes.items():
            if table == "member":
                self._member_moved(key, tables.rows.get(("member", key)), row, view)
        for e in view.entries:
            heads[e.stream] += 1
            ends[e.lane] += 1
            self.expect(e.seq == heads[e.stream], "D3: seq has no holes", stream=e.stream, seq=e.seq)
            self.expect(e.pos == ends[e.lane], "D3: pos has no holes", lane=e.lane, pos=e.pos)
            self.committed_at[e.stream, e.seq] = self.world.now
            if e.kind == "chat.message":
                self._message(e, view)
            elif e.kind == "notice.receipts":
                self._receipts(e, view)
        for (table, key), row in view.changes.items():
            if table == "recipient" and (was := tables.rows.get((table, key))) is not None:
                self.expect(row.state >= was.state, "B2: states only go forward", recipient=key)
            elif table == "counts":
                self._counts(key, row, view)
            elif table == "actor":
                self._access_moved(key, view)
            elif table == "credential" and row.ended:
                self.ended_at.setdefault(key, self.world.now)

    def _member_moved(self, key: tuple[str, int], was: Member | None, row: Member, view: View) -> None:
        stream, person = key
        stays = self.stays[person, stream]
        if was is not None:
            self.expect(row.read_no >= was.read_no, "read cursors only go forward", member=key)
        if not row.left and (was is None or was.left):
            stays.append(Stay(row.first_seq))
        elif row.left and was is not None and not was.left:
            stays[-1].last = len(view.tables.entries[stream])
            stays[-1].left_at = self.world.now

    def _message(self, e: Entry, view: View) -> None:
        nonce = e.nonce[:NONCE]
        wanted = self._wanted[nonce]
        once = self._once.setdefault((e.actor, nonce), (e.stream, e.seq))
        self.expect(once == (e.stream, e.seq), "D2: a nonce is stored once", nonce=e.nonce, first=once, again=e.seq)
        if e.nonce in self._wires:
            follows = any(self._follows(wire, e) for wire in self._wires[e.nonce])
            self.expect(follows, "D3: what is said in a row keeps its order", nonce=e.nonce, stream=e.stream)
        body = msgspec.json.decode(e.body)
        self.expect(body["text"] == wanted.body["text"], "D2: what is stored is what was said", nonce=e.nonce)
        self.expect(view.membership(e.stream, e.actor) is not None, "D8: members alone write", entry=e[:6])
        device = int(e.nonce.split("-")[1])
        alive = any(view.alive(c) is not None for c in self.credentials[device])
        self.expect(alive, "O1: no entry by an ended credential", entry=e[:6])

    def _follows(self, wire: Wire, e: Entry) -> bool:
        """Whether everything that was sent to the stream before it on that wire is stored, or was refused."""
        row = self._rows[wire, e.stream]
        before = row[: row.index(e.nonce)] if e.nonce in row else ()
        if not all((e.actor, n) in self._once or (wire.server_loop, n) in self._turned_away for n in before):
            return False
        del row[: len(before)]  # nothing that comes can change it
        return True

    def _receipts(self, e: Entry, view: View) -> None:
        notice = int(e.stream.split(":")[1].split("/")[0])
        for line in msgspec.json.decode(e.body)["receipts"]:
            credential: Credential = view.get("credential", line["credential"])
            self.expect(credential.actor == line["person"], "B3: receipts are one's own", notice=notice, line=line)
            alive = line["credential"] not in self.ended_at
            self.expect(alive, "O1: no receipt by an ended credential", notice=notice, line=line)

    def _counts(self, notice: int, counts: tuple[int, ...], view: View) -> None:
        changed = {key[1] for table, key in view.changes if table == "recipient" and key[0] == notice}
        rows: list[Recipient] = [
            view.get("recipient", (notice, person)) for person in changed | view.tables.recipients[notice]
        ]
        real = tuple(sum(r.state >= state for r in rows) for state in (1, 2, 3))
        whole = len(rows) == view.get("notice", notice).recipients
        self.expect(whole and real == tuple(counts), "B1: counts are of the recipients", counts=counts, real=real)

    def _access_moved(self, actor: int, view: View) -> None:
        for (table, key), row in view.tables.rows.items():
            if table == "credential" and row.actor == actor and view.alive(key) is None:
                self.ended_at.setdefault(key, self.world.now)

    # What servers write to wires.

    def written(self, wire: Wire, data: bytes) -> None:
        connection = wire.connection
        assert connection is not None
        person, credential = connection.actor.id, connection.actor.credential or 0
        for code, payload in frames_in(data):
            if code != 1 or payload[5:8] not in (b'"en', b'"st'):
                continue
            said = told(payload)
            if said["t"] == "streams":
                for stream in (*said.get("left", ()), *(s["stream"] for s in said.get("joined", ()))):
                    wire.heard.pop(stream, None)
            elif said["t"] == "entries":
                self._pushed(wire, person, credential, said["stream"], said["entries"])

    def _pushed(self, wire: Wire, person: int, credential: int, stream: str, entries: list[Any]) -> None:
        ended = self.ended_at.get(credential)
        before = wire.heard.get(stream)
        for entry in entries:
            seq = entry["seq"]
            follows = before is None or seq == before + 1
            self.expect(follows, "D3: a socket hears in order, once", stream=stream, seq=seq, after=before)
            before = seq
            self.expect(self.may_see(person, stream, seq), "D8: nobody is sent what they may not see", stream=stream,
                        seq=seq, person=person)  # fmt: skip
            if ended is not None:
                age = self.world.now - ended
                late = self.committed_at[stream, seq] > ended and age > DEAF_S
                self.expect(not late, "O2: nobody hears long after the end", person=person, stream=stream, seq=seq)
        wire.heard[stream] = before

    def may_see(self, person: int, stream: str, seq: int, since: float | None = None) -> bool:
        """Whether an entry belongs to a time when the person was a member (with `since`: one not over by then)."""
        return any(
            stay.first <= seq and (stay.last is None or seq <= stay.last)
            and (since is None or stay.left_at is None or stay.left_at >= since)
            for stay in self.stays[person, stream]
        )  # fmt: skip

    # What devices do.

    def intended(self, item: Item) -> None:
        self._wanted[item.nonce] = item

    def sent(self, wire: Wire, stream: str, nonce: str) -> None:
        """Goes onto the wire behind what went before, without waiting for an answer to that."""
        self._rows[wire, stream].append(nonce)
        self._wires[nonce].append(wire)

    def in_a_row(self, nonce: str) -> bool:
        return nonce in self._wires

    def turned_away(self, server: Loop, nonce: str) -> None:
        """That server did not store it; what was sent after it is stored all the same."""
        self._turned_away.add((server, nonce))

    def fetched(self, device: "Device", entries: list[dict[str, Any]], since: float) -> None:
        for entry in entries:
            seen = self.may_see(device.person, entry["stream"], entry["seq"], since)
            self.expect(seen, "D8: nobody fetches what they may not see", person=device.person, stream=entry["stream"],
                        seq=entry["seq"])  # fmt: skip

    def listed(self, device: "Device", streams: list[str], since: float) -> None:
        for stream in streams:
            stays = self.stays[device.person, stream]
            mine = any(s.left_at is None or s.left_at >= since for s in stays)
            self.expect(mine, "D8: the list is the person's own", person=device.person, stream=stream)

    def levelled(self, device: "Device", known: dict[str, int], left_at: dict[str, float], since: float) -> None:
        """A list that was asked for before the news of leaving does not undo it."""
        for stream, at in left_at.items():
            back = stream in known and at > since
            self.expect(not back, "D8: what was left stays left", device=device.number, stream=stream)

    def shown(self, device: "Device", before: dict[str, Any] | None, entry: dict[str, Any]) -> None:
        stream, seq = entry["stream"], entry["seq"]
        kept = self.postgres.tables.entries[stream]
        same = seq <= len(kept) and kept[seq - 1].nonce == entry["nonce"] and kept[seq - 1].actor == entry["actor"]
        self.expect(same, "D3: what is shown is what is stored", device=device.number, stream=stream, seq=seq)
        if before is not None:
            at = before["seq"]
            self.expect(seq > at, "D3: shown in order, once", device=device.number, stream=stream, seq=seq, after=at)
            # What belongs to an earlier time as a member is not given any more.
            first = self.stays[device.person, stream][-1].first
            skipped = seq - max(at + 1, first)
            self.expect(skipped <= 0, "D4: nothing is skipped", device=device.number, stream=stream, seq=seq, after=at)

    def acked(self, device: "Device", item: Item, answer: dict[str, Any]) -> None:
        tables = self.postgres.tables
        if item.operation == "chat.send":
            kept, seq = tables.entries[item.lane], answer["seq"]
            there = seq <= len(kept) and kept[seq - 1].nonce == item.nonce and kept[seq - 1].no == answer["no"]
            self.expect(there, "D1: what is acknowledged is stored", nonce=item.nonce, stream=item.lane, seq=seq)
            before = self.acknowledged.setdefault(item.nonce, (item.lane, seq))
            self.expect(before == (item.lane, seq), "D2: the same answer again", nonce=item.nonce, seq=seq)
        elif item.operation in CLAIMS:
            for mine in answer.get("states", [answer]):
                row: Recipient = tables.rows["recipient", (mine["notice"], device.person)]
                reached = row.state >= min(CLAIMS[item.operation], row.owes) and row.state >= STATES.index(
                    mine["state"]
                )
                self.expect(reached, "D1: what is acknowledged is stored", nonce=item.nonce, notice=mine["notice"])
        elif item.operation == "sync.read":
            member: Member = tables.rows["member", (item.lane, device.person)]
            self.expect(member.read_no >= answer["no"], "D1: what is acknowledged is stored", nonce=item.nonce)

    def refused(self, device: "Device", item: Item, code: str) -> None:
        self.expect(code in _REFUSALS, "a refusal with a reason", code=code, item=item.operation)

    def seen(self, device: "Device", stream: str, no: int) -> None:
        member: Member | None = self.postgres.tables.rows.get(("member", (stream, device.person)))
        told_true = member is not None and no <= member.read_no
        self.expect(told_true, "other devices are told what is stored", person=device.person, stream=stream, no=no)

    def loaded(self, device: "Device") -> None:
        """Nothing is kept that was not shown by the rules of showing; the next entry must follow it."""

    def signed_out(self, device: "Device") -> None:
        """A device is told so only where it is true."""
        alive = View(self.postgres.tables, self.postgres.now()).alive(device.credential)
        self.expect(alive is None, "only who has lost access is sent away", device=device.number)


_REFUSALS = {"not_found", "session_revoked", "session_expired"}
