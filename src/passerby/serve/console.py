"""The console's files: built from `web/`, the same for everybody, and compressed already."""

from __future__ import annotations

import logging
import stat
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from passerby.serve.auth.declaration import Public

log = logging.getLogger(__name__)

FOLDER: Final = Path(__file__).parent / "console"
"""Where `make web` and the build of a wheel put the files."""
_FOREVER: Final = "public, max-age=31536000, immutable"
_FIX: Final = "run `make web` in the checkout (it needs Node.js 18 or newer), and install again unless it is editable"


class ConsoleFiles(StaticFiles):
    """Serves the console's files, and its page for every address that the console itself reads.

    Files below `assets/` have names that change with their content, so browsers keep them; the page is asked for anew
    each time. A checkout in which the console was not built answers 503 and says how to build it; everything else
    works there.

    Args:
        folder: Where the files are.
    """

    public = Public("the page's code, which is the same for everybody and names no camera")

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._folder = folder
        if not self.is_built:
            log.warning("console_not_built", extra={"fix": _FIX})

    @property
    def is_built(self) -> bool:
        """Whether there is a console to serve."""
        return (self._folder / "index.html").is_file()

    async def check_config(self) -> None:
        """Leave the folder unchecked: without a console, the API works all the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or the page for an address that is no file.

        Raises:
            HTTPException: 404: neither a file nor an address of the console; 405: files are only read; 503: the console
                is not built.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405)
        if path.startswith("api/"):
            raise HTTPException(404)
        if not self.is_built:
            raise HTTPException(503, f"the console is not built: {_FIX}")
        if path.startswith("assets/"):
            answer = self._sent(path, scope)
            answer.headers["Cache-Control"] = _FOREVER
            return answer
        name = path if "/" not in path and "." in path[1:] else "index.html"
        answer = self._sent(name, scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    def _sent(self, path: str, scope: Scope) -> Response:
        """Return a file, compressed if the browser takes that."""
        if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            packed, found = self.lookup_path(f"{path}.gz")
            if found is not None and stat.S_ISREG(found.st_mode):
                plain = FileResponse(self._folder / path)
                answer = self.file_response(packed, found, scope)
                answer.headers.update({"Content-Encoding": "gzip", "Content-Type": plain.headers["content-type"]})
                answer.headers["Vary"] = "Accept-Encoding"
                return answer
        full, found = self.lookup_path(path)
        if found is None or not stat.S_ISREG(found.st_mode):
            raise HTTPException(404)
        return self.file_response(full, found, scope)
