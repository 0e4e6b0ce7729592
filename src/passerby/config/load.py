"""The site file: read, checked, and compared with the one that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from passerby.config.places import read_places
from passerby.config.site import CameraSettings, SiteSettings
from passerby.config.yaml_file import line_of, read_settings
from passerby.errors import SettingError, UsageError


def load_site(path: Path, *, environment: Mapping[str, str] | None = None) -> SiteSettings:
    """Read a site file.

    Args:
        path: The file.
        environment: Where `${NAME}` is looked up; the process's own by default.

    Raises:
        UsageError: It cannot be read or is wrong; one line for each error: file:line: key and the mend.
    """
    site = read_settings(path, SiteSettings, environment=environment)
    _check_places(path, site)
    return site


@contextmanager
def located(path: Path | None) -> Iterator[None]:
    """Let an error about a setting say where it stands.

    Args:
        path: The site file; None where there is none.

    Raises:
        UsageError: A setting cannot be used: file:line: key and the mend.
    """
    try:
        yield
    except SettingError as error:
        if path is None:
            raise
        msg = f"{path}:{line_of(path, error.key)}: {error}"
        raise UsageError(msg) from error


def places_of(site: SiteSettings) -> dict[str, list[str]]:
    """Return the names of the places before each camera that has some.

    Raises:
        UsageError: A places file cannot be read or is wrong.
    """
    return {camera.name: read_places(camera.places).names() for camera in site.cameras if camera.places}


def _check_places(path: Path, site: SiteSettings) -> None:
    """Refuse places of one name, and areas made of places that are not there.

    Raises:
        UsageError: So it is, or a places file is wrong.
    """
    names = [name for of_camera in places_of(site).values() for name in of_camera]
    names += [counter.place for counter in site.signals.counters]
    wrong = [
        f"{path}: two cameras or counters have a place '{name}'; give each its own name"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    for area in site.signals.areas:
        if area.name in names:
            wrong.append(f"{path}: area '{area.name}' has the name of a place; give it its own")
        wrong += [
            f"{path}: area '{area.name}': no camera or counter has a place '{part}'; there are {', '.join(names)}"
            for part in (*area.zones, *area.doors)
            if part not in names
        ]
    if wrong:
        raise UsageError("\n".join(wrong))


@dataclass(frozen=True, slots=True)
class CameraChanges:
    """What a new site file asks of the cameras; those in none of the lists go on untouched.

    Args:
        start: Cameras that run only by the new file.
        stop: Names of cameras that run only by the old file.
        restart: Cameras with other settings than before.
        with_restart: Names of other settings that take effect at the next start of the gateway only.
    """

    start: tuple[CameraSettings, ...]
    stop: tuple[str, ...]
    restart: tuple[CameraSettings, ...]
    with_restart: tuple[str, ...]


def camera_changes(old: SiteSettings, new: SiteSettings) -> CameraChanges:
    """Return what must be done to go from one site file to another."""
    before = {camera.name: camera for camera in old.cameras if camera.enabled}
    after = {camera.name: camera for camera in new.cameras if camera.enabled}
    recording_differs = old.recording != new.recording
    kept = [(before[name], camera) for name, camera in after.items() if name in before]
    return CameraChanges(
        start=tuple(camera for name, camera in after.items() if name not in before),
        stop=tuple(name for name in before if name not in after),
        restart=tuple(now for was, now in kept if was != now or (recording_differs and now.record)),
        with_restart=tuple(
            name
            for name in ("site", "timezone", "state_folder", "web", "mqtt", "signals")
            if getattr(old, name) != getattr(new, name)
        ),
    )
