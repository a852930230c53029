"""What search may find of conversations: what messages say, and what they carry."""

import msgspec

from dianmai.search import Findable, Said
from dianmai.wire.chat import MessageBody


def _message(body: bytes) -> Said | None:
    message = _BODY.decode(body)
    files = [*message.pictures, *message.files]
    return Said(message.text, files=files) if message.text or files else None


_BODY = msgspec.json.Decoder(MessageBody)
# An entry's body is always what its message says now: the later kinds only say that it is to be read again.
findables = [Findable("message", {"chat.message": _message}, frozenset({"chat.edited", "chat.recalled"}))]
