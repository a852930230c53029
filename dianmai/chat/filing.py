"""The files of a conversation, for who looks for one: the newest first, by kind."""

from typing import Final, get_args

from dianmai import files, org
from dianmai.chat import excerpts, rules, store
from dianmai.core.clock import millis
from dianmai.core.errors import NotFound
from dianmai.core.operations import Act, reading
from dianmai.wire.base import MAX_ID
from dianmai.wire.chat import GetFiles, HeldFile, HeldFiles
from dianmai.wire.files import FileKind

KINDS: Final[tuple[FileKind, ...]] = get_args(FileKind)


@reading("chat.files")
async def list_files(act: Act, ask: GetFiles) -> HeldFiles:
    """The files of a conversation that the person may read, the newest first: each once, with its last message.

    `kinds` (none: all) and `before`, a `seq`, choose; a page has at most `limit` (1–200) files and the rest of its last
    message. `next` is the `before` of the next page, missing on the last one. Refuses `not_found` (no such
    conversation, or not a member).
    """
    rules.require_conversation(ask.stream)
    if await store.visible(act.db, ask.stream, act.actor.id) is None:
        raise NotFound("not_found", field="stream")
    most = ask.limit + excerpts.MOST_FILES
    found = await files.held_by(act.db, act.actor, ask.stream, ask.kinds or KINDS, ask.before or MAX_ID, most)
    # A page ends with a message: the next one begins before it.
    until = next((n for n in range(ask.limit, len(found)) if found[n].seq != found[n - 1].seq), len(found))
    page = found[:until]
    people = await org.briefs(act.db, sorted({held.author for held in page}), act.language)
    return HeldFiles(
        files=[HeldFile(seq=h.seq, at=millis(h.at), author=h.author, file=h.file.ref) for h in page],
        people=people,
        next=page[-1].seq if page and (until < len(found) or len(found) == most) else None,
    )
