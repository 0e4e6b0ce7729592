"""The site file on the disk: read with its entity tag, replaced in one step, and restored."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from passerby.errors import UsageError
from passerby.outputs.partial import write_error
from passerby.settings.site_text import plain
from passerby.storage.append_log import sync_folder

_KEPT_TEXTS: Final = 50


class EditedSiteFile:
    """A site file that people edit; it remembers what was read, to say what has changed since then.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, str] = OrderedDict()

    @property
    def folder(self) -> Path:
        """The folder of the file."""
        return self._path.absolute().parent

    def read(self) -> tuple[str, str]:
        """Return the file and its entity tag.

        Raises:
            UsageError: It cannot be read.
        """
        try:
            text = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{self._path}: the site file cannot be read; check that it is there, and its permissions"
            raise UsageError(msg) from error
        tag = entity_tag(text)
        with self._lock:
            self._seen[tag] = text
            self._seen.move_to_end(tag)
            while len(self._seen) > _KEPT_TEXTS:
                self._seen.popitem(last=False)
        return text, tag

    def what_changed(self, tag: str, now: str) -> str:
        """Return in one line what differs between the text that had a tag when it was read, and the present one."""
        with self._lock:
            base = self._seen.get(tag)
        if base is None:
            return "the site file has changed since you read it; read it again"
        one, other = _flat(plain(base)), _flat(plain(now))
        keys = sorted(key for key in {**one, **other} if one.get(key) != other.get(key))
        named = ", ".join(keys[:20]) or "comments or secrets"
        return f"the site file has changed since you read it ({named}); read it again and repeat your change"

    @contextmanager
    def beside(self, text: str) -> Iterator[Path]:
        """Write a file beside it, with the same permissions, for as long as entered.

        Raises:
            OutputError: It cannot be written.
        """
        partial = self._path.with_name(f".{self._path.name}.partial-{secrets.token_hex(4)}")
        try:
            self._write(partial, text)
            yield partial
        finally:
            partial.unlink(missing_ok=True)

    def _write(self, path: Path, text: str) -> None:
        try:
            mode = self._path.stat().st_mode & 0o777
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            path.chmod(mode)
        except OSError as error:
            raise write_error(path, error) from error

    def replace_by(self, partial: Path) -> None:
        """Replace the file by one that was written beside it.

        Raises:
            OutputError: It cannot be written.
        """
        try:
            partial.replace(self._path)
            sync_folder(self.folder)
        except OSError as error:
            raise write_error(self._path, error) from error

    def restore(self, text: str) -> None:
        """Write the file anew.

        Raises:
            OutputError: It cannot be written.
        """
        with self.beside(text) as partial:
            self.replace_by(partial)


def entity_tag(text: str) -> str:
    """Return an entity tag: another one for each text."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def _flat(value: object, path: str = "") -> dict[str, object]:
    """Return the values of nested keys by their path; items of lists have their names."""
    if isinstance(value, dict):
        items = [(str(key), each) for key, each in value.items()]
    elif isinstance(value, list):
        items = [
            (str(each.get("name", number)) if isinstance(each, dict) else str(number), each)
            for number, each in enumerate(value)
        ]
    else:
        return {path: value}
    return {key: leaf for name, each in items for key, leaf in _flat(each, f"{path}.{name}".lstrip(".")).items()}
