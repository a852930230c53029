"""A notice's files: for its recipients, for who published it, and for nobody else."""

import pytest

from dianmai import files
from dianmai.core.access import Actor
from dianmai.core.errors import NotFound
from tests.notices.asking import below, opened, publish
from tests.notices.company import Company


async def upload(chain: Company, uploader: Actor, name: str) -> str:
    """A file as the upload door leaves it, without its bytes."""
    file = f"file-{name}"
    await chain.engine.database.pool.execute(
        "INSERT INTO file (id, uploader, name, kind, media_type, size, sha256)"
        " VALUES ($1, $2, $3, 'file', 'application/pdf', 1234, '')",
        file, uploader.id, f"{name}.pdf",
    )  # fmt: skip
    return file


async def test_recipients_and_the_publisher_may_read_them(chain: Company) -> None:
    db = chain.engine.database.pool
    file = await upload(chain, chain["林悦"], "recall")
    notice = (await publish(chain.engine, chain["林悦"], below(chain.units["南京路店"]), files=[file])).notice
    shown = await opened(chain.engine, chain["南京路店小陈"], notice)
    assert [(ref.id, ref.name, ref.size) for ref in shown.files] == [(file, "recall.pdf", 1234)]
    for reader in ("南京路店小陈", "林悦"):
        assert (await files.may_read(db, chain[reader], file)).id == file
    for stranger in ("王府井店小陈", "财务小钱"):
        with pytest.raises(NotFound):
            await files.may_read(db, chain[stranger], file)


async def test_nobody_publishes_somebody_elses_file(chain: Company) -> None:
    file = await upload(chain, chain["财务小钱"], "salaries")
    with pytest.raises(NotFound) as refused:
        await publish(chain.engine, chain["林悦"], files=[file])
    assert refused.value.field == "files"
