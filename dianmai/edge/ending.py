"""Closing the sockets of people whose access has ended, and of nobody who has signed in since."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

import msgspec

from dianmai.core.access import require_alive
from dianmai.core.db import Database
from dianmai.core.errors import NotAllowed, Unavailable
from dianmai.core.journal import Placed
from dianmai.edge.connection import Connection
from dianmai.wire.access import AccessEnded

_ACCESS_ENDED = msgspec.json.Decoder(AccessEnded)


def end_access(
    sockets: Iterable[Connection],
    entries: Sequence[Placed],
    database: Database,
    run: Callable[[Coroutine[Any, Any, None]], None],
) -> None:
    """Closes whom these entries of a person's own stream concern. Word of an end may come after a new sign-in.

    A socket knows how far the stream had come when its credential was found alive (`alive_at`); one that is not
    attached yet does not, so the database is asked.
    """
    for entry in entries:
        if entry.kind != "access.ended":
            continue
        credential = _ACCESS_ENDED.decode(entry.body).credential
        for socket in sockets:
            if credential is not None:
                if socket.actor.credential == credential:
                    socket.close(4010, "session_revoked")
            elif socket.alive_at is None:
                run(_close_unless_alive(socket, database))
            elif entry.seq > socket.alive_at:
                socket.close(4010, "session_revoked")


async def _close_unless_alive(socket: Connection, database: Database) -> None:
    try:
        async with database.reading() as connection:
            await require_alive(connection, socket.actor)
    except NotAllowed:
        socket.close(4010, "session_revoked")
    except Unavailable:
        # Nobody knows: it comes back and is asked anew. Told that its session was over, it would wipe what it keeps.
        socket.close(1013, "storage_unavailable")
