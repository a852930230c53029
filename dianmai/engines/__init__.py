"""The engines Dianmai brings along, so that it runs with nothing else installed: a PostgreSQL and a NATS of its own.

`EmbeddedPostgres(data_dir).start(progress)` gives the address of a running server, `attach(data_dir)` that of one which
another process runs; `EmbeddedNats` is the bus between several processes. An installation with `DATABASE_URL` and
`NATS_URL` uses none of them. `Kept` keeps a child process running; `require_own` tells our own NATS from an imposter.
"""

from dianmai.engines.account import require_usable
from dianmai.engines.child import Child
from dianmai.engines.errors import EngineError
from dianmai.engines.keeping import Kept, Ways
from dianmai.engines.nats import EmbeddedNats
from dianmai.engines.own_port import NotOurs, require_own
from dianmai.engines.postgres import EmbeddedPostgres, attach
from dianmai.engines.running import Engine

__all__ = [
    "Child",
    "EmbeddedNats",
    "EmbeddedPostgres",
    "Engine",
    "EngineError",
    "Kept",
    "NotOurs",
    "Ways",
    "attach",
    "require_own",
    "require_usable",
]
