"""What people note about the recordings of a folder: who has them, case number, due date; on disk at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from passerby.errors import OutputError, UsageError
from passerby.review.edits import FilledText, ShortText
from passerby.settings.section import Section
from passerby.storage.append_log import AppendLog, read_log

NAME: Final = "review-jobs.log"
_TRIES: Final = 100
_PAUSE_S: Final = 0.05
"""Another person may be writing: each change locks the file for a moment."""


class JobNote(Section, strict=True):
    """What people note about one recording."""

    recording: FilledText = Field(description="File name of the recording.")
    who: ShortText = Field(default="", description="Who has it.")
    case: ShortText = Field(default="", description="Case number.")
    due: date | None = Field(default=None, strict=False, description="When it must be ready.")
    note: str = Field(default="", max_length=2000, description="Notes.")


class JobBook:
    """The notes of a folder; several people can use it at once, and the latest change counts.

    Args:
        folder: With the recordings.
        pause: Waits while somebody else is writing, s.
    """

    def __init__(self, folder: Path, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._path = folder / NAME
        self._pause = pause

    def read(self) -> dict[str, JobNote]:
        """Return the notes by the name of the recording.

        Raises:
            UsageError: The file is not one of passerby, or is damaged.
        """
        found: dict[str, JobNote] = {}
        if not self._path.exists():
            return found
        try:
            for record in read_log(self._path):
                if record.data is None:
                    msg = f"{self._path}: line {record.number + 1} is damaged; restore the file from a backup"
                    raise UsageError(msg)
                note = JobNote.model_validate_json(record.data)
                found[note.recording] = note
        except (OSError, ValidationError) as error:
            msg = f"{self._path}: cannot be read as the notes of this folder; restore it, or move it away to start over"
            raise UsageError(msg) from error
        return found

    def change(self, changed: JobNote) -> None:
        """Store the notes that were set for one recording; the others stay as they are.

        Args:
            changed: Only the fields that were given to it count.

        Raises:
            UsageError: The file is not one of passerby, or is damaged.
            OutputError: They cannot be stored; what was stored before stays.
        """
        for _ in range(_TRIES):
            try:
                log = AppendLog(self._path)
            except BlockingIOError:
                self._pause(_PAUSE_S)
                continue
            except OSError as error:
                raise self._cannot(error) from error
            try:
                before = self.read().get(changed.recording) or JobNote(recording=changed.recording)
                given = {name: getattr(changed, name) for name in changed.model_fields_set}
                log.append(before.model_copy(update=given).model_dump_json().encode())
            except OSError as error:
                raise self._cannot(error) from error
            finally:
                log.close()
            return
        msg = f"{self._path}: another passerby review keeps writing; try again"
        raise OutputError(msg)

    def _cannot(self, error: OSError) -> OutputError:
        return OutputError(f"{self._path}: the notes cannot be stored ({error.strerror or error}); free some space")
