"""Drafts: what a person has begun to write, on all their devices."""

from typing import Annotated

import msgspec

from dianmai.wire.base import Ask, Millis, StreamName, Told
from dianmai.wire.groups import End


class KeepDraft(Ask, frozen=True):
    """What the person has begun to write in a conversation, for their other devices. A nonce is in its entry."""

    stream: StreamName
    at: End  # when it was written, by the server's clock as the device knows it
    text: Annotated[str, msgspec.Meta(max_length=10_000)] = ""  # empty: sent or given up


class KeptDraft(Told, frozen=True):
    """What a person has begun to write; empty: it was sent or given up then."""

    stream: str
    at: Millis
    text: str = ""


class DraftedBody(Told, frozen=True):
    """Body of `chat.drafted` in the person's own stream: a draft is different now. What it says is asked for."""

    stream: str


class GetDrafts(Ask, frozen=True):
    """What the person has begun to write, in these conversations (none named: in all)."""

    streams: Annotated[list[StreamName], msgspec.Meta(max_length=100)] = []


class Drafts(Told, frozen=True):
    drafts: list[KeptDraft]
