"""Reads a site file, checks it, and compares it with the settings in use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from passerby.errors import SettingError, UsageError
from passerby.measure.overlap import Sited, overlap
from passerby.measure.place import Space
from passerby.settings.alert_places import unfit_rules
from passerby.settings.places import CountedClass, PlacesSettings, read_places
from passerby.settings.site.signals import AreaSettings
from passerby.settings.site.site import SiteSettings
from passerby.settings.yaml_file import line_of, read_settings

ZONE, LINE, COUNTER = "zone", "line", "counter"


def load_site(path: Path, *, environment: Mapping[str, str] | None = None) -> SiteSettings:
    """Read a site file.

    Args:
        path: The file.
        environment: Where `${NAME}` is looked up; by default the process's own.

    Raises:
        UsageError: It cannot be read or is wrong; one line for each error: file:line: key and what to do.
    """
    site = read_settings(path, SiteSettings, environment=environment)
    _check_places(path, site)
    return site


@contextmanager
def located(path: Path | None) -> Iterator[None]:
    """Add file and line to an error about a setting.

    Args:
        path: The site file; None if there is none.

    Raises:
        UsageError: A setting cannot be used: file:line: key and what to do.
    """
    try:
        yield
    except SettingError as error:
        if path is None:
            raise
        msg = f"{path}:{line_of(path, error.key)}: {error}"
        raise UsageError(msg) from error


def places_of(site: SiteSettings) -> dict[str, list[str]]:
    """Return the names of the places in view of each camera that has some.

    Raises:
        UsageError: A places file cannot be read or is wrong.
    """
    return {camera.name: read_places(camera.places).names() for camera in site.cameras if camera.places}


def _check_places(path: Path, site: SiteSettings) -> None:
    """Refuse places with the same name, and areas made of places that do not exist or overlap.

    Raises:
        UsageError: A place is refused, or a places file is wrong.
    """
    found = [*_kinds(site)]
    zones = dict(_zones(site))
    names = [name for name, _ in found]
    kinds = dict(found)
    wrong = [
        f"{path}: two cameras or counters have a place '{name}'; give each its own name"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    areas = [area.name for area in site.signals.areas]

    for area in site.signals.areas:
        if area.name in names or areas.count(area.name) > 1:
            wrong.append(f"{path}: area '{area.name}' has the name of a place or of another area; rename it")
        faults = [*_misplaced(area, kinds)] or [*_doubled(area, zones)]
        wrong += [f"{path}: area '{area.name}': {each}" for each in faults]

    wrong += [f"{path}: alerts: {each}" for each in unfit_rules(site)]
    if wrong:
        raise UsageError("\n".join(wrong))


def _kinds(site: SiteSettings) -> Iterator[tuple[str, str]]:
    """Yield each place of a site, and its kind."""
    for camera in site.cameras:
        if camera.places:
            places = read_places(camera.places)
            for line in places.lines:
                yield line.name, LINE if CountedClass.PERSON in line.count else "line that counts no persons"
            yield from ((zone.name, ZONE) for zone in places.zones)
    yield from ((counter.place, COUNTER) for counter in site.signals.counters)


def _misplaced(area: AreaSettings, kinds: Mapping[str, str]) -> Iterator[str]:
    """Yield which parts of an area cannot be used, and why."""
    for parts, wanted in ((area.zones, (ZONE, COUNTER)), (area.doors, (LINE, COUNTER))):
        for part in parts:
            if part not in kinds:
                yield f"no camera or counter has a place '{part}'; choose from {', '.join(kinds)}"
            elif kinds[part] not in wanted:
                yield f"'{part}' is a {kinds[part]}; an area needs zones, or doors (lines that count persons)"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A zone, the camera that sees it, and the plan that its metres refer to ("" = not given)."""

    sited: Sited
    camera: str
    plan: str


def _zones(site: SiteSettings) -> Iterator[tuple[str, _Seen]]:
    """Yield each zone of a site."""
    for camera in site.cameras:
        places = read_places(camera.places) if camera.places else PlacesSettings()
        ground = places.ground.ground() if places.ground else None
        plan = places.ground.plan if places.ground else ""
        for zone in places.zones:
            yield zone.name, _Seen(Sited(zone.zone(), ground), camera.name, plan)


def _doubled(area: AreaSettings, zones: Mapping[str, _Seen]) -> Iterator[str]:
    """Yield which zones of an area overlap: people who stand in both would be counted twice."""
    seen = [zones[name] for name in dict.fromkeys(area.zones) if name in zones]
    for one, other in combinations(seen, 2):
        names = f"zones '{one.sited.zone.name}' and '{other.sited.zone.name}'"
        space = _in_common(one, other)
        share = 0.0 if space is None else overlap(one.sited, other.sited, space)
        if not share:
            continue
        text = f"{names} overlap by {share:.0%} of the smaller one, and anyone in both would be counted twice"
        if one.camera == other.camera or one.plan:
            yield f"{text}; draw them so that they only touch"
        else:
            yield (
                f"{text} if cameras '{one.camera}' and '{other.camera}' share a ground; give both grounds the same "
                f"'plan' and draw the zones so that they only touch, or give each its own plan"
            )


def _in_common(one: _Seen, other: _Seen) -> Space | None:
    """Return the coordinates in which two zones can be compared; None = they share no coordinates."""
    spaces = {one.sited.zone.space, other.sited.zone.space}
    if one.camera == other.camera:
        return Space.PICTURE if spaces == {Space.PICTURE} else Space.GROUND
    if one.sited.ground is None or other.sited.ground is None or one.plan != other.plan:
        return None
    return Space.GROUND if one.plan or spaces == {Space.GROUND} else None


AT_START = ("state_folder", "web", "accounts", "audit")
"""Keys that a running gateway cannot change: folder and audit log are open, and visitors are signed in to the page."""


def reloaded(old: SiteSettings, new: SiteSettings) -> tuple[SiteSettings, tuple[str, ...]]:
    """Return the settings that a running gateway can use from a new site file, and the keys that need a restart.

    Args:
        old: The settings in use.
        new: The settings in the file.
    """
    waiting = tuple(name for name in AT_START if getattr(old, name) != getattr(new, name))
    return new.model_copy(update={name: getattr(old, name) for name in waiting}), waiting
