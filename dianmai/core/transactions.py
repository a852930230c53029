"""A transaction's wishes: what it wants done just before COMMIT, when it holds its streams and lanes."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dianmai.core.access import Actor
from dianmai.core.db import Queries
from dianmai.core.journal import Draft, MemberChange, Opening, StreamGuard


@dataclass(slots=True)
class Transaction:
    """What a writing operation wants done just before COMMIT: streams opened, members changed, entries appended."""

    db: Queries
    now: datetime
    actor: Actor
    drafts: list[Draft] = field(default_factory=list)
    opened: dict[str, Opening] = field(default_factory=dict)
    members: dict[str, MemberChange] = field(default_factory=dict)
    writes: list[Callable[[], Awaitable[object]]] = field(default_factory=list[Callable[[], Awaitable[object]]])
    every_lane: bool = False
    own_access_ends: bool = False
    rests_on: Collection[int] = ()
    """Credentials, besides the actor's, that must be alive when this commits."""
    guards: list[StreamGuard] = field(default_factory=list[StreamGuard])
    """Members it was decided on. Where they have moved the operation decides again. Of streams it appends to."""

    def open(
        self, stream: str, heard_by: Literal["members", "counts", "nobody"] = "members", *, lasting: bool = True
    ) -> None:
        """Opens a new stream. One that is not `lasting` is done with some day: it never crowds out those that are."""
        self.opened[stream] = Opening(heard_by, lasting)

    def join(self, stream: str, actors: Iterable[int], *, from_start: bool = False) -> None:
        """Adds members: they hear what comes from this commit on, or `from_start` everything."""
        change = self.members.setdefault(stream, MemberChange())
        change.join.extend(actors)
        change.from_start = from_start

    def leave(self, stream: str, actors: Iterable[int]) -> None:
        """Removes members: they hear nothing of this commit or later, and read nothing any more."""
        self.members.setdefault(stream, MemberChange()).leave.extend(actors)

    def unlist(self, stream: str, actors: Iterable[int]) -> None:
        """Takes the stream off these members' lists: they read it as before, but their devices need not keep it."""
        self.members.setdefault(stream, MemberChange()).unlist.extend(actors)

    def rule(self, stream: str, rules: str) -> None:
        """Says who may write in a stream, in the words of its feature. What was decided by the old rules is decided
        again before it is committed."""
        self.members.setdefault(stream, MemberChange()).rules = rules

    def write_last(self, write: Callable[[], Awaitable[object]]) -> None:
        """Writes rows that the group commit writes too (a member's): once this transaction holds its streams and lanes.

        Earlier, each could wait for the other. Also for looking once more at what it was decided on (`StaleGuard`).
        Only together with an entry.
        """
        self.writes.append(write)

    def append(self, draft: Draft) -> None:
        """Appends an entry."""
        self.drafts.append(draft)

    def exclude_every_append(self) -> None:
        """Orders this commit strictly before or after every other append (for what ends access)."""
        self.every_lane = True
