"""The guide's code runs as it stands on the page."""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from dianmai.core.db import Database
from dianmai.core.engine import Engine

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "add-an-operation.md"
BLOCK = re.compile(r"```python\n# file: (\S+)\n(.*?)```", re.DOTALL)
ORDER = ["wire/greetings", "greetings/rules", "greetings/leaving", "greetings/__init__"]


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.fixture(scope="module")
def page() -> Iterator[dict[str, ModuleType]]:
    """The page's modules under the names they would have."""
    blocks = dict(BLOCK.findall(GUIDE.read_text("utf-8")))
    package = ModuleType("dianmai.greetings")
    package.__path__ = []
    made: dict[str, ModuleType] = {"dianmai.greetings": package}
    sys.modules["dianmai.greetings"] = package
    ordered = [f"dianmai/{name}.py" for name in ORDER]
    for path in [*ordered, *(p for p in blocks if p.startswith("tests/"))]:
        name = module_name(path)
        module = made.setdefault(name, ModuleType(name))
        sys.modules[name] = module
        exec(compile(blocks[path], path, "exec"), module.__dict__)
    yield made
    for name in made:
        del sys.modules[name]


@pytest.fixture
async def engine(page: dict[str, ModuleType], dsn: str) -> AsyncIterator[Engine]:
    engine = Engine(Database(dsn, size=2), page["dianmai.greetings"].operations, {})
    await engine.start()
    yield engine
    await engine.stop()


@pytest.mark.parametrize("name", re.findall(r"async def (test_\w+)", GUIDE.read_text("utf-8")))
async def test_the_guides_own_tests_pass(page: dict[str, ModuleType], engine: Engine, name: str) -> None:
    await getattr(page["tests.greetings.test_leaving"], name)(engine)
