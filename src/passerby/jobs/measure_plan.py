"""Plan a measurement: which recordings, their names in the signals, when they began, and where copies go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from passerby.errors import SourceError, UsageError
from passerby.jobs.redact_plan import PICTURES, RedactPlan, default_target, named_folder, sources
from passerby.settings.places import read_places
from passerby.signals.signal import Name

SIGNS = "/ + # (reserved by MQTT and file systems)"
WHOLE_PICTURE = ["picture"]
"""The place that is measured if no places file is given."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MeasuredRecording:
    """One recording to measure.

    Args:
        clip: The file.
        site: Name of the site in its signals.
        places: Places file; None = the whole picture is one zone.
        start: When it began; None = where the one before ended; the first one in 1970.
        copy: File for a covered copy with lines and numbers on it; None = not written.
    """

    clip: Path
    site: str
    places: Path | None = None
    start: datetime | None = None
    copy: Path | None = None


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """The options that apply to all recordings.

    Args:
        places: Places files: none, one for all, or one for each.
        starts: When they began: not given, one time for all, or one for each.
        site: Name of the site in the signals; "" = each recording's own.
        video: File or folder for the covered copies; "" = not written.
        one_camera: Whether one camera made the recordings, one after the other.
    """

    places: Sequence[Path] = ()
    starts: Sequence[datetime] = ()
    site: str = ""
    video: str = ""
    one_camera: bool = False


def recordings(names: Sequence[str], given: MeasureRequest) -> tuple[list[MeasuredRecording], list[str]]:
    """Find the recordings for names, folders and patterns, and return them with notes on what was left out.

    Raises:
        SourceError: There is no such file.
        UsageError: An option does not fit the number of recordings, or two of them would have the same name.
    """
    made = RedactPlan([], [], [])
    found = sources(names, made)
    if made.refused:
        raise SourceError("\n".join(map(str, made.refused)))
    videos = [path for path in found if path.suffix.lower() not in PICTURES or str(path) in names]
    clips = videos or found
    if len(clips) < len(found):
        made.notes.append(f"images left out: {len(found) - len(clips)}; name them explicitly to count people in them")
    starts: list[datetime | None] = [*given.starts]
    if given.one_camera and len(starts) == 1:
        starts += [None] * (len(clips) - 1)
    each_start = _each("--start", starts, clips)
    each_place = _each("--places", [*given.places], clips)
    copies = _copies(clips, given.video, many=len(clips) > 1 or any(Path(name).is_dir() for name in names))
    if given.site:
        _require_name(given.site)
    site = given.site or (site_named(clips[0]) if given.one_camera else "")
    planned = [
        MeasuredRecording(clip, site or site_named(clip), places, start, copy)
        for clip, places, start, copy in zip(clips, each_place, each_start, copies, strict=True)
    ]
    if not given.one_camera:
        _refuse_doubles(planned)

    return planned, made.notes


def site_named(clip: Path) -> str:
    """Return a valid site name for a recording.

    >>> site_named(Path("Hall #2.mp4"))
    'Hall 2'
    """
    words = re.sub(r"[^\w .-]+", "", clip.stem).strip(" .-")
    return words[:64].strip() or "recording"


def _require_name(site: str) -> None:
    """Check that the site name is valid in signals, before the work starts."""
    try:
        TypeAdapter(Name).validate_python(site)
    except ValidationError as error:
        msg = f"--site {site}: start with a letter or digit, without {SIGNS}, and use at most 64 characters"
        raise UsageError(msg) from error


def _each(flag: str, values: Sequence[T | None], clips: Sequence[Path]) -> Sequence[T | None]:
    """Return the value of an option for each recording."""
    if len(values) <= 1:
        return [*values, None][:1] * len(clips)
    if len(values) != len(clips):
        msg = f"{flag}: given {len(values)} times for {len(clips)} recordings; give it once, or once for each in order"
        raise UsageError(msg)
    return values


def _copies(clips: Sequence[Path], video: str, *, many: bool) -> list[Path | None]:
    """Return where each covered copy goes."""
    if not video:
        return [None] * len(clips)
    folder = named_folder(video, "--video", many=many)
    copies = [Path(video) if folder is None else default_target(clip, folder) for clip in clips]
    for at, copy in enumerate(copies):
        if copy in copies[:at]:
            other = clips[copies.index(copy)]
            msg = f"{clips[at]}: its copy would be {copy}, the same as that of {other}; measure it in a separate run"
            raise UsageError(msg)
    return [*copies]


def _refuse_doubles(planned: Sequence[MeasuredRecording]) -> None:
    """Refuse two recordings whose signals would have the same names."""
    taken: dict[tuple[str, str], Path] = {}
    for each in planned:
        for place in WHOLE_PICTURE if each.places is None else read_places(each.places).names():
            other = taken.setdefault((each.site, place), each.clip)
            if other != each.clip:
                msg = (
                    f"{other} and {each.clip}: both would be place '{place}' of site '{each.site}'; rename one, leave "
                    f"--site out, or add --one-camera if one camera recorded them one after the other"
                )
                raise UsageError(msg)
