"""The recordings of a folder as a list of reviews: how far each is, and what people note about it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from passerby.errors import PasserbyError, UsageError
from passerby.jobs.redact_plan import VIDEOS, RedactPlan, sources
from passerby.jobs.release_folder import SUMS, record_of
from passerby.jobs.review_files import ReviewFiles, make_copy, review_files
from passerby.jobs.review_state import missing_approval
from passerby.jobs.signing import sha256_of
from passerby.jobs.task import Progress
from passerby.review.edits_file import read_edits
from passerby.review.job_book import JobBook, JobNote
from passerby.settings.options import RedactOptions


@dataclass(slots=True)
class ReviewList:
    """The list; safe from several threads.

    Args:
        folder: With the recordings.
        options: How a recording is covered that has no copy yet.
    """

    folder: Path
    options: RedactOptions
    _covering: dict[str, str] = field(default_factory=dict, repr=False)
    _problems: dict[str, str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def recordings(self) -> list[Path]:
        """Return the videos of the folder.

        Raises:
            SourceError: There is none, or the folder cannot be read.
        """
        plan = RedactPlan([], [], [])
        found = [each for each in sources([str(self.folder)], plan) if each.suffix.lower() in VIDEOS]
        if plan.refused:
            raise plan.refused[0]
        return found

    def rows(self) -> list[JsonValue]:
        """Return the list: name, state and notes of each recording, those due first on top."""
        notes = JobBook(self.folder).read()
        found = [(path, notes.get(path.name) or JobNote(recording=path.name)) for path in self.recordings()]
        found.sort(key=lambda each: (each[1].due is None, str(each[1].due), each[0].name))
        return [self._row(path, note) for path, note in found]

    def files_of(self, name: str) -> ReviewFiles:
        """Return the files of a recording of the list.

        Raises:
            UsageError: The list has no such recording.
            SourceError: The folder cannot be read.
        """
        path = next((each for each in self.recordings() if each.name == name), None)
        if path is None:
            msg = f"{name}: this folder has no such recording; load the page again"
            raise UsageError(msg)
        return review_files(path)

    def note(self, note: JobNote) -> None:
        """Store what somebody notes about a recording; fields that were not given stay.

        Raises:
            UsageError: The list has no such recording.
            OutputError: It cannot be stored.
        """
        self.files_of(note.recording)
        JobBook(self.folder).change(note)

    def cover(self, name: str) -> None:
        """Begin to cover a recording in another thread; one at a time.

        Raises:
            UsageError: Another one is being covered, or there is a copy.
        """
        files = self.files_of(name)
        if files.copy.exists():
            msg = f"{files.copy.name}: is there already; open the review"
            raise UsageError(msg)
        with self._lock:
            if self._covering:
                msg = f"{next(iter(self._covering))} is being covered; wait for it, or use passerby redact --jobs 2"
                raise UsageError(msg)
            self._covering[name] = "covering"
            self._problems.pop(name, None)
        threading.Thread(target=self._cover, args=(name, files), name="passerby-cover", daemon=True).start()

    def _cover(self, name: str, files: ReviewFiles) -> None:
        problem = "it was not covered: passerby failed; see its terminal"
        try:
            make_copy(files, self.options, replace=False, progress=lambda each: self._show(name, each))
            problem = ""
        except PasserbyError as error:
            problem = str(error)
        finally:
            with self._lock:
                self._covering.pop(name, None)
                if problem:
                    self._problems[name] = problem

    def _show(self, name: str, progress: Progress) -> None:
        with self._lock:
            self._covering[name] = f"{progress.stage}: {progress.frames} of {progress.expected or '?'} frames"

    def _row(self, path: Path, note: JobNote) -> JsonValue:
        with self._lock:
            covering, problem = self._covering.get(path.name, ""), self._problems.get(path.name, "")
        row: dict[str, JsonValue] = note.model_dump(mode="json")
        try:
            files = review_files(path)
        except PasserbyError as error:  # a moving picture in a video's file: one row, not the list
            return row | {"state": f"failed: {error}", "has_copy": False, "busy": True}
        state = covering or (f"failed: {problem}" if problem else _state(files))
        return row | {"state": state, "has_copy": files.copy.exists() and not covering, "busy": bool(covering)}


def _state(files: ReviewFiles) -> str:
    """Return how far a review is, in words."""
    if not files.copy.exists():
        return "not covered"
    folder = files.recording.with_name(f"{files.recording.stem}_release")
    if (folder / SUMS).exists():
        return "released, changed since" if _changed_since(folder, files) else "released"
    if files.edits.exists():
        try:
            edits = read_edits(files.edits)
        except UsageError as error:
            return f"failed: {error}"
        if edits.reviews:
            missing = missing_approval(edits)
            return f"approved, but {missing}" if missing else "approved"
    return "in review" if files.journal.exists() else "covered"


def _changed_since(folder: Path, files: ReviewFiles) -> bool:
    """Return whether the edits are others than those that were released; without the private record, they are not."""
    try:
        record = json.loads(record_of(folder).read_bytes())
        released = record["edits_sha256"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return bool(released != (sha256_of(files.edits) if files.edits.exists() else None))
