"""What search may find of notices: title, text and attachments, for those who received them."""

import msgspec

from dianmai.search import Findable, Said
from dianmai.wire.notices import NoticeBody


def _notice(body: bytes) -> Said | None:
    notice = _BODY.decode(body)
    return Said(notice.text, notice.title, notice.files)


_BODY = msgspec.json.Decoder(NoticeBody)
findables = [Findable("notice", {"notice.published": _notice})]
