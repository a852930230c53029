"""What features register with: what search may find of their entries, and after what it is to look again."""

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

    `says` reads the body of each kind that says something; None: it says nothing (any more). `changes` are kinds whose
    target says something else since.
    """

    kind: FoundKind
    says: Mapping[str, Callable[[bytes], Said | None]]
    changes: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self.says) | self.changes
