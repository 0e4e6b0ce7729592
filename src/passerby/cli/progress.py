"""Progress on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

import typer

from passerby.jobs.task import SEARCHING, Event, FileTask, Outcome, Step

LINE_EVERY_S = 5.0


class Display(Protocol):
    """Shows progress events; a context manager that restores the terminal when it ends."""

    def __enter__(self) -> Self:
        """Start the display."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore the terminal."""
        ...

    def show(self, event: Event) -> None:
        """Show one event."""
        ...


def display(files: int) -> Display:
    """Return bars when stderr is a terminal, else lines."""
    return Bars(files) if sys.stderr.isatty() else Lines()


class Lines:
    """One line every few seconds, for log files and pipes."""

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic, every_s: float = LINE_EVERY_S) -> None:
        """Start the clock; `now_s` returns the time, s."""
        self._now_s = now_s
        self._every_s = every_s
        self._printed_s = now_s()
        self._begun_s: dict[tuple[FileTask, str], float] = {}

    def __enter__(self) -> Self:
        """Return itself: there is nothing to set up."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: there is nothing to restore."""

    def show(self, event: Event) -> None:
        """Print the progress of a file if the last line is old enough."""
        if isinstance(event, Outcome):
            return
        now_s = self._now_s()
        begun_s = self._begun_s.setdefault((event.task, event.progress.stage), now_s)
        if now_s - self._printed_s < self._every_s:
            return
        self._printed_s = now_s
        typer.echo(_line(event, now_s - begun_s), err=True)


def _line(step: Step, spent_s: float) -> str:
    """Return one line about the progress of a file.

    Args:
        step: The file and its progress.
        spent_s: Time since its first frame, s.
    """
    done = step.progress
    rate = done.frames / spent_s if spent_s > 0 else 0.0
    of = f" of {done.expected}" if done.expected else ""
    left = ""
    if done.expected and rate:
        left = f", {max(0.0, (done.expected - done.frames) / rate):.0f} s left"
    whole = f", {done.whole} covered whole" if done.stage == "covering" else ""
    what = "setting" if done.stage == SEARCHING else "frame"
    return f"{step.task.source.name}: {done.stage}, {what} {done.frames}{of}, {rate:.1f}/s{left}{whole}"


class Bars:
    """A bar for each file in progress, and one for all files when there are several."""

    def __init__(self, files: int) -> None:
        """Create the columns; `files` is the number of files."""
        from rich import progress  # noqa: PLC0415 - only a terminal needs it
        from rich.console import Console  # noqa: PLC0415

        self._bars = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[speed]}", markup=False),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._rows: dict[tuple[FileTask, str], progress.TaskID] = {}
        self._all = self._bars.add_task("all files", total=files, speed="", note="") if files > 1 else None

    def __enter__(self) -> Self:
        """Start drawing."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the bars."""
        self._bars.stop()

    def show(self, event: Event) -> None:
        """Move the bar of a file, or remove it when the file is done."""
        if isinstance(event, Outcome):
            for key in [key for key in self._rows if key[0] == event.task]:
                self._bars.remove_task(self._rows.pop(key))
            if self._all is not None:
                self._bars.advance(self._all)
            return

        done = event.progress
        key = (event.task, done.stage)
        if key not in self._rows:
            title = f"{done.stage} {event.task.source.name}"
            self._rows[key] = self._bars.add_task(title, total=done.expected, speed="", note="")

        row = self._rows[key]
        rate = self._bars.tasks[self._bars.task_ids.index(row)].speed
        speed = f"{rate:.1f}/s" if rate else ""
        self._bars.update(
            row, completed=done.frames, speed=speed, note=f"{done.whole} covered whole" if done.whole else ""
        )
