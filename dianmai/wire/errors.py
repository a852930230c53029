"""How a refusal looks on the wire."""

from dianmai.wire.base import Told


class ErrorBody(Told, frozen=True):
    """What went wrong, in the reader's language, and what to do: `field` and `limit` where they apply."""

    code: str
    message: str
    request_id: str
    field: str | None = None
    limit: int | None = None
    retryable: bool = False
    retry_after_ms: int | None = None
    rows: list[dict[str, str]] | None = None


class ErrorAnswer(Told, frozen=True):
    error: ErrorBody
