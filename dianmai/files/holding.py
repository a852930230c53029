"""Who may read a file: its uploader until a stream holds it, from then on whoever hears such a stream."""

from collections.abc import Sequence

from dianmai.core.access import Actor
from dianmai.core.db import Queries
from dianmai.core.errors import NotFound
from dianmai.files import store
from dianmai.wire.files import FileRef


async def refs(db: Queries, actor: Actor, ids: Sequence[str], *, field: str = "pictures") -> list[FileRef]:
    """The files in the order asked. Refuses `not_found` when one does not exist or is not for the actor to read."""
    found = {file.id: file.ref for file in await store.readable(db, actor.id, ids)}
    if not all(i in found for i in ids):
        raise NotFound("not_found", field=field)
    return [found[i] for i in ids]


async def hold(db: Queries, ids: Sequence[str], stream: str) -> None:
    """Lets whoever hears the stream read these files. Call it in the transaction that appends, after `refs` decided."""
    await store.hold(db, ids, stream)


async def may_read(db: Queries, actor: Actor, file: str) -> store.StoredFile:
    """The file, if the actor may read it now; else `not_found`, as for a file that does not exist."""
    found = await store.readable(db, actor.id, [file])
    if not found:
        raise NotFound("not_found", field="file")
    return found[0]
