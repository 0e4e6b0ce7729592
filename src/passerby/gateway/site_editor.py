"""Edits the site file of a running gateway: checked like a file that is loaded, compared, written and applied."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from passerby.errors import EditedError, SettingError, UsageError
from passerby.outputs.partial import write_error
from passerby.settings.load import load_site, reloaded
from passerby.settings.site.consent import ConsentNeed, consent_needs
from passerby.settings.site.difference import settings_difference
from passerby.settings.site.site import SiteSettings
from passerby.settings.site_text import hidden, merged, plain, references, revealed
from passerby.storage.append_log import sync_folder

_KEPT_TEXTS: Final = 50


class RunningSite(Protocol):
    """A gateway that takes other settings."""

    @property
    def site(self) -> SiteSettings:
        """The settings in use."""
        ...

    def reload(self, site: SiteSettings, *, account: str | None = None) -> tuple[str, ...]:
        """Use other settings, and return the keys that need a restart."""
        ...


@dataclass(frozen=True, slots=True)
class EditProblem:
    """Something wrong with a site file.

    Args:
        field: Its key, such as cameras[0].address; "" = the file as a whole.
        line: Line in the file, from 1; 0 = none.
        text: What is wrong, and what to do.
    """

    field: str
    line: int
    text: str


class EditRefusedError(UsageError):
    """A site file cannot be used.

    Args:
        problems: What is wrong with it.
    """

    def __init__(self, problems: list[EditProblem]) -> None:
        super().__init__("; ".join(": ".join(filter(None, (each.field, each.text))) for each in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class SiteProposal:
    """A site file that could be applied.

    Args:
        text: The file.
        settings: What it says.
        changes: Each key that changes, with its old and new value, without secrets.
        waiting: Keys that change only when the gateway is restarted.
        needs: What a second person must agree to.
    """

    text: str
    settings: SiteSettings
    changes: dict[str, str]
    waiting: tuple[str, ...]
    needs: list[ConsentNeed]


Consent = Callable[[list[ConsentNeed]], AbstractContextManager[None]]
"""Uses what a second person has agreed to while it is entered, or refuses."""


class SiteEditor:
    """Edits a site file; used from several threads, one change after the other.

    Args:
        path: The site file.
        running: The gateway that runs it.
    """

    def __init__(self, path: Path, running: RunningSite) -> None:
        self._path = path
        self._running = running
        self._lock = threading.RLock()
        self._seen: OrderedDict[str, str] = OrderedDict()

    def read(self) -> tuple[str, str]:
        """Return the file with secrets hidden, and its entity tag.

        Raises:
            UsageError: It cannot be read.
        """
        text, tag = self._present()
        return hidden(text), tag

    def settings(self) -> tuple[dict[str, Any], str]:
        """Return the content of the file as in JSON with secrets hidden, and its entity tag.

        Raises:
            UsageError: It cannot be read.
        """
        text, tag = self._present()
        return plain(text), tag

    def text_of(self, wanted: Mapping[str, Any]) -> str:
        """Return the file with other content, its comments kept; secrets that are hidden stay hidden.

        Raises:
            UsageError: It cannot be read.
        """
        return merged(self.read()[0], wanted)

    def propose(self, text: str) -> SiteProposal:
        """Check a file as if it was loaded, and compare it with the settings in use; nothing is changed.

        Args:
            text: The new file; `(secret)` stands for what is there at present.

        Raises:
            EditRefusedError: It cannot be used.
        """
        with self._lock, self._candidate(text) as (_, made):
            return made

    def apply(self, text: str, *, tag: str | None, account: str, consent: Consent) -> SiteProposal:
        """Check a file, write it in place of the present one, and use it.

        Args:
            text: The new file; `(secret)` stands for what is there at present.
            tag: Entity tag of the file that was edited; None = whatever is there now.
            account: Who changes it.
            consent: Entered while it is applied.

        Raises:
            EditRefusedError: It cannot be used; nothing is changed.
            EditedError: Somebody else has changed the file meanwhile.
            SecondPersonError: Nobody has agreed.
            AuditError: It cannot be logged; nothing is changed.
            OutputError: It cannot be written; nothing is changed.
        """
        with self._lock:
            before, present = self._present()
            if tag is not None and tag != present:
                raise EditedError(self._what_changed(tag, before))
            with self._candidate(text) as (partial, made), consent(made.needs):
                self._exchange(partial)
                try:
                    self._running.reload(made.settings, account=account)
                except BaseException as error:
                    self._restore(before)
                    if isinstance(error, SettingError):
                        raise EditRefusedError([EditProblem(error.key, 0, error.reason)]) from error
                    raise
                return made

    @property
    def folder(self) -> Path:
        """The folder of the site file."""
        return self._path.absolute().parent

    @property
    def site(self) -> SiteSettings:
        """The settings in use."""
        return self._running.site

    # --- for the editor of places -------------------------------------------------------------------

    def changing(self) -> AbstractContextManager[object]:
        """Return what is entered during a change: one happens after the other."""
        return self._lock

    def require_tag(self, tag: str | None, text: str, otherwise: str) -> None:
        """Refuse a change of a text that is not the one that was edited.

        Raises:
            EditedError: Says `otherwise`.
        """
        if tag is not None and tag != entity_tag(text):
            raise EditedError(otherwise)

    def check_places(self, camera: str, path: Path | None) -> None:
        """Check the site with another places file of a camera; None = with none.

        Raises:
            EditRefusedError: It cannot be used.
        """
        with self._candidate(self._with_places(camera, path)):
            pass

    def use_places(self, camera: str, path: Path | None, *, account: str) -> None:
        """Name a places file in the site file, unless it is named there already, and use it; errors as in `apply`."""
        named = next(each.places for each in self._running.site.cameras if each.name == camera)
        text = self._present()[0] if named == path else self._with_places(camera, path)
        self.apply(text, tag=None, account=account, consent=lambda _: nullcontext())

    def _with_places(self, camera: str, path: Path | None) -> str:
        text = self._present()[0]
        wanted = plain(text)
        for each in wanted["cameras"]:
            if each["name"] == camera:
                each.pop("places", None)
                if path is not None:
                    each["places"] = str(path.name if path.absolute().parent == self.folder else path.absolute())
        return merged(hidden(text), wanted)

    def _present(self) -> tuple[str, str]:
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

    def _what_changed(self, tag: str, now: str) -> str:
        base = self._seen.get(tag)
        if base is None:
            return "the site file has changed since you read it; read it again"
        one, other = _flat(plain(base)), _flat(plain(now))
        keys = sorted(key for key in {**one, **other} if one.get(key) != other.get(key))
        named = ", ".join(keys[:20]) or "comments or secrets"
        return f"the site file has changed since you read it ({named}); read it again and repeat your change"

    @contextmanager
    def _candidate(self, text: str) -> Iterator[tuple[Path, SiteProposal]]:
        """Write a file beside the present one, and check it."""
        before, _ = self._present()
        try:
            whole = revealed(text, before)
            new = sorted(references(whole) - references(before))
        except UsageError as error:
            raise EditRefusedError([EditProblem("", 0, str(error))]) from error
        if new:
            problem = f"{new[0]} is not in the present file; only those who can edit it on the machine may add it"
            raise EditRefusedError([EditProblem("", 0, problem)])
        partial = self._path.with_name(f".{self._path.name}.partial-{secrets.token_hex(4)}")
        try:
            self._write(partial, whole)
            try:
                settings = load_site(partial)
            except UsageError as error:
                raise EditRefusedError(_problems(str(error), partial)) from error
            old = self._running.site
            changes, waiting = settings_difference(old, settings), reloaded(old, settings)[1]
            yield partial, SiteProposal(hidden(whole), settings, changes, waiting, consent_needs(old, settings))
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

    def _exchange(self, partial: Path) -> None:
        try:
            partial.replace(self._path)
            sync_folder(self._path.absolute().parent)
        except OSError as error:
            raise write_error(self._path, error) from error

    def _restore(self, text: str) -> None:
        partial = self._path.with_name(f".{self._path.name}.partial-{secrets.token_hex(4)}")
        self._write(partial, text)
        self._exchange(partial)


def entity_tag(text: str) -> str:
    """Return an entity tag: another one for each text."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


_LINE: Final = re.compile(
    r"(?s)^(?P<path>[^\n]*?):(?:(?P<line>\d+): )?\s*(?:(?P<field>[A-Za-z_][\w.\[\]]*): )?(?P<text>.*)$"
)


def _problems(text: str, path: Path) -> list[EditProblem]:
    """Return the lines of an error about a site file, without the name of the file that was checked."""
    found = []
    for line in text.split("\n"):
        match = _LINE.match(line.replace(str(path), "site file"))
        if match is None:
            found.append(EditProblem("", 0, line.replace(str(path), "site file")))
        else:
            where = "" if match["path"] == "site file" else f"{match['path']}: "
            found.append(EditProblem(match["field"] or "", int(match["line"] or 0), where + match["text"]))
    return found


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
