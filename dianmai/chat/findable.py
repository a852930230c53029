"""What search may find of conversations: what messages say, and what they carry."""

import msgspec

from dianmai.search import Findable, Said
from dianmai.wire.chat import EditedBody, MessageBody


def _message(body: bytes) -> Said | None:
    message = _BODY.decode(body)
    return Said(message.text, files=message.pictures) if message.text or message.pictures else None


def _edited(body: bytes) -> Said | None:
    text = _EDITED.decode(body).text
    return Said(text) if text else None


_BODY = msgspec.json.Decoder(MessageBody)
_EDITED = msgspec.json.Decoder(EditedBody)
findables = [
    Findable("message", {"chat.message": _message, "chat.edited": _edited}, unsays=frozenset({"chat.recalled"}))
]
