"""Edits the site file of a running gateway: checked like a file that is loaded, compared, written and applied."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from passerby.errors import EditedError, SettingError, UsageError
from passerby.gateway.site_file import EditedSiteFile, entity_tag
from passerby.gateway.site_proposal import EditProblem, EditRefusedError, SiteProposal, problems_in
from passerby.gateway.stored_plan import erase_plans, stored_plans
from passerby.settings.load import load_site, reloaded
from passerby.settings.site.consent import ConsentNeed, consent_needs
from passerby.settings.site.difference import settings_difference
from passerby.settings.site.site import SiteSettings
from passerby.settings.site_text import hidden, merged, plain, references, revealed


class RunningSite(Protocol):
    """A gateway that takes other settings."""

    @property
    def site(self) -> SiteSettings:
        """The settings in use."""
        ...

    def reload(self, site: SiteSettings, *, account: str | None = None) -> tuple[str, ...]:
        """Use other settings, and return the keys that need a restart."""
        ...


Consent = Callable[[list[ConsentNeed]], AbstractContextManager[None]]
"""Uses what a second person has agreed to while it is entered, or refuses."""


class SiteEditor:
    """Edits a site file; used from several threads, one change after the other.

    Args:
        path: The site file.
        running: The gateway that runs it.
    """

    def __init__(self, path: Path, running: RunningSite) -> None:
        self._file = EditedSiteFile(path)
        self._running = running
        self._lock = threading.RLock()

    def read(self) -> tuple[str, str]:
        """Return the file with secrets hidden, and its entity tag.

        Raises:
            UsageError: It cannot be read.
        """
        text, tag = self._file.read()
        return hidden(text), tag

    def settings(self) -> tuple[dict[str, Any], str]:
        """Return the content of the file as in JSON with secrets hidden, and its entity tag.

        Raises:
            UsageError: It cannot be read.
        """
        text, tag = self._file.read()
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

        Pictures of floor plans that were sent over HTTP and that it no longer uses are erased.

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
            before, present = self._file.read()
            if tag is not None and tag != present:
                raise EditedError(self._file.what_changed(tag, before))
            pictures = stored_plans(self._running.site, self.folder)
            with self._candidate(text) as (partial, made), consent(made.needs):
                self._file.replace_by(partial)
                try:
                    self._running.reload(made.settings, account=account)
                except BaseException as error:
                    self._file.restore(before)
                    if isinstance(error, SettingError):
                        raise EditRefusedError([EditProblem(error.key, 0, error.reason)]) from error
                    raise
            erase_plans(pictures - stored_plans(made.settings, self.folder), self.folder)
            return made

    @property
    def folder(self) -> Path:
        """The folder of the site file."""
        return self._file.folder

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
        text = self._file.read()[0] if named == path else self._with_places(camera, path)
        self.apply(text, tag=None, account=account, consent=lambda _: nullcontext())

    def _with_places(self, camera: str, path: Path | None) -> str:
        text = self._file.read()[0]
        wanted = plain(text)
        for each in wanted["cameras"]:
            if each["name"] == camera:
                each.pop("places", None)
                if path is not None:
                    each["places"] = str(path.name if path.absolute().parent == self.folder else path.absolute())
        return merged(hidden(text), wanted)

    @contextmanager
    def _candidate(self, text: str) -> Iterator[tuple[Path, SiteProposal]]:
        """Write a file beside the present one, and check it."""
        before, _ = self._file.read()
        try:
            whole = revealed(text, before)
            new = sorted(references(whole) - references(before))
        except UsageError as error:
            raise EditRefusedError([EditProblem("", 0, str(error))]) from error
        if new:
            problem = f"{new[0]} is not in the present file; only those who can edit it on the machine may add it"
            raise EditRefusedError([EditProblem("", 0, problem)])
        with self._file.beside(whole) as partial:
            try:
                settings = load_site(partial)
            except UsageError as error:
                raise EditRefusedError(problems_in(str(error), partial)) from error
            old = self._running.site
            changes, waiting = settings_difference(old, settings), reloaded(old, settings)[1]
            yield partial, SiteProposal(hidden(whole), settings, changes, waiting, consent_needs(old, settings))
