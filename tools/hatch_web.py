"""Puts the console into a wheel: builds `web/` first where that is not done yet."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_CONSOLE = "src/passerby/serve/console"


class ConsoleBuild(BuildHookInterface[Any]):
    """Builds the console for wheels and source distributions; an editable installation uses `make web`.

    Without npm the package has no console: who covers recordings needs none, and the gateway says what is missing.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the console, and name its files, which git ignores, as part of the package."""
        build_data["artifacts"].append(f"/{_CONSOLE}/")
        if version == "editable" or (Path(self.root) / _CONSOLE / "index.html").is_file():
            return
        web = Path(self.root) / "web"
        npm = shutil.which("npm")
        if npm is None:
            self.app.display_warning("npm is absent: the package has no console; install Node.js 18 or newer for it")
            return
        subprocess.run([npm, "ci", "--ignore-scripts"], cwd=web, check=True)  # noqa: S603 - our own folder
        subprocess.run([npm, "run", "build"], cwd=web, check=True)  # noqa: S603 - as above
