"""Keeps track of recordings in pieces: they are joined when all pieces are covered; one failure ends the recording."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from passerby.jobs.task import Event, FileTask, Outcome, Progress, Step, TaskPart


class PieceBook:
    """The pieces of a run, covered by several processes.

    Args:
        tasks: The files; those with a part that joins are covered in pieces first.
        keep: Whether covered pieces stay when the run ends before they are joined.
    """

    def __init__(self, tasks: Sequence[FileTask], *, keep: bool) -> None:
        self._keep = keep
        self._open: dict[FileTask, _Cut] = {}
        self.files = len(tasks)
        self.first: list[FileTask] = []
        """Tasks that can be done now."""
        for task in tasks:
            if task.part is None:
                self.first.append(task)
            else:
                cut = _Cut(task, task.part)
                self._open[cut.whole] = cut
                self.first += cut.pieces or [task]

    def took(self, event: Event, waiting: deque[FileTask]) -> Event | None:
        """Record an event and return what it means for the whole file; None = nothing to show.

        Args:
            event: Of a task of this run.
            waiting: Tasks that nobody works on; what becomes ready is put first, what is in vain is removed.
        """
        if event.task.part is None:
            return event
        whole = replace(event.task, part=None)
        cut = self._open.get(whole)
        if cut is None:  # another piece has failed
            return None
        if isinstance(event, Step):
            return Step(whole, cut.progress(event))
        if event.error is not None or event.task.part.number is None:
            self._end(cut, done=event.error is None)
            for task in [each for each in waiting if each.part is not None and replace(each, part=None) == whole]:
                waiting.remove(task)
            return replace(event, task=whole)
        cut.finished(event)
        if not cut.pieces:
            waiting.appendleft(cut.joining)
        return None

    def close(self) -> None:
        """Remove covered pieces of files that were not completed, unless they are kept for another run."""
        for cut in list(self._open.values()):
            self._end(cut, done=False)

    def _end(self, cut: _Cut, *, done: bool) -> None:
        del self._open[cut.whole]
        if done or not self._keep:
            shutil.rmtree(cut.part.folder, ignore_errors=True)
        else:
            with suppress(OSError):
                cut.part.folder.rmdir()  # nothing is in it


class _Cut:
    """One recording in pieces."""

    def __init__(self, joining: FileTask, part: TaskPart) -> None:
        self.joining = joining
        self.part = part
        self.whole = replace(joining, part=None)
        numbers = [number for number in range(len(part.pieces)) if not part.log(number).exists()]
        self.pieces = [replace(joining, part=replace(part, number=number)) for number in numbers]
        self._frames: dict[FileTask, tuple[int, int]] = {}

    def progress(self, step: Step) -> Progress:
        """Return the progress of the whole file."""
        done = step.progress
        if step.task.part is None or step.task.part.number is None:
            return done
        self._frames[step.task] = done.frames, done.whole
        frames, whole = map(sum, zip(*self._frames.values(), strict=True))
        return Progress(done.stage, frames, done.expected, whole)

    def finished(self, outcome: Outcome) -> None:
        """Record that a piece is covered."""
        if outcome.task in self.pieces:
            self.pieces.remove(outcome.task)
