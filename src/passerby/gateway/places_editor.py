"""Edits the places and the calibration of a camera of a running gateway, with the checks of the whole site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from passerby.errors import PlacesAbsentError
from passerby.gateway.site_editor import SiteEditor
from passerby.gateway.site_file import entity_tag
from passerby.gateway.site_proposal import EditProblem, EditRefusedError
from passerby.outputs.partial import temporary_name, write_error
from passerby.settings.places import PlacesSettings, read_places
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.difference import settings_difference
from passerby.settings.site_text import merged, plain, references
from passerby.storage.append_log import sync_folder

GROUND: Final = "ground"


class PlacesEditor:
    """Edits places files; one change after the other, and none while the site file is edited.

    Args:
        editor: Of the site file.
    """

    def __init__(self, editor: SiteEditor) -> None:
        self._editor = editor

    def read(self, camera: str) -> tuple[dict[str, Any], str]:
        """Return what the places file of a camera says, as in JSON, and its entity tag; {} = it has none.

        Raises:
            PlacesAbsentError: The site has no camera of this name.
            UsageError: The file cannot be read.
        """
        text = self._text(self._camera(camera))
        return plain(text) if text.strip() else {}, entity_tag(text)

    def settings(self, camera: str) -> PlacesSettings:
        """Return the places and the calibration of a camera that are in use.

        Raises:
            PlacesAbsentError: The site has no camera of this name.
            UsageError: The file cannot be read.
        """
        named = self._camera(camera).places
        return read_places(named) if named else PlacesSettings()

    def compare(self, camera: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, str]:
        """Check a change as `change` does, and return what would differ; nothing is changed.

        Raises:
            PlacesAbsentError: The site has no camera of this name.
            EditRefusedError: The places cannot be used.
            OutputError: They cannot be written to be checked.
        """
        with self._editor.changing():
            settings = self._camera(camera)
            text = self._text(settings)
            wanted = change(plain(text) if text.strip() else {})
            if not wanted:
                return self._checked(camera, None, PlacesSettings(), settings)
            with _beside(self._target(camera, settings), self._new_text(text, wanted)) as partial:
                return self._checked(camera, partial, None, settings)

    def change(
        self,
        camera: str,
        change: Callable[[dict[str, Any]], dict[str, Any]],
        *,
        tag: str | None,
        account: str,
        record: Callable[[Mapping[str, str]], None],
    ) -> dict[str, str]:
        """Change the places of a camera, and use them; return each key that changes, with its old and new value.

        Args:
            camera: Its name.
            change: Returns the new content for the present one; {} = the camera has no places from now on.
            tag: Entity tag of what was edited; None = whatever is there now.
            account: Who changes it.
            record: Logs the change before it is made.

        Raises:
            PlacesAbsentError: The site has no camera of this name.
            EditRefusedError: The places cannot be used; nothing is changed.
            EditedError: Somebody else has changed them meanwhile.
            AuditError: It cannot be logged; nothing is changed.
            OutputError: It cannot be written; nothing is changed.
        """
        with self._editor.changing():
            settings = self._camera(camera)
            text = self._text(settings)
            self._editor.require_tag(tag, text, f"the places of {camera} have changed; read them again")
            wanted = change(plain(text) if text.strip() else {})
            target = self._target(camera, settings)
            if not wanted:
                made = self._checked(camera, None, PlacesSettings(), settings)
                record(made)
                self._editor.use_places(camera, None, account=account)
                return made
            with _beside(target, self._new_text(text, wanted)) as partial:
                made = self._checked(camera, partial, None, settings)
                record(made)
                _exchange(partial, target)
                try:
                    self._editor.use_places(camera, target, account=account)
                except BaseException:
                    self._put_back(target, text, had=settings.places is not None)
                    raise
            return made

    def _target(self, camera: str, settings: CameraSettings) -> Path:
        return settings.places or self._editor.folder / f"{camera}.places.yaml"

    def _new_text(self, text: str, wanted: Mapping[str, Any]) -> str:
        """Return a places file with other content.

        Raises:
            EditRefusedError: It names a variable or a file that is not in the present one.
        """
        new = merged(text, wanted)
        if references(new) - (references(text) if text.strip() else set()):
            raise EditRefusedError([EditProblem("", 0, "${...} is not allowed in places; write the value itself")])
        return new

    def _checked(
        self, camera: str, path: Path | None, places: PlacesSettings | None, old: CameraSettings
    ) -> dict[str, str]:
        """Check a site with other places of a camera, and return what differs."""
        try:
            self._editor.check_places(camera, path)
        except EditRefusedError as error:
            raise EditRefusedError([_without(each, path) for each in error.problems]) from error
        before = read_places(old.places) if old.places else PlacesSettings()
        after = places if path is None else read_places(path)
        assert after is not None  # noqa: S101 - one of them is given
        return settings_difference(before, after)

    def _camera(self, name: str) -> CameraSettings:
        for each in self._editor.site.cameras:
            if each.name == name:
                return each
        msg = "the site has no camera of this name; /api/cameras lists them"
        raise PlacesAbsentError(msg)

    def _text(self, camera: CameraSettings) -> str:
        try:
            return camera.places.read_text(encoding="utf-8") if camera.places else ""
        except (OSError, UnicodeDecodeError) as error:
            problem = f"{camera.places} cannot be read; restore it"
            raise EditRefusedError([EditProblem("places", 0, problem)]) from error

    def _put_back(self, target: Path, text: str, *, had: bool) -> None:
        if not had:
            target.unlink(missing_ok=True)
            return
        with _beside(target, text) as partial:
            _exchange(partial, target)


def _without(problem: EditProblem, path: Path | None) -> EditProblem:
    """Return a problem without the name of the file that was checked."""
    return replace(problem, text=problem.text.replace(f"{path}: ", ""))


@contextmanager
def _beside(target: Path, text: str) -> Iterator[Path]:
    """Give a hidden file beside another one, which is removed at the end if it is still there."""
    partial = temporary_name(target)
    try:
        try:
            partial.write_text(text, encoding="utf-8")
            if target.exists():
                partial.chmod(target.stat().st_mode & 0o777)
        except OSError as error:
            raise write_error(target, error) from error
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _exchange(partial: Path, target: Path) -> None:
    try:
        partial.replace(target)
        sync_folder(target.absolute().parent)
    except OSError as error:
        raise write_error(target, error) from error
