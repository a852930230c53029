"""The engines Dianmai brings along, so that it runs with nothing else installed: a PostgreSQL of its own.

`EmbeddedPostgres(data_dir).start(progress)` gives the address of a running server, `attach(data_dir)` that of one which
another process runs. An installation with `DATABASE_URL` uses none of this.
"""

from dianmai.engines.account import require_usable
from dianmai.engines.errors import EngineError
from dianmai.engines.postgres import EmbeddedPostgres, attach
from dianmai.engines.running import Engine

__all__ = ["EmbeddedPostgres", "Engine", "EngineError", "attach", "require_usable"]
