"""What a person keeps for themselves of what was said to them."""

from typing import Annotated

import msgspec

from dianmai.wire.base import Ask, Id, Limit, Millis, Query, StreamName, Told
from dianmai.wire.chat import Message
from dianmai.wire.org import PersonBrief


class Favour(Ask, frozen=True):
    """Takes messages of a conversation into one's favourites, or out of them. Needs a nonce."""

    stream: StreamName
    seqs: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=50)]
    on: bool = True


class FavouredBody(Told, frozen=True):
    """Body of `chat.favoured` in the person's own stream: what they keep now, or no longer, for their other devices."""

    stream: str
    seqs: list[int]
    on: bool


class GetFavourites(Ask, frozen=True):
    """A page of one's favourites, the newest first, below the id `before`; with `text`, those that have its words."""

    text: Query | None = None
    before: Id | None = None
    limit: Limit = 50


class Favourite(Told, frozen=True):
    """A message that the person keeps, as it may be read now, and when they took it."""

    id: int
    kept_at: Millis
    message: Message


class Favourites(Told, frozen=True):
    favourites: list[Favourite]
    people: list[PersonBrief]
    next: int | None = None  # the `before` of the next page
