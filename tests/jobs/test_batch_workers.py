"""Worker processes that die: a file is tried again in a new one before it is given up."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import SimpleNamespace

from PIL import Image

from passerby.errors import PasserbyError, UsageError
from passerby.jobs import batch
from passerby.jobs.batch import cover_all
from passerby.jobs.failure import without_frames
from passerby.jobs.task import FileTask, Outcome, RedactOrder


def tasks(folder):
    return [FileTask(folder / f"{name}.png", folder / f"{name}_redacted.png") for name in ("a", "b", "c")]


class KilledError(Exception):
    """Ends a fake process by a signal."""


class ThreadProcess:
    """A process as far as a batch sees it, played by a thread: no second is spent on starting it."""

    def __init__(self, *, target, args):
        self.exitcode = None
        self._target, self._args = target, args

    def start(self):
        pipe = Connection(os.dup(self._args[0].fileno()))
        self._thread = threading.Thread(target=self._run, args=(pipe,), daemon=True)
        self._thread.start()

    def _run(self, pipe):
        code = 0
        try:
            while True:
                task = pipe.recv()
                self._target(task)
                pipe.send(Outcome(task, frames=1))
        except EOFError:
            pass
        except KilledError as killed:
            code = -killed.args[0]
        self.exitcode = code
        pipe.close()

    def is_alive(self):
        return self._thread.is_alive()

    def join(self, timeout_s=None):
        self._thread.join(timeout_s)

    def terminate(self):
        """Nothing to stop: a batch that has ended closed all pipes."""


def outcomes_with(cover, monkeypatch, folder):
    """Return how a batch ends whose processes `cover(task, number of the process, number of the file in it)`."""
    numbers = itertools.count()

    class Process(ThreadProcess):
        def __init__(self, *, target, args):
            del target
            process, files = next(numbers), itertools.count()
            super().__init__(target=lambda task: cover(task, process, next(files)), args=args)

    monkeypatch.setattr(batch.multiprocessing, "get_context", lambda _: SimpleNamespace(Pipe=Pipe, Process=Process))
    return [event for event in cover_all(tasks(folder), RedactOrder()) if isinstance(event, Outcome)]


def test_a_process_that_dies_between_two_files_costs_none(monkeypatch, tmp_path):
    def cover(_task, process, file):
        if (process, file) == (0, 1):  # what the first file left behind kills the second
            raise KilledError(signal.SIGSEGV)

    found = outcomes_with(cover, monkeypatch, tmp_path)
    assert [each.task.source.stem for each in found] == ["a", "b", "c"]
    assert [each.error for each in found] == [None] * 3


def test_a_file_that_kills_two_processes_is_given_up_alone_with_a_remedy(monkeypatch, tmp_path):
    killed = []

    def cover(task, process, _file):
        if task.source.stem == "b":
            killed.append(process)
            raise KilledError(signal.SIGSEGV)

    a, b, c = outcomes_with(cover, monkeypatch, tmp_path)
    assert (a.error, c.error) == (None, None)
    assert killed == [0, 1]
    assert b.code == 1
    assert "signal 11, and so did a new one; convert it" in str(b.error)


def test_a_copy_that_a_dying_process_left_unchecked_is_made_again(monkeypatch, tmp_path):
    def cover(task, process, _file):
        assert not task.target.exists()
        task.target.write_bytes(b"copy")
        if process == 0:
            raise KilledError(signal.SIGKILL)

    found = outcomes_with(cover, monkeypatch, tmp_path)
    assert [each.error for each in found] == [None] * 3
    assert all(each.task.target.exists() for each in found)


def test_a_copy_that_was_there_before_is_not_removed(monkeypatch, tmp_path):
    (tmp_path / "a_redacted.png").write_bytes(b"yours")

    def cover(task, _process, _file):
        if task.source.stem == "a":
            raise KilledError(signal.SIGKILL)

    first, *_ = outcomes_with(cover, monkeypatch, tmp_path)
    assert "free some memory" in str(first.error)
    assert (tmp_path / "a_redacted.png").read_bytes() == b"yours"


def test_an_error_that_is_kept_holds_no_pictures_and_no_networks():
    def fail():
        frame_of_a_person = Image.new("RGB", (2, 2))
        try:
            frame_of_a_person.seek(1)
        except EOFError as error:
            msg = "a.png: refused"
            raise UsageError(msg) from error

    try:
        fail()
    except PasserbyError as error:
        kept = without_frames(error)
    assert str(kept) == "a.png: refused"
    assert (kept.__traceback__, kept.__cause__, kept.__context__) == (None, None, None)


def test_a_target_that_cannot_hold_the_source_is_refused_before_networks_are_loaded(monkeypatch, tmp_path):
    Image.new("RGB", (64, 48), "red").save(tmp_path / "a.png")
    monkeypatch.setattr("passerby.assembly.redaction.covering_detectors", lambda *_, **__: 1 / 0)
    (outcome,) = cover_all([FileTask(tmp_path / "a.png", tmp_path / "a.mp4")], RedactOrder())
    assert isinstance(outcome, Outcome)
    assert outcome.code == 2
    assert "picture format" in str(outcome.error)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
