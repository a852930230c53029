"""A notice's files: for its recipients, for who follows its board, and for nobody else; nothing that runs."""

from pathlib import Path

import pytest

from dianmai import files, notices
from dianmai.core.access import Actor
from dianmai.core.doors import Knock
from dianmai.core.errors import Invalid, NotFound
from dianmai.core.operations import Act
from tests.notices.asking import below, opened, publish
from tests.notices.company import Company
from tests.notices.test_export import nothing


async def upload(chain: Company, uploader: Actor, name: str) -> str:
    """A file as the upload door leaves it, without its bytes."""
    file = f"file-{name.replace('.', '-')}"
    await chain.engine.database.pool.execute(
        "INSERT INTO file (id, uploader, name, kind, media_type, size, sha256)"
        " VALUES ($1, $2, $3, 'file', 'application/pdf', 1234, '')",
        file, uploader.id, name,
    )  # fmt: skip
    return file


async def reads(chain: Company, reader: Actor, file: str, directory: Path) -> bool:
    """Whether the download door lets somebody in."""
    engine = chain.engine
    act = Act(reader, await engine.database.pool.fetchval("SELECT now()"), engine.database.pool, engine.streams)
    offered = files.doors(files.Storage(directory), notices.file_readers)
    [door] = [d for d in offered if (d.method, d.path) == ("GET", "/files/{file}")]
    try:
        reply = await door.open(act, Knock({"file": file}, {}, {}, nothing()))
    except NotFound as refused:
        assert refused.code == "not_found"
        return False
    assert reply.headers["content-disposition"].startswith("attachment")
    return True


async def test_recipients_and_who_follows_the_board_may_read_them(chain: Company, tmp_path: Path) -> None:
    file = await upload(chain, chain["林悦"], "recall.pdf")
    notice = (await publish(chain.engine, chain["林悦"], below(chain.units["南京路店"]), files=[file])).notice
    shown = await opened(chain.engine, chain["南京路店小陈"], notice)
    assert [(ref.id, ref.name, ref.size) for ref in shown.files] == [(file, "recall.pdf", 1234)]
    # The manager of the region is no recipient, and sees who of the store has not.
    for reader in ("南京路店小陈", "林悦", "华东周总"):
        assert await reads(chain, chain[reader], file, tmp_path), reader
    for stranger in ("王府井店小陈", "财务小钱", "华北吴总", "徐家汇店店长"):
        assert not await reads(chain, chain[stranger], file, tmp_path), stranger


async def test_a_follower_who_moves_away_reads_them_no_more(chain: Company, tmp_path: Path) -> None:
    file = await upload(chain, chain["林悦"], "recall.pdf")
    await publish(chain.engine, chain["林悦"], below(chain.units["南京路店"]), files=[file])
    assert await reads(chain, chain["华东周总"], file, tmp_path)
    await chain.move("华东周总", "华北", "region_manager")
    assert not await reads(chain, chain["华东周总"], file, tmp_path)


async def test_following_lets_nobody_see_what_was_only_uploaded(chain: Company, tmp_path: Path) -> None:
    file = await upload(chain, chain["林悦"], "draft.pdf")
    assert not await reads(chain, chain["华东周总"], file, tmp_path)


async def test_nobody_publishes_somebody_elses_file(chain: Company) -> None:
    file = await upload(chain, chain["财务小钱"], "salaries.pdf")
    with pytest.raises(NotFound) as refused:
        await publish(chain.engine, chain["林悦"], files=[file])
    assert (refused.value.code, refused.value.field) == ("file_gone", "files")


async def test_a_draft_that_lay_too_long_says_that_its_files_are_gone(chain: Company) -> None:
    file = await upload(chain, chain["林悦"], "recall.pdf")
    await chain.engine.database.pool.execute("UPDATE file SET uploaded_at = uploaded_at - interval '23 hours'")
    with pytest.raises(NotFound) as refused:
        await publish(chain.engine, chain["林悦"], files=[file])
    assert refused.value.code == "file_gone"
    assert "重新添加" in refused.value.body("zh-CN", "r").message


@pytest.mark.parametrize("name", ["setup.exe", "page.html", "macros.xlsm"])
async def test_what_runs_is_not_published(chain: Company, name: str) -> None:
    file = await upload(chain, chain["林悦"], name)
    with pytest.raises(Invalid) as refused:
        await publish(chain.engine, chain["林悦"], files=[file])
    assert (refused.value.code, refused.value.field) == ("unsafe_attachment", "files")
    assert name in refused.value.body("en", "r").message
    assert await chain.engine.database.pool.fetchval("SELECT count(*) FROM notice") == 0
