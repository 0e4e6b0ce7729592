"""Plan a run: which files to cover, and the name of each covered copy."""

from __future__ import annotations

import glob
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from passerby.assembly.source_kind import is_image
from passerby.errors import PasserbyError, SourceError, UsageError
from passerby.jobs.task import FileTask
from passerby.media.file_name import why_no_file
from passerby.outputs.files.codecs import target_suffix
from passerby.outputs.files.picture import IMAGE_SUFFIXES
from passerby.outputs.partial import require_short_name

PICTURES = frozenset({".avif", ".bmp", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
UNREADABLE = frozenset({".heic", ".heif", ".jp2", ".jxl"})
"""Images that are refused by name: a folder must not leave out a phone's photos in silence."""
VIDEOS = frozenset(
    {
        ".264",
        ".265",
        ".3gp",
        ".apng",
        ".asf",
        ".avi",
        ".flv",
        ".gif",
        ".h264",
        ".h265",
        ".hevc",
        ".ivf",
        ".m2ts",
        ".m4v",
    }
    | {".mjpeg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv"}
)
"""File extensions taken from a folder; a file that is named explicitly is tried whatever its name."""

MARK = "_redacted"


@dataclass(frozen=True, slots=True)
class RedactPlan:
    """What a run will do.

    Args:
        tasks: Files to cover, in order.
        refused: What cannot be done, and why.
        notes: What was left out deliberately, one line each.
        done: Files that an earlier run covered.
    """

    tasks: list[FileTask]
    refused: list[PasserbyError]
    notes: list[str]
    done: list[FileTask] = field(default_factory=list)


def default_target(source: Path, folder: Path | None = None, *, codec: str = "h264") -> Path:
    """Return the name of a covered copy: next to its source, or in a folder.

    The content decides, not the name: an image stays an image, everything that moves becomes a video. The
    extension is kept if it can hold the copy: of a video, the codec with exact timestamps.

    >>> default_target(Path("hall/door.avi")).as_posix()
    'hall/door_redacted.mp4'
    >>> default_target(Path("face.JPG"), Path("out")).as_posix()
    'out/face_redacted.JPG'
    """
    image = is_image(source)
    if image is None:  # it is refused when it is opened; until then its name decides
        image = source.suffix.lower() in PICTURES
    if image:
        suffix = source.suffix if source.suffix.lower() in IMAGE_SUFFIXES else ".png"
    else:
        suffix = target_suffix(source, codec)
    name = source.stem + MARK + suffix
    return (folder if folder is not None else source.parent) / name


@dataclass(frozen=True, slots=True)
class Companions:
    """Where files beside the copies go, each a file or, of several sources, a folder; "" = not wanted.

    Args:
        boxes: The covered boxes of each frame, CSV.
        sheet: A contact sheet of the copy, PNG.
        annex: Which source the copy was made of, JSON; private.
    """

    boxes: str = ""
    sheet: str = ""
    annex: str = ""


def plan(
    names: Sequence[str],
    out: str = "",
    report: str = "",
    *,
    codec: str = "h264",
    companions: Companions = Companions(),
    resume: bool = False,
) -> RedactPlan:
    """Find the files for names, folders and patterns, and name their copies.

    Args:
        names: Files, folders and patterns such as `cam*/*.mp4`.
        out: File or folder for the copies ("" = each next to its source).
        report: File or folder for the reports ("" = none).
        codec: Codec of the copies of videos.
        companions: What else is written beside each copy.
        resume: Whether to leave out sources whose copies are there, complete and newer than the sources.

    Raises:
        UsageError: `out`, `report` or a companion is a file, but there are several sources.
    """
    made = RedactPlan([], [], [])
    found = sources(names, made)
    many = len(found) > 1 or any(not why_no_file(name) and Path(name).is_dir() for name in names)
    folder = named_folder(out, "-o", many=many)
    report_of = _namer(report, "--report", ".json", many=many)
    boxes_of = _namer(companions.boxes, "--boxes-csv", ".boxes.csv", many=many)
    sheet_of = _namer(companions.sheet, "--sheet", ".sheet.png", many=many)
    annex_of = _namer(companions.annex, "--annex", ".annex.json", many=many)
    taken: dict[Path, Path] = {}

    for source in found:
        target = Path(out) if out and folder is None else default_target(source, folder, codec=codec)
        other = taken.setdefault(target, source)
        if other != source:
            text = f"{source}: its copy would be {target}, as for {other}; cover it in a separate run with -o"
            made.refused.append(UsageError(text))
            continue
        task = FileTask(source, target, report_of(target), boxes_of(target), sheet_of(target), annex_of(target))
        (made.done if resume and _is_done(source, target) else made.tasks).append(task)

    if made.done:
        made.notes.append(f"{len(made.done)} left out: covered before (--resume)")
    return made


def _is_done(source: Path, target: Path) -> bool:
    """Return whether a copy is there and newer than its source; a copy gets its name when it is complete."""
    try:
        return target.stat().st_mtime_ns > source.stat().st_mtime_ns
    except OSError:
        return False


def _namer(name: str, flag: str, ending: str, *, many: bool) -> Callable[[Path], Path | None]:
    """Return what names the file beside a copy that an option asks for: in a folder, the copy's name and an ending."""
    folder = named_folder(name, flag, many=many)
    if folder is not None:
        return lambda target: folder / f"{target.name}{ending}"
    return lambda _: Path(name) if name else None


def sources(names: Sequence[str], made: RedactPlan) -> list[Path]:
    """Return the files for names, folders and patterns, in order and each once; note in the plan what is missing."""
    found: dict[Path, None] = {}
    for name in names:
        try:
            found.update(dict.fromkeys(_find(name, made.notes)))
        except PasserbyError as error:
            made.refused.append(error)
    return list(found)


def named_folder(name: str, flag: str, *, many: bool) -> Path | None:
    """Return the folder that an option names, or None if it names a file or nothing.

    Raises:
        UsageError: It is a file, but there are `many` sources.
    """
    if not name:
        return None
    path = Path(name)
    require_short_name(path, flag)
    if path.is_dir() or name.endswith("/"):
        return path
    if not many:
        return None
    if path.exists():
        msg = f"{flag} {name}: is a file, but there are several sources; name a folder"
        raise UsageError(msg)
    return path


def _find(name: str, notes: list[str]) -> list[Path]:
    reason = why_no_file(name)
    if reason:
        raise SourceError(reason)
    path = Path(name)
    if path.is_dir():
        return _in_folder(path, notes)
    if path.exists():
        return [path]
    if not glob.has_magic(name):
        msg = f"{name}: no such file; check the name"
        raise SourceError(msg)

    hits = sorted(map(Path, glob.glob(name, recursive=True)))  # noqa: PTH207 - the pattern may be absolute
    files = _unmarked([hit for hit in hits if hit.is_file()], notes)
    if not files:
        msg = f"{name}: no file matches; check the pattern"
        raise SourceError(msg)

    return files


def _in_folder(folder: Path, notes: list[str]) -> list[Path]:
    """Return the media files of one folder, not of subfolders: copies must not be scattered where nobody looks."""
    known = PICTURES | VIDEOS | UNREADABLE
    seen = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in known and path.is_file()]
    files = _unmarked([path for path in seen if not path.name.startswith(".")], notes)
    if not files:
        msg = f"{folder}: no video or picture in this folder; for subfolders, use '{folder}/**/*.mp4'"
        raise SourceError(msg)
    return files


def _unmarked(paths: list[Path], notes: list[str]) -> list[Path]:
    """Return the paths without those whose names mark them as covered copies, and note how many were dropped."""
    kept = [path for path in paths if not path.stem.endswith(MARK)]
    if len(kept) < len(paths):
        notes.append(f"{len(paths) - len(kept)} left out: covered copies by their names (*{MARK}.*)")
    return kept
