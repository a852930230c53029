"""A believable chain of any size for trials, demonstrations and benchmarks; the same for the same number of stores.

It begins with the named world. Written as an HR file, it comes in through the import like any chain's.
"""

import csv
import io
import random
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Final, NamedTuple

import xlsxwriter

from dianmai.org.demo_names import CITIES, GIVEN_NAMES, PLACES, SURNAMES
from dianmai.org.demo_world import HQ, PEOPLE, STORES

HEADINGS: Final = (
    "工号", "姓名", "手机", "部门路径", "岗位", "门店编码",
    "入职日期", "离职日期", "状态", "时区", "属性:业态", "属性:烘焙",
)  # fmt: skip
STORES_OF_AN_AREA_MANAGER: Final = 12
FIRST_NUMBER: Final = 1_000  # of people without a part in the named world

_DEPARTMENTS: Final = (
    ("运营部", "运营", 12),
    ("商品部", "采购", 16),
    ("市场部", "市场", 10),
    ("IT部", "IT支持", 8),
    ("人力资源部", "人事", 8),
    ("财务部", "财务", 8),
)


class Store(NamedTuple):
    code: str
    path: str
    zone: str
    format: str
    bakery: str


Row = tuple[str, ...]
"""One line of the file, in the order of `HEADINGS`."""


def world_rows() -> list[Row]:
    """The named world alone: 6 stores, about 45 people."""
    stores = {s.key: Store(s.code, s.path, "Asia/Shanghai", s.format, s.bakery) for s in STORES}
    rows: list[Row] = []
    for number, person in enumerate(PEOPLE):
        for place in person.places:
            store = stores.get(place)
            path = store.path if store else place
            rows.append(_row(person.employee_no, person.name, number, path, person.position, store, person.joined))
    return rows


def chain_rows(stores: int) -> list[Row]:
    """A chain of this many stores (at least the six named ones), about 16 people in each and 60 at the head office."""
    if stores < len(STORES):
        raise ValueError(f"the demonstration chain has at least {len(STORES)} stores")
    chance = random.Random(f"dianmai {stores}")  # noqa: S311 - the same chain every time is the purpose
    staff = _Staff(chance)
    rows = world_rows()
    for department, position, people in _DEPARTMENTS:
        for _ in range(people):
            rows.append(staff.row(f"{HQ}/{department}", position, None))
    made = list(_stores(stores - len(STORES), chance))
    for region in dict.fromkeys(store.path.rsplit("/", 2)[0] for store in made):
        if not any(row[3] == region for row in rows):
            rows.append(staff.row(region, "大区经理", None))
    for _, stores_of_city in groupby(sorted(made, key=_city), key=_city):
        while area := list(islice(stores_of_city, STORES_OF_AN_AREA_MANAGER)):
            rows += staff.area_manager_rows(area)
    fewer = int(stores > 1_000)  # so that 3,000 stores stay within the 50,000 rows that an import takes
    for store in made:
        crew = [("店长", 1), ("副店长", 1), ("店员", chance.randint(9, 13) - fewer), ("收银员", chance.randint(3, 4))]
        for position, people in crew:
            rows += [staff.row(store.path, position, store) for _ in range(people)]
    return rows


def to_csv(rows: Sequence[Row]) -> bytes:
    """The rows as CSV that spreadsheet programs open rightly (UTF-8 with its mark)."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([HEADINGS, *rows])
    return ("\ufeff" + out.getvalue()).encode()


def to_xlsx(rows: Sequence[Row]) -> bytes:
    """The rows as a workbook, every cell text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("花名册")  # pyright: ignore[reportUnknownMemberType] - it has no types
        for number, row in enumerate([HEADINGS, *rows]):
            sheet.write_row(number, 0, row)  # pyright: ignore[reportUnknownMemberType] - nor this
    return out.getvalue()


def write_chain(path: Path, stores: int) -> int:
    """Writes a chain as .xlsx or .csv, by the file's name; answers how many people it has."""
    rows = chain_rows(stores)
    path.write_bytes(to_xlsx(rows) if path.suffix.lower() == ".xlsx" else to_csv(rows))
    return len({row[0] for row in rows})


def _city(store: Store) -> str:
    return store.path.rsplit("/", 1)[0]


class _Staff:
    """Invents people, each with a number and phone of their own."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._number = FIRST_NUMBER

    def row(self, path: str, position: str, store: Store | None) -> Row:
        self._number += 1
        return _row(f"A{self._number:05}", self._name(), self._number, path, position, store, self._joined())

    def area_manager_rows(self, stores: Sequence[Store]) -> list[Row]:
        """One person with a row for each store."""
        self._number += 1
        name, joined = self._name(), self._joined()
        return [
            _row(f"A{self._number:05}", name, self._number, store.path, "区域经理", store, joined) for store in stores
        ]

    def _name(self) -> str:
        given = self._chance.choice(GIVEN_NAMES)
        return self._chance.choices(*zip(*SURNAMES, strict=True))[0] + given

    def _joined(self) -> str:
        return f"{self._chance.randint(2015, 2025)}-{self._chance.randint(1, 12):02}-{self._chance.randint(1, 28):02}"


def _stores(count: int, chance: random.Random) -> Iterator[Store]:
    """New stores, spread over the cities in turn; a city's second round of places gets 二店."""
    taken = {store.path for store in STORES}
    numbers = {prefix: 100 for _, _, prefix, _ in CITIES}
    made = 0
    for round in range(10_000):
        place = PLACES[round % len(PLACES)]
        suffix = "" if round < len(PLACES) else "二三四五六七八九"[min(round // len(PLACES) - 1, 7)]
        for region, city, prefix, zone in CITIES:
            path = f"{HQ}/{region}/{city}/{place}{suffix}店"
            if made == count:
                return
            if path in taken or chance.random() < 0.15:  # not every city has a store at every usual place
                continue
            numbers[prefix] += 1
            made += 1
            kind = chance.choices(("标准店", "社区店", "旗舰店"), (6, 3, 1))[0]
            bakery = "有" if kind == "旗舰店" or chance.random() < 0.35 else "无"
            yield Store(f"{prefix}{numbers[prefix]:03}", path, zone, kind, bakery)


def _row(employee_no: str, name: str, number: int, path: str, position: str, store: Store | None, joined: str) -> Row:
    phone = f"199{number:08}"
    code, zone, kind, bakery = (store.code, store.zone, store.format, store.bakery) if store else ("", "", "", "")
    return (employee_no, name, phone, path, position, code, joined, "", "在职", zone, kind, bakery)
