"""Access that ended: the body of `access.ended` in stream `person:<id>`."""

from dianmai.wire.base import Told


class AccessEnded(Told, frozen=True):
    """All of the person's credentials are void, or only the one named."""

    credential: int | None = None
