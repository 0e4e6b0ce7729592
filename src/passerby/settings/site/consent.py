"""Which changes of a site file a second person must agree to, if the site wants that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from passerby.settings.site.accounts import TwoPersonRule
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.difference import settings_difference
from passerby.settings.site.site import SiteSettings

_EFFORTS: Final = ("fast", "balanced", "thorough")
_LARGER_IS_MORE: Final = ("delay_s", "hold_s")
_SUPERSET_IS_MORE: Final = ("cover", "detectors", "masks")
_ANY_CHANGE: Final = ("style", "shape", "plan")


@dataclass(frozen=True, slots=True)
class ConsentNeed:
    """A change that needs a second person.

    Args:
        rule: Which of the rules it falls under.
        subject: The camera, or the site where it concerns all of them.
        details: What changes: each key with its old and new value.
    """

    rule: TwoPersonRule
    subject: str
    details: dict[str, str]


def consent_needs(old: SiteSettings, new: SiteSettings) -> list[ConsentNeed]:
    """Return what of a change needs a second person by the rules of the present site file.

    Whoever takes a rule away needs the consent that it asks for.

    Args:
        old: The settings in use.
        new: Those that are to be used.
    """
    return [each for each in _needs(old, new) if each.rule in old.accounts.two_persons]


def _needs(old: SiteSettings, new: SiteSettings) -> Iterator[ConsentNeed]:
    if new.recording.retention_h > old.recording.retention_h:
        hours = f"{old.recording.retention_h:g} -> {new.recording.retention_h:g}"
        yield ConsentNeed("longer_retention", old.site, {"recording.retention_h": hours})
    cameras = {each.name: each for each in new.cameras}
    for before in old.cameras:
        after = cameras.get(before.name)
        if after is None:
            yield ConsentNeed("delete_camera", before.name, {f"cameras.{before.name}": "removed"})
        elif less := _less_cover(before, after):
            changed = settings_difference(before, after)
            yield ConsentNeed("less_cover", before.name, {key: changed[key] for key in less})
    for name in new.public.pictures:
        if name not in old.public.pictures:
            yield ConsentNeed("public_pictures", name, {"public.pictures": f"with {name}"})
        elif new.public.delay_min < old.public.delay_min:
            minutes = f"{old.public.delay_min} -> {new.public.delay_min}"
            yield ConsentNeed("public_pictures", name, {"public.delay_min": minutes})
    for rule in sorted(old.accounts.two_persons - new.accounts.two_persons):
        yield ConsentNeed(rule, old.site, {"accounts.two_persons": f"without {rule}"})


def _less_cover(before: CameraSettings, after: CameraSettings) -> list[str]:
    """Return the keys that may lower the cover of a camera; in doubt, a change does."""
    less = [key for key in _LARGER_IS_MORE if getattr(after, key) < getattr(before, key)]
    less += [key for key in _SUPERSET_IS_MORE if not set(getattr(after, key)) >= set(getattr(before, key))]
    less += [key for key in _ANY_CHANGE if getattr(after, key) != getattr(before, key)]
    efforts = [str(each.effort) for each in (before, after)]
    if efforts[0] != efforts[1]:
        known = all(each in _EFFORTS for each in efforts)
        if not known or _EFFORTS.index(efforts[1]) < _EFFORTS.index(efforts[0]):
            less.append("effort")
    return less
