"""Who may read a file: its uploader until an entry holds it, from then on whoever sees such an entry.

Others may be let in by the feature whose entry holds it: who follows a notice reads its files without hearing it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from dianmai.core.access import Actor
from dianmai.core.db import Queries
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act
from dianmai.files import store
from dianmai.files.store import Holding
from dianmai.wire.files import FileKind, FileRef

Readers = Mapping[str, Callable[[Act, int], Awaitable[bool]]]
"""By kind of stream (`notice`), who else than its members may read what stream number so-and-so holds."""


async def refs(db: Queries, actor: Actor, ids: Sequence[str], *, field: str = "pictures") -> list[FileRef]:
    """The files in the order asked.

    Refuses `file_gone` when one is not there (any more: a draft may lie longer than its uploads) or not for the actor;
    the same for the pictures that belong to it, which whoever sees the entry will read with it.
    """
    found = {file.id: file.ref for file in await store.readable(db, actor.id, ids)}
    if not all(i in found for i in ids):
        raise NotFound("file_gone", field=field)
    companions = {c for file in found.values() for c in (file.poster, file.original) if c is not None} - found.keys()
    if companions and len(await store.readable(db, actor.id, sorted(companions))) < len(companions):
        raise NotFound("file_gone", field=field)
    return [found[i] for i in ids]


async def hold(db: Queries, ids: Sequence[str], stream: str, seq: int) -> None:
    """Lets whoever sees this entry read these files. Call it in the transaction that appends, after `refs` decided."""
    await hold_all(db, [Holding(file, stream, seq) for file in ids])


async def hold_all(db: Queries, holdings: Sequence[Holding]) -> None:
    """The same of files of several entries, at once: whoever appends has others wait."""
    if holdings:
        await store.hold(db, holdings)


async def hold_unlisted(db: Queries, ids: Sequence[str], stream: str, seq: int) -> None:
    """The same, of pictures nobody has sent: they are read with the entry and not listed among the stream's files."""
    await store.hold_unlisted(db, ids, stream, seq)


async def let_go(db: Queries, stream: str, seq: int) -> None:
    """The entry is taken back: who reads its files by no other entry no longer does.

    Call it in the transaction that recalls.
    """
    await store.let_go(db, stream, seq)


async def held_by(
    db: Queries, actor: Actor, stream: str, kinds: Sequence[FileKind], before: int, limit: int
) -> list[store.Held]:
    """The stream's files that the actor may read, the newest first, below the seq `before`."""
    return await store.held_by(db, stream, actor.id, kinds, before, limit)


async def may_read(db: Queries, actor: Actor, file: str) -> store.StoredFile:
    """The file, if the actor may read it now; else `not_found`, as for a file that does not exist."""
    found = await store.readable(db, actor.id, [file])
    if not found:
        raise NotFound("not_found", field="file")
    return found[0]


async def may_read_through(act: Act, file: str, readers: Readers) -> store.StoredFile:
    """The same, also for those whom the features let in."""
    found = await store.readable(act.db, act.actor.id, [file])
    if found:
        return found[0]
    for stream in await store.holders(act.db, file):
        kind, _, number = stream.partition(":")
        if kind in readers and await readers[kind](act, int(number)):
            stored = await store.one(act.db, file)
            if stored is not None:
                return stored
    raise NotFound("not_found", field="file")
