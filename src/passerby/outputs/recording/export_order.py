"""What is to be exported and why, how far it has come, and the report that goes with the files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from passerby.outputs.recording.export import Exported
from passerby.outputs.recording.segment import file_hash

REPORT: Final = "report.json"
_FORMAT: Final = "passerby export report 1"


class ExportState(StrEnum):
    """How far an export has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What is to be exported, and why.

    Args:
        by: Name of the account that asks.
        cameras: Names of the cameras.
        begin: Start, UTC.
        end: End, UTC.
        reason: Why, in the person's own words.
        case: Number of the case that it belongs to; "" = none.
        requests: Number of the request to which a second person has agreed, by camera.
    """

    by: str
    cameras: tuple[str, ...]
    begin: datetime
    end: datetime
    reason: str
    case: str = ""
    requests: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of an export.

    Args:
        name: Of the file.
        camera: Name of the camera.
        begin: Time of its first picture, UTC.
        end: Time of its last picture, UTC.
        pictures: How many.
        gaps: Times that it skips: start and end, UTC.
        size: Bytes.
        sha256: Of the file, hexadecimal.
    """

    name: str
    camera: str
    begin: datetime
    end: datetime
    pictures: int
    gaps: tuple[tuple[datetime, datetime], ...]
    size: int
    sha256: str

    @classmethod
    def of(cls, camera: str, made: Exported) -> ExportedFile:
        """Return what there is to say of a file that was exported.

        Raises:
            OSError: It cannot be read.
        """
        size, sha256 = made.path.stat().st_size, file_hash(made.path)
        return cls(made.path.name, camera, made.begin, made.end, made.pictures, made.gaps, size, sha256)


@dataclass(frozen=True, slots=True)
class ExportJob:
    """An export and how far it has come.

    Args:
        number: Its number; nobody can guess it.
        order: What is exported.
        asked: When, UTC.
        state: How far it has come.
        share: How much of it is done, [0, 1].
        problem: Why it failed; "" = it has not.
        finished: When it was done, failed or was cancelled, UTC; None = it was not.
        files: The files, once all are there.
        report_sha256: Of the report, hexadecimal, as the audit log has it; "" = there is none.
    """

    number: str
    order: ExportOrder
    asked: datetime
    state: ExportState = ExportState.WAITING
    share: float = 0.0
    problem: str = ""
    finished: datetime | None = None
    files: tuple[ExportedFile, ...] = ()
    report_sha256: str = ""

    @property
    def over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.state in {ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED}

    def report(self) -> bytes:
        """Return the report that goes with the files: what was exported, why, and a hash of each file."""
        said = {"format": _FORMAT, "export": self.number, "asked": self.asked, "finished": self.finished}
        said |= asdict(self.order) | {"files": [asdict(each) for each in self.files]}
        return json.dumps(said, indent=2, ensure_ascii=False, default=_text).encode() + b"\n"


def job_from_report(path: Path) -> ExportJob:
    """Return the finished export of which a report tells.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not a report of an export.
    """
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
        if said.pop("format") != _FORMAT:
            msg = f"{path}: not a report of an export"
            raise ValueError(msg)
        files = tuple(_file(each) for each in said.pop("files"))
        number, asked, finished = (said.pop(name) for name in ("export", "asked", "finished"))
        said |= {"cameras": tuple(said["cameras"])} | {name: _time(said[name]) for name in ("begin", "end")}
        done = ExportJob(number, ExportOrder(**said), _time(asked), ExportState.DONE, 1.0, files=files)
    except (KeyError, TypeError, AttributeError) as error:
        msg = f"{path}: not a report of an export"
        raise ValueError(msg) from error
    return replace(done, finished=_time(finished), report_sha256=file_hash(path))


def _file(said: dict[str, Any]) -> ExportedFile:
    said |= {name: _time(said[name]) for name in ("begin", "end")}
    said["gaps"] = tuple((_time(begin), _time(end)) for begin, end in said["gaps"])
    return ExportedFile(**said)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(value: object) -> str:
    assert isinstance(value, datetime)  # noqa: S101 - all else is JSON already
    return value.isoformat()
