"""Spread tasks with files over nodes; a process or node that dies costs only what it was working on."""

from __future__ import annotations

import queue
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from passerby.cluster.engine import ClusterNode, Engine
from passerby.cluster.file_work import SharedFile
from passerby.cluster.node_worker import NodeWorker, ProcessDied, WorkerEnded
from passerby.errors import PasserbyError, UsageError
from passerby.jobs.piece_book import PieceBook
from passerby.jobs.redact_file import make_folder
from passerby.jobs.task import Event, FileTask, Outcome
from passerby.outputs.partial import unfinished, write_error

MOST_DEATHS = 2
"""A file whose process died this often on nodes that live is given up."""
STOP_S = 10.0
"""Time that a process has to remove its unfinished copy when the run is stopped."""


@dataclass(frozen=True, slots=True)
class NodeJob:
    """What nodes do with each file.

    Args:
        kind: A class whose `cover` does it: it takes the task, what `order` returns, and what the node must see.
        order: How it is done, for a number of threads; 0 = all.
        files: What a node must see for a task, besides its source.
    """

    kind: type
    order: Callable[[int], object]
    files: Callable[[FileTask], Sequence[Path]]


def spread(
    book: PieceBook, job: NodeJob, engine: Engine, *, jobs: int, note: Callable[[str], None], folders: set[Path]
) -> Generator[Event]:
    """Do all tasks and yield an event now and then for each; a run that is stopped leaves no unfinished file.

    Args:
        book: The tasks, whose files have absolute names.
        job: What is done with each.
        engine: The cluster.
        jobs: How many tasks each node does at once.
        note: Receives a line about each node that is lost.
        folders: Where nodes write: each must see them as this machine does.

    Raises:
        UsageError: No node can take part.
        OutputError: A folder cannot be written.
    """
    nodes = fit_nodes(engine, note)
    with _marked(folders) as marks:
        running = _Spread(book, job, engine, marks=marks, note=note)
        try:
            for node in nodes:
                for _ in range(jobs):
                    running.start(node, threads=0 if jobs == 1 else max(1, int(node.cores) // jobs))
            yield from running.events()
        finally:
            running.stop()
            book.close()


def fit_nodes(engine: Engine, note: Callable[[str], None]) -> list[ClusterNode]:
    """Return the nodes that can take part; each other one gets a note.

    Raises:
        UsageError: None can.
    """
    fit = []
    reasons = []
    for node in engine.nodes():
        if not node.alive or node.cores < 1:
            continue
        report = engine.report(node)
        if isinstance(report, str):
            reasons.append(f"node {node.address} is refused: {report}")
            note(reasons[-1])
        else:
            fit.append(node)
    if not fit:
        why = reasons[0] if reasons else "no running node offers a processor"
        msg = f"--cluster: no node can take part ({why})"
        raise UsageError(msg)
    return fit


class _Spread:
    """Files on their way to nodes."""

    def __init__(
        self,
        book: PieceBook,
        job: NodeJob,
        engine: Engine,
        *,
        marks: Sequence[SharedFile],
        note: Callable[[str], None],
    ) -> None:
        self._book = book
        self._waiting = deque(book.first)
        self._left = book.files
        self._job = job
        self._engine = engine
        self._marks = tuple(marks)
        self._note = note
        self._news: queue.SimpleQueue[Event | WorkerEnded | ProcessDied] = queue.SimpleQueue()
        self._workers: list[NodeWorker] = []
        self._running = 0
        self._deaths: Counter[FileTask] = Counter()
        self._new: dict[FileTask, tuple[Path, ...]] = {}
        self._lock = threading.Lock()

    def start(self, node: ClusterNode, *, threads: int) -> None:
        """Give files to a node, one after another."""
        worker = NodeWorker(node, self._job.kind, self._job.order(threads), engine=self._engine, spread=self)
        self._workers.append(worker)
        self._running += 1
        worker.start()

    def next_task(self) -> FileTask | None:
        """Return the next file; None = there is none at present."""
        with self._lock:
            if not self._waiting:
                return None
            task = self._waiting.popleft()
            self._new[task] = tuple(path for path in task.outputs.values() if not path.exists())
            return task

    def needed(self, task: FileTask) -> list[SharedFile]:
        """Return what a node must see to cover a file.

        Raises:
            OSError: Not even this machine sees it.
        """
        return [*self._marks, *(SharedFile.of(path) for path in (task.source, *self._job.files(task)))]

    def put(self, event: Event | WorkerEnded | ProcessDied) -> None:
        """Take an event of a node, in any thread."""
        self._news.put(event)

    def events(self) -> Iterator[Event]:
        """Yield what happens until every file has an outcome."""
        reason = ""
        while self._left:
            news = self._news.get()
            if isinstance(news, WorkerEnded):
                self._running -= 1
                reason = news.reason
                self._return(news.task)
                if not self._running:
                    yield from self._given_up(reason)
            elif isinstance(news, ProcessDied):
                self._deaths[news.task] += 1
                if self._deaths[news.task] < MOST_DEATHS:
                    self._return(news.task)
                    continue
                text = f"{news.task.source}: the process that covered this file died on {MOST_DEATHS} tries"
                error = PasserbyError(f"{text}; convert it with another program first")
                yield from self._shown(Outcome(news.task, error=error))
            else:
                yield from self._shown(news)

    def stop(self) -> None:
        """End all processes, with time to remove unfinished copies."""
        with self._lock:
            self._waiting.clear()
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.join(STOP_S)

    def remove_unfinished(self, task: FileTask) -> None:
        """Remove what a process left; a lost one that works on cannot give its copy a name any more."""
        for path in task.outputs.values():
            for each in unfinished(path):
                each.unlink(missing_ok=True)
        for path in self._new.get(task, ()):
            path.unlink(missing_ok=True)

    def note(self, text: str) -> None:
        """Print a line about a node."""
        self._note(text)

    def _return(self, task: FileTask | None) -> None:
        """Put a file back that was not covered; the first idle node takes it."""
        if task is not None:
            with self._lock:
                self._waiting.appendleft(task)
            self._wake()

    def _wake(self) -> None:
        for worker in self._workers:
            worker.wake()

    def _shown(self, event: Event) -> Iterator[Event]:
        """Yield what an event means for a whole file, if anything; what becomes ready is given to idle nodes."""
        with self._lock:
            shown = self._book.took(event, self._waiting)
        if shown is None:
            self._wake()
            return
        self._left -= isinstance(shown, Outcome)
        yield shown

    def _given_up(self, reason: str) -> Iterator[Event]:
        while (task := self.next_task()) is not None:
            error = PasserbyError(f"{task.source}: no node is left to cover it ({reason})")
            yield from self._shown(Outcome(task, error=error))


@contextmanager
def _marked(folders: set[Path]) -> Iterator[list[SharedFile]]:
    """Put a file into each folder for copies while entered: a node that does not see it has another folder there."""
    marks: list[Path] = []
    try:
        for folder in sorted(folders):
            make_folder(folder)
            mark = folder / f".passerby-{secrets.token_hex(8)}"
            try:
                mark.touch()
            except OSError as error:
                raise write_error(folder, error) from error
            marks.append(mark)
        yield [SharedFile.of(mark) for mark in marks]
    finally:
        for mark in marks:
            with suppress(OSError):
                mark.unlink(missing_ok=True)
