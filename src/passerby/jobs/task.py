"""Tasks and progress events of jobs: data only, quick to import."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from passerby.errors import PasserbyError
from passerby.media.piece import RecordingPiece
from passerby.process.exit_status import DONE, IN_DOUBT, exit_code
from passerby.settings.options import RedactOptions

if TYPE_CHECKING:
    from passerby.jobs.signing import Signing

SEARCHING = "searching"
"""The stage in which settings are tried, not frames done."""


@dataclass(frozen=True, slots=True)
class TaskPart:
    """Which part of covering a long recording a task is.

    Args:
        pieces: All pieces of the recording, in order.
        frames: How many frames the recording has.
        number: Which piece is covered, counted from 0; None = all are covered, and are joined.
        folder: Where covered pieces wait.
    """

    pieces: tuple[RecordingPiece, ...]
    frames: int
    number: int | None
    folder: Path

    def video(self, number: int, suffix: str) -> Path:
        """Return the file with a piece's own frames, covered."""
        return self.folder / f"{number:04}{suffix}"

    def log(self, number: int) -> Path:
        """Return the file that says what is covered in a piece; it is written last."""
        return self.folder / f"{number:04}.json"


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to cover.

    Args:
        source: The file to read.
        target: The covered copy.
        report: File for the report, if any.
        boxes: Where to write the covered boxes of each frame as CSV, if anywhere.
        sheet: Where to write a contact sheet of the copy, if anywhere.
        annex: Where to write which source the copy was made of, if anywhere; it is not for those who get the copy.
        part: Which part of the work this is (None = all of it).
    """

    source: Path
    target: Path
    report: Path | None = None
    boxes: Path | None = None
    sheet: Path | None = None
    annex: Path | None = None
    part: TaskPart | None = None

    @property
    def outputs(self) -> dict[str, Path]:
        """Files that the task writes, by the option that names them."""
        if self.part is not None and self.part.number is not None:
            number = self.part.number
            return {"-o": self.part.video(number, self.target.suffix), "--report": self.part.log(number)}
        named = {"-o": self.target, "--report": self.report, "--boxes-csv": self.boxes}
        named |= {"--sheet": self.sheet, "--annex": self.annex}
        return {option: path for option, path in named.items() if path is not None}


@dataclass(frozen=True, slots=True)
class RedactOrder:
    """How to cover each file.

    Args:
        options: What to cover, and how.
        keep_boxes: Include the boxes of each frame in the report.
        replace: Overwrite an existing copy or report.
        threads: Processor threads to use; 0 = all.
        signing: How copies are signed (None = not at all).
    """

    options: RedactOptions = field(default_factory=RedactOptions)
    keep_boxes: bool = False
    replace: bool = False
    threads: int = 0
    signing: Signing | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of one file.

    Args:
        stage: What is done: "covering", "checking", "looking with effort ...", "searching".
        frames: Frames done; while searching, settings tried.
        expected: Frames to do according to the file; None if it does not say.
        whole: Frames covered whole so far.
    """

    stage: str
    frames: int
    expected: int | None
    whole: int


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of one file of a run."""

    task: FileTask
    progress: Progress


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file of a run ended.

    Args:
        task: The file.
        frames: Frames of its copy.
        whole: How many of them are covered whole.
        spots: How many spots the check of the copy suspects.
        covered_share: Mean share of the picture that is covered.
        over_90: How many frames are covered by more than 90 %.
        causes: What covered those, each with its number of frames, the most frequent first.
        shares: What covers the copy, each with its share of the picture, the largest first.
        error: Why there is no copy (None = there is one).
    """

    task: FileTask
    frames: int = 0
    whole: int = 0
    spots: int = 0
    covered_share: float = 0.0
    over_90: int = 0
    causes: tuple[tuple[str, int], ...] = ()
    shares: tuple[tuple[str, float], ...] = ()
    error: PasserbyError | None = None

    @property
    def code(self) -> int:
        """Exit status of this file alone."""
        if self.error is not None:
            return exit_code(self.error)
        return IN_DOUBT if self.whole or self.spots else DONE


Event = Step | Outcome
