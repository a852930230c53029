"""The edge carries out what operations say; it knows none of them."""

from pathlib import Path

from dianmai import edge
from dianmai.app import assemble
from dianmai.core.db import Database
from dianmai.settings import Settings


def test_the_edge_knows_no_operation_by_name(tmp_path: Path) -> None:
    names = assemble(Settings(data_dir=tmp_path), Database("postgresql://nowhere")).engine.operations.all()
    sources = {path.name: path.read_text() for path in Path(edge.__file__).parent.glob("*.py")}
    assert "sync.read" in names and "answering.py" in sources
    assert [(file, name) for file, text in sources.items() for name in names if f'"{name}"' in text] == []
