"""What forwarded messages are made of, and how much goes into one. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from dianmai.chat.store import MessageRow
from dianmai.core.clock import millis
from dianmai.core.errors import Invalid, describe
from dianmai.wire.chat import MessageBody
from dianmai.wire.files import FileRef
from dianmai.wire.forwarding import Excerpt, Forwarded

DEEPEST: Final = 3
LARGEST: Final = 64 * 1024
LARGEST_TOGETHER: Final = 256 * 1024
MOST_FILES: Final = 99

describe(
    {
        "forwarded_too_large": (
            "选中的内容太多了，请分几次转发",
            "That is too much at once; forward it in several parts",
        ),
        "forwarded_too_deep": (
            "聊天记录里已经套了 {limit} 层聊天记录，请逐条转发",
            "There are records within records {limit} deep already; forward them one by one",
        ),
        "one_at_a_time": (
            "那个群限制了发言间隔，一次只能转一条：请合并转发，也不要附言",
            "That group limits how often people post, so only one message goes at a time: merge them, and add no line"
            " of your own",
        ),
    }
)


def by_itself(row: MessageRow, body: MessageBody, name: str) -> MessageBody:
    """A message as it is carried on alone. Whoever wrote it first stays its author, however often it is carried on."""
    forwarded = body.forwarded or Forwarded(author=row.author, name=name, at=millis(row.at))
    carried = MessageBody(
        text=body.text,
        pictures=body.pictures,
        files=body.files,
        merged=body.merged,
        forwarded=forwarded,
        markdown=body.markdown,
    )
    return carried


def as_one(rows: Sequence[MessageRow], bodies: Sequence[MessageBody], names: Mapping[int, str]) -> MessageBody:
    """Several messages as one. Refuses what would be too deep."""
    if any(_depth(body.merged) >= DEEPEST for body in bodies):
        raise Invalid("forwarded_too_deep", field="seqs", limit=DEEPEST)
    merged = [
        Excerpt(
            author=row.author,
            name=names.get(row.author, ""),
            at=millis(row.at),
            text=body.text,
            pictures=body.pictures,
            files=body.files,
            forwarded=body.forwarded,
            merged=body.merged,
            markdown=body.markdown,
        )
        for row, body in zip(rows, bodies, strict=True)
    ]
    return MessageBody(merged=merged)


def require_bounded(bodies: Sequence[MessageBody]) -> None:
    """Refuses more than devices and connections should have to take at once."""
    sizes = [len(msgspec.json.encode(body)) for body in bodies]
    held = [sum(1 for _ in files_of(body)) for body in bodies]
    if max(sizes) > LARGEST or sum(sizes) > LARGEST_TOGETHER or max(held) > MOST_FILES:
        raise Invalid("forwarded_too_large", field="seqs")


def files_of(said: MessageBody | Excerpt) -> Iterator[FileRef]:
    """All files that come with a message, also those of what was forwarded within it."""
    yield from said.pictures
    yield from said.files
    for excerpt in said.merged:
        yield from files_of(excerpt)


def text_of(said: MessageBody | Excerpt) -> str:
    """All that a message says, also what was forwarded within it, a line for each with who said it."""
    lines = [f"{excerpt.name} · {text}" for excerpt in said.merged if (text := text_of(excerpt))]
    return "\n".join([said.text, *lines] if said.text else lines)


def _depth(merged: Sequence[Excerpt]) -> int:
    return 1 + max(_depth(excerpt.merged) for excerpt in merged) if merged else 0
