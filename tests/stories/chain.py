"""The little chain of the stories, as its HR file says it."""

from pathlib import Path

from dianmai import org
from dianmai.app import Running

HEAD = "工号,姓名,部门路径,岗位,门店编码"
LIU = "E001,刘芳,鲜享便利/运营部,运营,"
QIAN = "E002,钱进,鲜享便利/华东大区,大区经理,"
WANG = "E003,王敏,鲜享便利/华东大区/南京路店,店长,S001"
LI = "E004,李娜,鲜享便利/华东大区/南京路店,店员,S001"
ZHAO = "E005,赵磊,鲜享便利/华东大区/淮海路店,店长,S002"
CHEN = "E006,陈晨,鲜享便利/华南大区/天河店,店长,S101"
EVERYBODY = (LIU, QIAN, WANG, LI, ZHAO, CHEN)


async def import_people(server: Running, place: Path, *rows: str) -> dict[str, int]:
    """Brings the organisation level with these rows; answers everybody's person id by name."""
    file = place / "people.csv"
    file.write_text("\n".join((HEAD, *rows)) + "\n", "utf-8")
    await org.import_hr(server.app.engine, file, confirm=lambda _: True, confirm_mass_change=True)
    people = await server.app.engine.database.pool.fetch("SELECT name, id FROM person")
    return {row["name"]: row["id"] for row in people}
