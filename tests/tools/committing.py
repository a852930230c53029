"""Finds what commits in what a client says to PostgreSQL: COMMIT, or the journal's one statement, which is a
transaction of its own."""

import struct

from dianmai.core import placing

_COMMITS_BY_ITSELF = placing._WRITE_KNOWN.encode()
_NOT_POSTGRES = 1 << 24
_SSL_REQUEST = 80877103


class Said:
    """One line's messages so far. What is not PostgreSQL's is passed over."""

    def __init__(self) -> None:
        self._rest = b""
        self._started = self._strange = False
        self._prepared: set[bytes] = set()

    def commits(self, data: bytes) -> bool:
        """Whether these bytes complete a message that commits."""
        if self._strange:
            return False
        self._rest += data
        found = False
        while (message := self._next()) is not None:
            found = self._is_commit(*message) or found
        return found

    def _next(self) -> tuple[bytes, bytes] | None:
        kind = self._rest[: int(self._started)]
        if len(self._rest) < len(kind) + 4:
            return None
        (length,) = struct.unpack_from("!I", self._rest, len(kind))
        if not 4 <= length < _NOT_POSTGRES:
            self._strange, self._rest = True, b""
            return None
        end = len(kind) + length
        if len(self._rest) < end:
            return None
        body, self._rest = self._rest[len(kind) + 4 : end], self._rest[end:]
        if not self._started:
            self._started = struct.unpack("!I", body[:4])[0] != _SSL_REQUEST
        return kind, body

    def _is_commit(self, kind: bytes, body: bytes) -> bool:
        if kind == b"Q":
            return body.startswith(b"COMMIT")
        if kind == b"P":
            name, statement = body.split(b"\0")[:2]
            if statement == _COMMITS_BY_ITSELF:
                self._prepared.add(name)
        return kind == b"B" and body.split(b"\0", 2)[1] in self._prepared
