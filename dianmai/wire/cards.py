"""Message cards: something to look at and to press in a conversation; and what is shown of a link.

What is said of a card later on may know more than this version does: kinds, styles and pressers are plain words there.
"""

from typing import Annotated, Literal

import msgspec

from dianmai.wire.base import Ask, Id, Millis, Name, StreamName, Text, Told
from dianmai.wire.files import FileIdText, FileRef

CardKind = Literal["plain", "good", "attention", "urgent"]
ButtonStyle = Literal["plain", "primary", "danger"]
Pressers = Literal["everyone", "named", "author"]
ButtonId = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^(?![^\n]*\n)[a-z0-9_-]+$")]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
ButtonLabel = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Value = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class NewField(Ask, frozen=True):
    """One line of a card: what it is, and what it says."""

    label: Label
    value: Value


class NewButton(Ask, frozen=True):
    """What can be pressed. `people`: those named, where it is for them alone.

    `once`: the first who presses decides for everybody, and all such buttons of the card are gone; `done` then stands
    there with their name (without it: `label`). Otherwise each may press it once, and it is counted.
    """

    id: ButtonId
    label: ButtonLabel
    style: ButtonStyle = "plain"
    by: Pressers = "everyone"
    people: Annotated[list[Id], msgspec.Meta(max_length=50)] = []
    once: bool = True
    done: ButtonLabel | None = None


class NewCard(Ask, frozen=True):
    """A card to be sent. `kind` is its colour and what it means."""

    title: Name
    kind: CardKind = "plain"
    fields: Annotated[list[NewField], msgspec.Meta(max_length=20)] = []
    picture: FileIdText | None = None
    buttons: Annotated[list[NewButton], msgspec.Meta(max_length=6)] = []


class SendCard(Ask, frozen=True):
    """Sends a card to a conversation. `text`: what is read where no card can be shown. Needs a nonce."""

    stream: StreamName
    card: NewCard
    text: Text | None = None


class Press(Ask, frozen=True):
    """Presses a button of a card. Needs a nonce."""

    stream: StreamName
    seq: Id
    button: ButtonId


class CardField(Told, frozen=True):
    label: str
    value: str


class CardButton(Told, frozen=True):
    """A button as it was sent."""

    id: str
    label: str
    style: str = "plain"
    by: str = "everyone"
    people: list[int] = []
    once: bool = True
    done: str = ""


class Card(Told, frozen=True):
    """A card as it was sent. What has been pressed since is said apart (`CardState`)."""

    title: str
    kind: str = "plain"
    fields: list[CardField] = []
    picture: FileRef | None = None
    buttons: list[CardButton] = []


class Settled(Told, frozen=True):
    """Who has decided a card, with which button, and when."""

    button: str
    person: int
    at: Millis


class Pressed(Told, frozen=True):
    """How often a button that counts was pressed: by the first ten of them, and whether by the asker."""

    count: int
    people: list[int] = []
    mine: bool = False


class CardState(Told, frozen=True):
    """What has become of a card: who has decided it, and each button that counts."""

    settled: Settled | None = None
    counts: dict[str, Pressed] = {}


class CardChangedBody(Told, frozen=True):
    """Body of `chat.card_changed`: the entry's actor pressed a button of the card `target`; `once`: that decided it."""

    button: str
    once: bool = False


class LinkPreview(Told, frozen=True):
    """What stands behind the first link of a message, as the server found it. The picture is one of ours."""

    url: str
    title: str
    site: str
    description: str = ""
    picture: FileRef | None = None


class PreviewedBody(Told, frozen=True):
    """Body of `chat.previewed`: what stands behind the link of the message `target`."""

    preview: LinkPreview
