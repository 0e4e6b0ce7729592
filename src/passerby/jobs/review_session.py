"""One review of one recording: changes, where regions lead, second looks, and the new copy. It gives out no pixel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from passerby.assembly.copy_checker import CopyChecker
from passerby.assembly.edited import FollowedRegions, second_look_at
from passerby.assembly.loudness import loudness
from passerby.assembly.silencing import has_sound
from passerby.errors import PasserbyError, UsageError
from passerby.jobs.redact_file import write_json
from passerby.jobs.review_files import ReviewFiles, make_copy
from passerby.jobs.review_state import has_all_edits, missing_approval, require_allowed
from passerby.jobs.task import Progress
from passerby.release.exemption import kinds_of
from passerby.reports.redaction import RedactionReport
from passerby.review.edits import OpenedCover, RegionEdit, SecondLook
from passerby.review.journal import EditChange, EditsJournal
from passerby.settings.options import RedactOptions
from passerby.settings.reasons import SiteReasons


@dataclass(slots=True)
class CopyProgress:
    """How far a new copy is.

    Args:
        running: Whether it is being made.
        stage: What is done.
        frames: Frames done.
        expected: Frames to do, if known.
        problem: Why it could not be made ("" = it could, or none was tried).
        version: How many copies were made in this review.
    """

    running: bool = False
    stage: str = ""
    frames: int = 0
    expected: int | None = None
    problem: str = ""
    version: int = 0


@dataclass(slots=True)
class ReviewSession:
    """What the page asks for; safe from several threads.

    Args:
        files: The files of the review.
        options: How the recording is covered.
        journal: The changes.
        report: Of the copy that is there.
        reviewer: Who reviews.
        reasons: The site's list of reasons (None = it has none).
    """

    files: ReviewFiles
    options: RedactOptions
    journal: EditsJournal
    report: RedactionReport
    reviewer: str
    reasons: SiteReasons | None = None
    copying: CopyProgress = field(default_factory=CopyProgress)
    regions: FollowedRegions = field(init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _looking: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _checker: CopyChecker | None = field(default=None, repr=False)
    _sound: tuple[str, dict[str, JsonValue]] = field(default=("", {}), repr=False)

    def __post_init__(self) -> None:
        """Remember where regions lead."""
        self.regions = FollowedRegions(self.files.recording)

    def state(self) -> dict[str, JsonValue]:
        """Return what the page shows, without the times and boxes of each frame."""
        with self._lock:
            shown: dict[str, JsonValue] = {
                "recording": self.files.recording.name,
                "reviewer": self.reviewer,
                "report": self.report.model_dump(mode="json", exclude={"boxes", "options", "models"}),
                "kinds": [*kinds_of(self.report)],
                "copying": self._progress(),
                "reasons": None if self.reasons is None else self.reasons.model_dump(mode="json"),
            }
            return shown | self.edits()

    def edits(self) -> dict[str, JsonValue]:
        """Return the edits, and how many changes can be taken back and made again."""
        with self._lock:
            edits = self.journal.edits
            return {
                "edits": edits.model_dump(mode="json", exclude_none=True),
                "undoable": self.journal.undoable,
                "redoable": self.journal.redoable,
                "up_to_date": has_all_edits(self.report, edits),
                "missing": missing_approval(edits),
            }

    def frames(self) -> dict[str, JsonValue]:
        """Return the time of each frame of the copy, s, and its covered boxes, px."""
        boxes = self.report.boxes or []
        return {
            "times_s": [each.time_s for each in boxes],
            "boxes_px": [[list(box) for box in each.boxes_px] for each in boxes],
        }

    def sound(self) -> dict[str, JsonValue]:
        """Return how loud the covered copy is over time; levels only, no sound. Without sound, there are none.

        Raises:
            SourceError: The copy cannot be read.
        """
        with self._lock:
            copy = self.report.copy_sha256
            known, answer = self._sound
        if known != copy:
            found = loudness(self.files.copy)
            answer = {"levels": None, "in_recording": found is not None or has_sound(self.files.recording)}
            if found is not None:
                answer |= {"levels": [*found.levels], "per_s": found.per_s}
            with self._lock:
                self._sound = copy, answer
        return answer

    def change(self, change: EditChange) -> dict[str, JsonValue]:
        """Make a change and return the edits.

        Raises:
            UsageError: It does not fit, or an approval does not allow it.
            OutputError: It cannot be stored.
        """
        with self._lock:
            require_allowed(change, self.journal.edits, self.report)
            return self._stored(lambda: self.journal.change(change))

    def undo(self) -> dict[str, JsonValue]:
        """Take back the latest change and return the edits."""
        with self._lock:
            return self._stored(self.journal.undo)

    def redo(self) -> dict[str, JsonValue]:
        """Make the change again that was taken back last, and return the edits."""
        with self._lock:
            return self._stored(self.journal.redo)

    def follow(self, region: RegionEdit) -> dict[str, JsonValue]:
        """Return where a region leads: for each frame its time, s, its places, px, and whether it was found.

        Raises:
            SourceError: The recording cannot be read.
        """
        found = self.regions.of(region)
        frames: list[JsonValue] = [
            [round(time_s, 6), [[[round(x, 1), round(y, 1)] for x, y in place] for place in places], sure]
            for time_s, places, sure in zip(found.times_s, found.places, found.sure, strict=True)
        ]
        return {"frames": frames}

    def look(self, piece: OpenedCover) -> SecondLook:
        """Return what other networks say of a piece that is to be opened.

        Raises:
            UsageError: The recording is locked against openings.
            SourceError: The recording cannot be read.
            DetectorError: A network failed.
        """
        if self.journal.edits.openings_locked:
            msg = "this recording is locked against openings"
            raise UsageError(msg)
        with self._looking:
            self._checker = self._checker or CopyChecker(self.options)
            answer = second_look_at(piece, self.files.recording, checking=self._checker.prepare)
            networks = [model.name for model in self._checker.models]
        return SecondLook(suspects=answer.suspects, networks=networks, frames=max(1, answer.frames))

    def save(self) -> Path:
        """Write the edits file and return where it is.

        Raises:
            OutputError: It cannot be written.
        """
        with self._lock:
            write_json(self.journal.edits.to_json(), self.files.edits)
            return self.files.edits

    def save_rules(self) -> None:
        """Write the edits file if openings are locked or two persons must approve: the next review must know it.

        Raises:
            OutputError: It cannot be written.
        """
        if self.journal.edits.openings_locked or self.journal.edits.two_reviewers:
            self.save()

    def save_changes(self) -> None:
        """Write the edits file if changes were made that it does not have, such as doubts that were accepted last.

        Raises:
            OutputError: It cannot be written.
        """
        with self._lock:
            text = self.journal.edits.to_json()
            there = self.files.edits.read_text() if self.files.edits.exists() else None
            if self.journal.undoable + self.journal.redoable and there != text:
                write_json(text, self.files.edits)

    def start_copy(self) -> None:
        """Save the edits, and begin to make a new copy with them in another thread.

        Raises:
            UsageError: One is being made.
            OutputError: The edits cannot be written.
        """
        with self._lock:
            if self.copying.running:
                msg = "a copy is being made; wait for it"
                raise UsageError(msg)
            self.save()
            self.copying = CopyProgress(running=True, stage="covering", version=self.copying.version)
        threading.Thread(target=self._copy, name="passerby-review-copy", daemon=True).start()

    def _stored(self, change: Callable[[], object]) -> dict[str, JsonValue]:
        """Make a change; where it is about approvals or reasons, the edits file has it at once: a release reads it."""
        before = self.journal.edits
        change()
        after = self.journal.edits
        if (after.reviews, after.reasons) != (before.reviews, before.reasons):
            self.save()
        return self.edits()

    def progress(self) -> JsonValue:
        """Return how far a new copy is."""
        with self._lock:
            return self._progress()

    def _progress(self) -> JsonValue:
        mine = self.copying
        return {
            "running": mine.running,
            "stage": mine.stage,
            "frames": mine.frames,
            "expected": mine.expected,
            "problem": mine.problem,
            "version": mine.version,
        }

    def _copy(self) -> None:
        options = self.options.model_copy(update={"edits": self.files.edits})
        self._finish(lambda: make_copy(self.files, options, replace=True, progress=self._show))

    def _finish(self, make: Callable[[], RedactionReport]) -> None:
        problem, report = "the copy was not made: passerby failed; see its terminal", None
        try:
            report = make()
            problem = ""
        except PasserbyError as error:
            problem = str(error)
        finally:
            with self._lock:
                if report is not None:
                    self.report = report
                    self.copying.version += 1
                self.copying.problem = problem
                self.copying.running = False

    def _show(self, progress: Progress) -> None:
        with self._lock:
            self.copying.stage = progress.stage
            self.copying.frames = progress.frames
            self.copying.expected = progress.expected
