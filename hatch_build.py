"""Builds the web client into the wheel, so that an installed Dianmai serves it without Node on the machine."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebClientBuildHook(BuildHookInterface):
    """Runs `npm ci && npm run build` in web/; the client is written to dianmai/edge/static."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files of the wheel are collected; an editable install is served by bin/setup instead."""
        if version == "editable":
            return
        root = Path(self.root)
        static = root / "dianmai" / "edge" / "static"
        if (root / "web" / "package.json").is_file():
            npm = shutil.which("npm")
            if npm is None:
                raise SystemExit(
                    "The wheel contains the web client, and building it needs npm (Node 20 or newer).\n"
                    "Install it (Debian: apt-get install nodejs npm) and build again."
                )
            for arguments in (["ci"], ["run", "build"]):
                self.app.display_info(f"npm {' '.join(arguments)}")
                if subprocess.run([npm, *arguments], cwd=root / "web", check=False).returncode != 0:  # noqa: S603
                    raise SystemExit(f"`npm {' '.join(arguments)}` failed in {root / 'web'}; its messages are above.")
        if not (static / "index.html").is_file():
            raise SystemExit(f"The built web client is missing: there is no {static / 'index.html'}.")
        # The built client is no source and git ignores it, hence it has to be named.
        build_data["artifacts"].append("/dianmai/edge/static/**")
