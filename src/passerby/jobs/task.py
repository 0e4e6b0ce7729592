"""What runners are asked to do and what they tell of it: data only, quick to load."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from passerby.errors import PasserbyError
from passerby.process.exit_status import DONE, IN_DOUBT, exit_code
from passerby.settings.options import RedactOptions


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to cover.

    Args:
        source: What is read.
        target: The covered copy.
        report: Where the report goes, if anywhere.
    """

    source: Path
    target: Path
    report: Path | None = None


@dataclass(frozen=True, slots=True)
class RedactOrder:
    """What is to be done with each file.

    Args:
        options: What is covered, and how.
        keep_boxes: Write the boxes of each frame to the report.
        replace: Overwrite an existing copy or report.
        threads: Processor threads to use; 0 = all.
    """

    options: RedactOptions = field(default_factory=RedactOptions)
    keep_boxes: bool = False
    replace: bool = False
    threads: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file is.

    Args:
        stage: "covering" or "checking".
        frames: Frames done.
        expected: Frames to do, as the file says; None when it does not say.
        whole: Frames covered whole so far.
    """

    stage: str
    frames: int
    expected: int | None
    whole: int


@dataclass(frozen=True, slots=True)
class Step:
    """How far one file of a run is."""

    task: FileTask
    progress: Progress


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one file of a run ended.

    Args:
        task: The file.
        frames: Frames of its copy.
        whole: How many of them are covered whole.
        spots: What the check of the copy suspects.
        error: Why there is no copy (None = there is one).
    """

    task: FileTask
    frames: int = 0
    whole: int = 0
    spots: int = 0
    error: PasserbyError | None = None

    @property
    def code(self) -> int:
        """Exit status of this file alone."""
        if self.error is not None:
            return exit_code(self.error)
        return IN_DOUBT if self.whole or self.spots else DONE


Event = Step | Outcome
