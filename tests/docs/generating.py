"""Writes what is made from other sources, or with `--check` says what is out of date. Run by `bin/generate`."""

import json
import sys
from pathlib import Path

from dianmai.app import assemble
from dianmai.core.db import Database
from dianmai.core.operations import Operation
from dianmai.edge import openapi
from dianmai.settings import Settings
from dianmai.wire import typescript
from tests.docs import limits_page, requirements_table

TOP = Path(__file__).parents[2]
OPENAPI = TOP / "docs" / "api" / "openapi.json"


def operations() -> list[Operation]:
    """Every operation of the product, in the order of their names."""
    app = assemble(Settings(data_dir=TOP / "data"), Database(""))
    return [operation for _, operation in sorted(app.engine.operations.all().items())]


def files() -> dict[Path, str]:
    """Every generated file with the text it must have."""
    known = operations()
    shapes = {o.name: typescript.Shape(o.ask, o.answer, o.kind != "reading") for o in known}
    page = requirements_table.PAGE
    return {
        **typescript.generate(shapes),
        OPENAPI: json.dumps(openapi.document(known), ensure_ascii=False, indent=1) + "\n",
        limits_page.PAGE: limits_page.page(known),
        page: requirements_table.filled(page.read_text("utf-8")),
    }


def main(arguments: list[str]) -> int:
    wanted = files()
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    extra = [path for path in typescript.TARGET.glob("*.ts") if path not in wanted]
    if "--check" in arguments:
        for path in [*stale, *extra]:
            print(f"out of date: {path.relative_to(TOP)}; run bin/generate")
        return 1 if stale or extra else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], "utf-8")
    for path in extra:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
