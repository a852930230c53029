"""`dianmai import-hr`: whatever is wrong, a sentence in the terminal's language, and what to do next."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from dianmai.core.errors import Conflict, Invalid
from dianmai.org import demo_chain
from dianmai.org.hr_sync.at_terminal import language_of, refusal_words, trouble_with
from tests.org.hr_files import HEADINGS, ROSTER, csv_file

ZH, EN = "zh_CN.UTF-8", "en_US.UTF-8"


@dataclass
class Ran:
    status: int
    said: str
    complained: str


async def run(dsn: str, folder: Path, content: bytes, *options: str, lang: str = ZH) -> Ran:
    """Runs the command on a file with this content, with nobody to answer it."""
    file = folder / "roster.csv"
    file.write_bytes(content)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LC_")}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dianmai.cli", "import-hr", str(file), *options,
        env={**environment, "DATABASE_URL": dsn, "DIANMAI_DATA_DIR": str(folder), "LANG": lang, "PYTHONUTF8": "1"},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await child.communicate()
    return Ran(child.returncode or 0, said.decode(), complained.decode())


async def test_the_brake_shows_what_would_change_and_names_the_way_out(world_dsn: str, tmp_path: Path) -> None:
    few = demo_chain.to_csv(demo_chain.world_rows()[:12])
    ran = await run(world_dsn, tmp_path, few)
    assert ran.status == 1
    assert "将离职" in ran.said and "注意：" in ran.said
    assert "变动过大" in ran.complained and "--confirm-mass-change" in ran.complained
    ran = await run(world_dsn, tmp_path, few, lang=EN)
    assert "would leave" in ran.said and "--confirm-mass-change" in ran.complained


async def test_bad_rows_are_said_with_row_column_value_and_reason(world_dsn: str, tmp_path: Path) -> None:
    spoilt = csv_file([("A0001", "王敏", "12345", *ROSTER[0][3:]), *ROSTER[1:]])
    ran = await run(world_dsn, tmp_path, spoilt)
    assert (ran.status, ran.said) == (1, "")
    assert ran.complained.splitlines()[1:] == ["  第 2 行，手机：“12345”。手机号“12345”无效"]
    ran = await run(world_dsn, tmp_path, spoilt, lang=EN)
    assert ran.complained.splitlines()[1:] == ["  row 2, 手机: “12345”. “12345” is not a phone number"]


async def test_with_nobody_to_ask_nothing_is_applied(world_dsn: str, tmp_path: Path) -> None:
    ran = await run(world_dsn, tmp_path, demo_chain.to_csv(demo_chain.world_rows()[:-1]), lang=EN)
    assert ran.status == 1
    assert "--yes" in ran.complained and "Traceback" not in ran.complained
    ran = await run(world_dsn, tmp_path, demo_chain.to_csv(demo_chain.world_rows()))
    assert (ran.status, ran.said) == (0, "文件与现状一致，没有做任何改动。\n")


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (b"%PDF-1.7", (), "只支持 .xlsx 和 CSV 文件"),
        (b"", (), "文件里没有数据行"),
        (csv_file(ROSTER, [h if h != "姓名" else "x" for h in HEADINGS]), (), "第 1 行：姓名"),
    ],
)
async def test_files_that_cannot_be_taken_get_a_sentence(
    world_dsn: str, tmp_path: Path, content: bytes, options: tuple[str, ...], said: str
) -> None:
    ran = await run(world_dsn, tmp_path, content, *options)
    assert ran.status == 1
    assert said in ran.complained and "Traceback" not in ran.complained


def test_files_that_are_not_there_or_no_files_are_said_before_anything_starts(tmp_path: Path) -> None:
    assert trouble_with(tmp_path / "none.csv", "zh-CN") == f"没有这个文件：{tmp_path}/none.csv"
    assert trouble_with(tmp_path, "en") == f"{tmp_path} is a folder, not a file"
    assert "cannot be read" in (trouble_with(Path("a\0b"), "en") or "")
    (tmp_path / "there").write_bytes(b"x")
    assert trouble_with(tmp_path / "there", "en") is None


def test_the_terminal_says_which_language() -> None:
    assert language_of({"LANG": "zh_CN.UTF-8"}) == language_of({"LC_ALL": "zh_TW", "LANG": "en_US"}) == "zh-CN"
    assert language_of({}) == language_of({"LANG": "C.UTF-8"}) == language_of({"LC_ALL": "", "LANG": "de_DE"}) == "en"


def test_what_comes_from_the_file_does_not_steer_the_terminal() -> None:
    rows = [{"row": "2", "column": "姓名", "value": "\x1b[31m", "code": "x", "reason": "\x1b]0;x\x07"}]
    refusal = Invalid("rows_refused", field="\x1b", rows=rows, count=300, row=2)
    assert "\x1b" not in refusal_words(refusal, "zh-CN")
    assert refusal_words(refusal, "en").endswith("  … and 299 more")
    confirm = Conflict("mass_change_needs_confirmation", leavers=1, people=2, closing=0, stores=0)
    assert "--confirm-mass-change" in refusal_words(confirm, "en")
