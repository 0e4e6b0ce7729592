"""Which cameras a wall shows, and in which order: for each account and each wall screen, in one file."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from passerby.errors import StoreError, UsageError

FILE: Final = "layouts.json"
MOST_SCREENS: Final = 200
OWN: Final = "account:"
SCREEN: Final = "screen:"


@dataclass(frozen=True, slots=True)
class WallLayout:
    """What a wall shows.

    Args:
        cameras: Names of cameras that come first, in this order; the others follow as the site file names them.
        hidden: Names of cameras that are not shown.
    """

    cameras: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """The entity tag of this content."""
        text = json.dumps([self.cameras, self.hidden])
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'


class LayoutFile:
    """The layouts of a gateway; used from several threads.

    Args:
        folder: Where the file is; None = they are forgotten with the process.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / FILE
        self._lock = threading.Lock()
        self._layouts: dict[str, WallLayout] | None = None

    def read(self, key: str) -> WallLayout | None:
        """Return a layout; None = there is none.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._lock:
            return self._loaded().get(key)

    def screens(self) -> Mapping[str, WallLayout]:
        """Return the layouts of wall screens by name.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._lock:
            found = self._loaded()
            return {key.removeprefix(SCREEN): found[key] for key in sorted(found) if key.startswith(SCREEN)}

    def write(
        self,
        key: str,
        layout: WallLayout | None,
        *,
        tag: str | None,
        record: Callable[[WallLayout], None] | None = None,
    ) -> bool:
        """Replace or remove a layout if it is still what the change is based on; return whether it was.

        Args:
            key: `OWN` and the number of an account, or `SCREEN` and a name.
            layout: The new one; None = there shall be none.
            tag: Entity tag of what the change is based on; None = whatever is there.
            record: Writes into the audit log that it changes; called with the present one before it does, if it does.

        Raises:
            StoreError: The file cannot be read or written.
            UsageError: There are too many screens already.
            AuditError: It cannot be logged; nothing has changed.
        """
        with self._lock:
            before = self._loaded()
            if tag is not None and tag != before.get(key, WallLayout()).tag:
                return False
            after = {name: each for name, each in before.items() if name != key}
            if layout is not None:
                after[key] = layout
            if len(after) > len(before) and sum(each.startswith(SCREEN) for each in after) > MOST_SCREENS:
                msg = f"there are {MOST_SCREENS} wall screens already; delete one that is not used"
                raise UsageError(msg)
            if after != before:
                if record is not None:
                    record(before.get(key, WallLayout()))
                self._save(after)
                self._layouts = after
            return True

    def _loaded(self) -> dict[str, WallLayout]:
        if self._layouts is None:
            self._layouts = self._parsed()
        return self._layouts

    def _parsed(self) -> dict[str, WallLayout]:
        if self._path is None:
            return {}
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return {
                str(key): WallLayout(tuple(map(str, each["cameras"])), tuple(map(str, each["hidden"])))
                for key, each in content.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            msg = f"{self._path}: the layouts of walls cannot be read ({error}); move the file away to start over"
            raise StoreError(msg) from error

    def _save(self, layouts: Mapping[str, WallLayout]) -> None:
        if self._path is None:
            return
        partial = self._path.with_suffix(".partial")
        try:
            partial.write_text(json.dumps({key: asdict(each) for key, each in layouts.items()}), encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:
            msg = f"{self._path}: the layouts of walls cannot be written ({error.strerror})"
            raise StoreError(msg) from error
