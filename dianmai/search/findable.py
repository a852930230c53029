"""What features register with: what search may find of their entries, and what takes it back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dianmai.wire.files import FileRef
from dianmai.wire.search import FoundKind


@dataclass(frozen=True, slots=True)
class Said:
    """What an entry says: text, perhaps under a title, and files that are found by themselves."""

    text: str
    title: str = ""
    files: Sequence[FileRef] = ()


@dataclass(frozen=True, slots=True)
class Findable:
    """A feature's entries as search sees them.

    `says` reads the body of each kind that says something; None: it says nothing (any more). An entry that has a target
    says it in that one's place. `unsays` are kinds that take back whatever their target said.
    """

    kind: FoundKind
    says: Mapping[str, Callable[[bytes], Said | None]]
    unsays: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self.says) | self.unsays
