"""Messages that a conversation keeps in sight."""

from dianmai.wire.base import Ask, Id, StreamName, Told


class Pin(Ask, frozen=True):
    """Keeps a message in sight of everybody in the conversation. Needs a nonce."""

    stream: StreamName
    seq: Id


class Unpin(Ask, frozen=True):
    """Keeps it in sight no longer. Needs a nonce."""

    stream: StreamName
    seq: Id


class PinnedBody(Told, frozen=True):
    """Body of `chat.pinned`: the entry's actor pinned the message `target`, or took the pin away."""

    on: bool
