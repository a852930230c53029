"""Which features there are, and how they become one product on one database."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dianmai import accounts, chat, egress, files, notices, org, search
from dianmai.core import syncing
from dianmai.core.db import Database
from dianmai.core.doors import Door
from dianmai.core.engine import Engine
from dianmai.core.followers import Followers
from dianmai.core.jobs import Jobs
from dianmai.core.journal import Fold
from dianmai.core.operations import Operation
from dianmai.edge.admission import Admission
from dianmai.edge.http import HttpDoor
from dianmai.edge.numbers import beside
from dianmai.edge.socket import SocketDoor
from dianmai.settings import Settings

FEATURES: Sequence[Any] = (org, accounts, chat, notices)


@dataclass(slots=True)
class App:
    """The product on one database, assembled and not yet started."""

    settings: Settings
    engine: Engine
    followers: Followers
    jobs: Jobs
    reading: Jobs
    """Reads the texts of files: apart, since one takes seconds and no other timer shall wait for it."""
    fetching: Jobs
    """Looks behind links: apart for the same reason."""
    sockets: SocketDoor
    http: HttpDoor

    async def start(self, nats_url: str | None = None) -> None:
        """Starts everything behind the doors. The database's schema must be up to date.

        `nats_url`: the bus to the installation's other processes.
        """
        await self.engine.start()
        await self.followers.start()
        self.jobs.start()
        self.reading.start()
        self.fetching.start()
        await self.sockets.start(nats_url, beside(self.settings.data_dir), own_bus=self.settings.nats_url is None)

    async def stop(self) -> None:
        """Stops from the doors inwards; what was gathered is written before the database goes."""
        await self.sockets.stop()
        await self.fetching.stop()
        await self.reading.stop()
        await self.jobs.stop()
        await self.followers.stop()
        await self.engine.stop()


def assemble(settings: Settings, database: Database, features: Sequence[Any] = FEATURES) -> App:
    """Collects what the features offer; a test may give others."""
    storage = files.Storage(settings.files_dir or settings.data_dir / "files")
    operations: list[Operation] = [*syncing.operations, *_all(features, "operations")]
    folds: dict[str, Fold] = {}
    readers: files.Readers = {}
    for feature in features:
        folds |= getattr(feature, "folds", {})
        readers = {**readers, **getattr(feature, "file_readers", {})}
    doors: list[Door] = [*files.doors(storage, readers), *_all(features, "doors")]
    if org in features:
        operations += org.import_operations(storage)
    findables = _all(features, "findables")
    operations += search.operations(findables, search.Surroundings(org.briefs, org.people_below))
    engine = Engine(database, operations, folds, disk=settings.data_dir if settings.database_url is None else None)
    admission = Admission(settings, engine)
    sockets = SocketDoor(engine, admission)
    # What follows from others' doings is a worker's; uploaded files lie with those who answer people.
    follows, answers = settings.role != "edge", settings.role != "worker"
    followers = Followers(engine, [*_all(features, "followers"), search.follower(findables)] if follows else ())
    timers = _all(features, "jobs") if follows else []
    jobs = Jobs(engine, [*timers, *(files.jobs(storage) if answers else ())])

    def alive() -> bool:
        return engine.alive and followers.alive and jobs.alive and reading.alive and fetching.alive

    reading = Jobs(engine, search.jobs(storage.whole) if answers else ())
    way_out = egress.Egress(egress.allowed(settings.egress_allow, settings.egress_ports))
    looking = chat.Looking(way_out, partial(files.keep_small, storage, database))
    fetching = Jobs(engine, chat.preview_jobs(looking) if answers else ())
    return App(
        settings=settings,
        engine=engine,
        followers=followers,
        jobs=jobs,
        reading=reading,
        fetching=fetching,
        sockets=sockets,
        http=HttpDoor(engine, admission, sockets, doors, alive=alive),
    )


def _all(features: Sequence[Any], what: str) -> list[Any]:
    return [one for feature in features for one in getattr(feature, what, ())]
