"""Every change of a review, on disk before it is acknowledged; unlimited undo and redo, also after a kill."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal, Self

from pydantic import Field, JsonValue, ValidationError

from passerby.errors import EditedError, OutputError, UsageError
from passerby.review.edits import RecordingEdits
from passerby.review.edits_file import fault_of
from passerby.settings.section import Section
from passerby.storage.append_log import AppendLog, read_log

Part = Literal["added", "opened", "visible", "muted", "reasons", "accepted", "reviews"]
_UNDO: Final = b'"undo"'
_REDO: Final = b'"redo"'


class EditChange(Section, strict=True):
    """One change: an entry of one part of the edits is added, replaced or removed."""

    part: Part = Field(description="Which list.")
    index: int = Field(ge=0, description="Which entry, from 0; the length of the list adds one.")
    entry: dict[str, JsonValue] | None = Field(description="The new entry; null removes it.")
    insert: bool = Field(default=False, description="Whether it comes before the entry that is there.")


class EditsJournal:
    """The edits of one recording while they are being made; a context manager.

    Args:
        path: The journal, made if missing.
        start: The edits to begin with, if the journal is new; later their recording must be the same.

    Raises:
        UsageError: Another review of this recording is open, or the journal is of another recording.
        OutputError: The journal cannot be opened or written.
    """

    def __init__(self, path: Path, start: RecordingEdits) -> None:
        self._path = path
        try:
            self._log = AppendLog(path)
        except BlockingIOError as error:
            msg = f"{path}: another passerby review has this recording open; close that one first"
            raise UsageError(msg) from error
        except OSError as error:
            raise _cannot(path, error) from error
        self._done: list[tuple[EditChange, EditChange]] = []  # each with what takes it back
        self._undone: list[EditChange] = []
        self.edits = start
        try:
            self._replay(start)
            self._keep_rules(start)
        except BaseException:
            self.close()
            raise

    def change(self, change: EditChange) -> RecordingEdits:
        """Make a change and return the edits.

        Raises:
            UsageError: The change does not fit; nothing was changed.
            OutputError: It cannot be stored; nothing was changed.
        """
        changed = _changed(self.edits, change)
        self._append(change.model_dump_json().encode())
        self._take(change, changed)
        return self.edits

    def undo(self) -> RecordingEdits:
        """Take back the latest change that was not taken back, if there is one, and return the edits.

        Raises:
            OutputError: It cannot be stored; nothing was changed.
        """
        if self._done:
            self._append(_UNDO)
            self._step_back()
        return self.edits

    def redo(self) -> RecordingEdits:
        """Make the change again that was taken back last, if there is one, and return the edits.

        Raises:
            OutputError: It cannot be stored; nothing was changed.
        """
        if self._undone:
            self._append(_REDO)
            self._step_forth()
        return self.edits

    @property
    def undoable(self) -> int:
        """How many changes can be taken back."""
        return len(self._done)

    @property
    def redoable(self) -> int:
        """How many can be made again."""
        return len(self._undone)

    def close(self) -> None:
        """Close the journal; safe to repeat."""
        self._log.close()

    def __enter__(self) -> Self:
        """Return the journal."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _replay(self, start: RecordingEdits) -> None:
        try:
            records = list(read_log(self._path))
        except OSError as error:
            raise _cannot(self._path, error) from error
        if not records:
            self._append(start.model_dump_json().encode())
            return
        for record in records:
            if record.data is None:
                msg = f"{self._path}: line {record.number + 1} is damaged; restore the file, or remove it to start over"
                raise UsageError(msg)
            self._read(record.data, first=record.number == 0, start=start)

    def _keep_rules(self, start: RecordingEdits) -> None:
        """Apply the lock and the second reviewer that are asked for now; neither ever goes away by itself."""
        locked = self.edits.openings_locked or start.openings_locked
        if locked and (self.edits.opened or self.edits.visible):
            msg = f"{self._path}: this review takes cover away, which --no-openings forbids; remove these edits first"
            raise UsageError(msg)
        two = self.edits.two_reviewers or start.two_reviewers
        self.edits = self.edits.model_copy(update={"openings_locked": locked, "two_reviewers": two})

    def _read(self, data: bytes, *, first: bool, start: RecordingEdits) -> None:
        try:
            if first:
                self.edits = RecordingEdits.model_validate_json(data)
            elif data == _UNDO:
                self._step_back()
            elif data == _REDO:
                self._step_forth()
            else:
                change = EditChange.model_validate_json(data)
                self._take(change, _changed(self.edits, change))
        except (ValidationError, IndexError) as error:
            msg = f"{self._path}: is not a journal that this passerby can read; remove it to start over"
            raise UsageError(msg) from error
        if first and self.edits.recording != start.recording:
            msg = (
                f"{self._path}: is the journal of another recording, or the recording changed; remove it to begin anew"
            )
            raise EditedError(msg)

    def _take(self, change: EditChange, changed: RecordingEdits) -> None:
        self._done.append((change, _inverse(self.edits, change)))
        self._undone.clear()
        self.edits = changed

    def _step_back(self) -> None:
        change, back = self._done.pop()
        self._undone.append(change)
        self.edits = _changed(self.edits, back)

    def _step_forth(self) -> None:
        change = self._undone.pop()
        self._done.append((change, _inverse(self.edits, change)))
        self.edits = _changed(self.edits, change)

    def _append(self, data: bytes) -> None:
        try:
            self._log.append(data)
        except OSError as error:
            raise _cannot(self._path, error) from error


def salt_of(path: Path) -> str:
    """Return the salt by which a journal is bound to its recording ("" = there is no journal yet).

    Raises:
        OutputError: The journal cannot be read.
    """
    if not path.exists():
        return ""
    try:
        first = next(iter(read_log(path)), None)
        return (
            "" if first is None or first.data is None else RecordingEdits.model_validate_json(first.data).recording.salt
        )
    except OSError as error:
        raise _cannot(path, error) from error
    except ValidationError:
        return ""  # it is refused when it is opened, with the reason


def _changed(edits: RecordingEdits, change: EditChange) -> RecordingEdits:
    """Return edits with a change.

    Raises:
        UsageError: The change does not fit.
    """
    whole: dict[str, Any] = json.loads(edits.model_dump_json())
    entries: list[JsonValue] = whole[change.part]
    if change.insert:
        entries.insert(change.index, change.entry)
        return _checked(whole)
    if change.index > len(entries) or (change.entry is None and change.index == len(entries)):
        msg = f"{change.part} {change.index + 1}: there are only {len(entries)}; load the page again"
        raise UsageError(msg)
    entries[change.index : change.index + 1] = [] if change.entry is None else [change.entry]
    return _checked(whole)


def _inverse(edits: RecordingEdits, change: EditChange) -> EditChange:
    """Return the change that takes a change back, from the edits before it."""
    entries = getattr(edits, change.part)
    if change.insert or change.index == len(entries):
        return change.model_copy(update={"entry": None, "insert": False})
    before = json.loads(entries[change.index].model_dump_json())
    return change.model_copy(update={"entry": before, "insert": change.entry is None})


def _checked(whole: dict[str, Any]) -> RecordingEdits:
    try:
        return RecordingEdits.model_validate_json(json.dumps(whole))
    except ValidationError as error:
        raise UsageError(fault_of(error.errors(include_url=False)[0])) from error


def _cannot(path: Path, error: OSError) -> OutputError:
    return OutputError(f"{path}: the review cannot be stored ({error.strerror or error}); free some space or check it")
