"""Reading request heads under limits.

uvicorn sets none: an endless head would fill the memory, a slow one stay for ever.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dianmai.core.errors import Invalid, Refusal
from dianmai.edge import refusing

LONGEST_URL = 8 * 1024
LONGEST_HEAD = 32 * 1024
MOST_HEADERS = 100
PATIENCE_S = 10.0


class LimitedHttp(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits on what comes before the body."""

    _head_bytes = 0
    _in_head = True
    _refusal: Refusal | None = None
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] - a server's is whole
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._patience is None:
                self._wait_for_head()
        super().data_received(data)
        if self._in_head and self._head_bytes > LONGEST_HEAD:
            self._refuse(Invalid("headers_too_large", status=431, limit=LONGEST_HEAD))
        elif self._refusal is not None:
            self._refuse(self._refusal)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > LONGEST_URL:
            self._refusal = Invalid("url_too_long", status=414, limit=LONGEST_URL)

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > MOST_HEADERS:
            self._refusal = Invalid("headers_too_large", status=431, limit=MOST_HEADERS)
        elif len(value) > LONGEST_HEAD:
            self._refusal = Invalid("headers_too_large", status=431, limit=LONGEST_HEAD)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._stop_waiting()
        if self._refusal is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._refusal is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._refusal is None:
            super().on_message_complete()
            self._in_head = True

    def handle_websocket_upgrade(self) -> None:
        self._stop_waiting()
        if self._refusal is None:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal or Invalid("bad_request", status=400))

    def _wait_for_head(self) -> None:
        self._patience = self.loop.call_later(PATIENCE_S, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _too_slow(self) -> None:
        self._patience = None
        if self._head_bytes:
            self._refuse(Invalid("request_timeout", status=408))
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusing.plain_http(refusal, None))
            self.transport.close()
