"""The named world: one little chain that tests, demo, documentation and pictures share.

A head office, two regions, six stores, and people who are the same everywhere: 王敏 of HQ operations publishes, 李明
runs 南京路店. Larger demonstration chains (`demo_chain.py`) begin with exactly these.
"""

from typing import Final, NamedTuple

HQ: Final = "总部"
EAST: Final = "总部/华东大区"
SOUTH: Final = "总部/华南大区"


class NamedStore(NamedTuple):
    key: str
    code: str
    path: str
    format: str
    bakery: str


class NamedPerson(NamedTuple):
    """Somebody of the named world. `places` are paths or keys of stores, the main one first."""

    key: str
    employee_no: str
    name: str
    position: str
    places: tuple[str, ...]
    joined: str


STORES: Final = (
    NamedStore("nanjing_lu", "SH001", f"{EAST}/上海/南京路店", "旗舰店", "有"),
    NamedStore("xujiahui", "SH002", f"{EAST}/上海/徐家汇店", "标准店", "有"),
    NamedStore("jingansi", "SH003", f"{EAST}/上海/静安寺店", "社区店", "无"),
    NamedStore("xihu", "HZ001", f"{EAST}/杭州/西湖店", "标准店", "无"),
    NamedStore("tianhe", "GZ001", f"{SOUTH}/广州/天河店", "旗舰店", "有"),
    NamedStore("futian", "SZ001", f"{SOUTH}/深圳/福田店", "标准店", "无"),
)

_MANAGERS: Final = (
    NamedPerson("chen_guodong", "A00001", "陈国栋", "总经理", (HQ,), "2010-03-01"),
    NamedPerson("wang_min", "A00002", "王敏", "运营", (f"{HQ}/运营部",), "2014-06-16"),
    NamedPerson("zhao_lei", "A00003", "赵磊", "运营", (f"{HQ}/运营部",), "2019-09-02"),
    NamedPerson("lin_xiao", "A00004", "林晓", "采购", (f"{HQ}/商品部",), "2016-04-11"),
    NamedPerson("he_jing", "A00005", "何静", "市场", (f"{HQ}/市场部",), "2018-07-09"),
    NamedPerson("sun_qiang", "A00006", "孙强", "IT支持", (f"{HQ}/IT部",), "2017-02-20"),
    NamedPerson("zhou_ting", "A00007", "周婷", "人事", (f"{HQ}/人力资源部",), "2015-10-12"),
    NamedPerson("liu_jianhua", "A00011", "刘建华", "大区经理", (EAST,), "2012-05-07"),
    NamedPerson("wu_fang", "A00012", "吴芳", "区域经理", ("nanjing_lu", "xujiahui", "jingansi"), "2016-08-22"),
    NamedPerson("zheng_kai", "A00013", "郑凯", "区域经理", ("xihu",), "2020-03-16"),
    NamedPerson("huang_zhiqiang", "A00021", "黄志强", "大区经理", (SOUTH,), "2013-11-04"),
    NamedPerson("liang_minyi", "A00022", "梁敏仪", "区域经理", ("tianhe", "futian"), "2018-01-15"),
)

_CREWS: Final = {
    "nanjing_lu": ("李明", "杨帆", ("许诺", "马丽娜", "曾小龙", "顾佳怡"), "唐雪"),
    "xujiahui": ("张丽", "罗浩", ("单雨晴", "冯军", "乐天", "沈梦洁"), "韩冰"),
    "jingansi": ("陆志远", "", ("叶青", "蒋文博", "翟红"), "苏敏"),
    "xihu": ("钱海燕", "", ("汪洋", "姚思思", "仇磊"), "俞悦"),
    "tianhe": ("陈伟强", "谢颖", ("何嘉欣", "麦子轩", "区佩仪"), "邓婉婷"),
    "futian": ("曹阳", "", ("彭涛", "吕欢", "解晓东"), "江琳"),
}
"""Manager, deputy (or none), clerks, cashier of each store. 单, 乐, 仇, 区, 解 are surnames read in their own way."""


def _crew_people() -> list[NamedPerson]:
    people: list[NamedPerson] = []
    for place, store in enumerate(STORES):
        manager, deputy, clerks, cashier = _CREWS[store.key]
        crew = [("manager", manager, "店长"), ("deputy", deputy, "副店长")]
        crew += [(f"clerk{n}", name, "店员") for n, name in enumerate(clerks, start=1)]
        crew += [("cashier", cashier, "收银员")]
        for number, (role, name, position) in enumerate(crew, start=1):
            if name:
                employee_no = f"A{100 + place * 10 + number:05}"
                joined = f"20{18 + number % 7:02}-{1 + (place + number) % 12:02}-15"
                people.append(NamedPerson(f"{store.key}.{role}", employee_no, name, position, (store.key,), joined))
    return people


PEOPLE: Final = (*_MANAGERS, *_crew_people())
