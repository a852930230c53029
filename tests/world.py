"""The named world, for tests that read like sentences: `world.nanjing_lu.manager`, `world.wang_min`.

It is the head of the demonstration chain and comes in through the import, like any chain.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from dianmai import org
from dianmai.core import migrating
from dianmai.core.access import Actor
from dianmai.core.db import Database, Queries
from dianmai.core.engine import Engine
from dianmai.org import demo_chain, demo_world


@dataclass(frozen=True)
class Member:
    """Somebody of the named world."""

    id: int
    employee_no: str
    name: str
    phone: str

    @property
    def actor(self) -> Actor:
        """This person acting, without a credential that could end."""
        return Actor(self.id, "person")


@dataclass(frozen=True)
class Unit:
    id: int
    name: str


@dataclass(frozen=True)
class Store:
    """A named store with its crew; not every store has a deputy."""

    id: int
    name: str
    code: str
    manager: Member
    deputy: Member | None
    clerks: tuple[Member, ...]
    cashier: Member

    @property
    def people(self) -> tuple[Member, ...]:
        """The crew, without the area manager."""
        deputy = (self.deputy,) if self.deputy else ()
        return (self.manager, *deputy, *self.clerks, self.cashier)


@dataclass(frozen=True)
class World:
    """HQ with its departments, two regions, six stores."""

    hq: Unit
    operations: Unit
    goods: Unit
    it: Unit
    east: Unit
    shanghai: Unit
    hangzhou: Unit
    south: Unit
    guangzhou: Unit
    shenzhen: Unit
    nanjing_lu: Store
    xujiahui: Store
    jingansi: Store
    xihu: Store
    tianhe: Store
    futian: Store
    chen_guodong: Member  # general manager
    wang_min: Member  # HQ operations: publishes, imports
    zhao_lei: Member  # HQ operations
    lin_xiao: Member  # goods
    he_jing: Member  # marketing
    sun_qiang: Member  # IT support
    zhou_ting: Member  # HR
    liu_jianhua: Member  # regional manager, East China
    wu_fang: Member  # area manager of the three Shanghai stores
    zheng_kai: Member  # area manager of 西湖店
    huang_zhiqiang: Member  # regional manager, South China
    liang_minyi: Member  # area manager of 天河店 and 福田店

    @property
    def stores(self) -> tuple[Store, ...]:
        return (self.nanjing_lu, self.xujiahui, self.jingansi, self.xihu, self.tianhe, self.futian)


_UNITS = {
    "hq": "总部",
    "operations": "总部/运营部",
    "goods": "总部/商品部",
    "it": "总部/IT部",
    "east": "总部/华东大区",
    "shanghai": "总部/华东大区/上海",
    "hangzhou": "总部/华东大区/杭州",
    "south": "总部/华南大区",
    "guangzhou": "总部/华南大区/广州",
    "shenzhen": "总部/华南大区/深圳",
}


async def settled(dsn: str) -> None:
    """Fills a database with the present schema and the named world: for a template that tests copy."""
    await migrating.migrate(dsn)
    engine = Engine(Database(dsn, size=2), org.operations, {})
    await engine.start()
    await settle(engine)
    await engine.stop()


async def settle(engine: Engine) -> World:
    """Imports the named world into an engine's database."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "world.csv"
        path.write_bytes(demo_chain.to_csv(demo_chain.world_rows()))
        await org.import_hr(engine, path, confirm=lambda shown: True)
    return await world_of(engine.database.pool)


async def world_of(db: Queries) -> World:
    """The named world of a database that it was imported into."""
    rows = await db.fetch("SELECT id, employee_no, name, phone FROM person")
    numbered = {row[1]: Member(*row) for row in rows}
    members = {person.key: numbered[person.employee_no] for person in demo_world.PEOPLE}
    lines = await db.fetch(
        "SELECT u.id, u.code, u.name, (SELECT string_agg(a.name, '/' ORDER BY l.place)"
        " FROM unnest(u.line) WITH ORDINALITY AS l(id, place) JOIN unit a ON a.id = l.id) FROM unit u"
    )
    units = {row[3]: Unit(row[0], row[2]) for row in lines}
    stores = {row[1]: Unit(row[0], row[2]) for row in lines if row[1]}
    return World(
        **{key: units[path] for key, path in _UNITS.items()},
        **{named.key: _store(stores[named.code], named, members) for named in demo_world.STORES},
        **{key: member for key, member in members.items() if "." not in key},
    )


def _store(unit: Unit, named: demo_world.NamedStore, members: dict[str, Member]) -> Store:
    crew = {key.partition(".")[2]: member for key, member in members.items() if key.startswith(f"{named.key}.")}
    return Store(
        id=unit.id,
        name=unit.name,
        code=named.code,
        manager=crew["manager"],
        deputy=crew.get("deputy"),
        clerks=tuple(member for role, member in sorted(crew.items()) if role.startswith("clerk")),
        cashier=crew["cashier"],
    )
