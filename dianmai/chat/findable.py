"""What search may find of conversations: what messages say, and what they carry."""

import msgspec

from dianmai.chat.excerpts import files_of, text_of
from dianmai.search import Findable, Said
from dianmai.wire.chat import MessageBody


def said(message: MessageBody) -> Said | None:
    """A message as search sees it, with all that was forwarded in it."""
    text, files = text_of(message), list(files_of(message))
    return Said(text, files=files) if text or files else None


def _message(body: bytes) -> Said | None:
    return said(_BODY.decode(body))


_BODY = msgspec.json.Decoder(MessageBody)
# An entry's body is always what its message says now: the later kinds only say that it is to be read again.
findables = [Findable("message", {"chat.message": _message}, frozenset({"chat.edited", "chat.recalled"}))]
