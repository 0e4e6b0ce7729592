"""One process on a node that covers or measures files, and the thread that gives it one after another."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from passerby.cluster.engine import ClusterNode, Engine
from passerby.cluster.file_work import SharedFile, Unseen
from passerby.errors import UsageError
from passerby.jobs.task import Event, FileTask, Outcome

ALIVE_S: Final = 40.0
"""Time that a node has to show that it lives after a process died on it: it starts another one."""


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """A worker takes no more files, because its node is unfit or dead.

    Args:
        task: The file that it was working on; None = none.
        reason: Why.
    """

    task: FileTask | None
    reason: str


@dataclass(frozen=True, slots=True)
class ProcessDied:
    """A process died on a file; its node lives.

    Args:
        task: The file.
    """

    task: FileTask


class SpreadFiles(Protocol):
    """Files on their way to nodes, as a worker sees them; used from the threads of all workers."""

    def next_task(self) -> FileTask | None:
        """Return the next file; None = there is none at present."""
        ...

    def needed(self, task: FileTask, /) -> list[SharedFile]:
        """Return what a node must see to work on a file.

        Raises:
            OSError: Not even this machine sees it.
        """
        ...

    def put(self, event: Event | WorkerEnded | ProcessDied, /) -> None:
        """Add what has happened on a node."""
        ...

    def remove_unfinished(self, task: FileTask, /) -> None:
        """Remove what a process left that was lost."""
        ...

    def note(self, text: str, /) -> None:
        """Print a line about a node."""
        ...


class NodeWorker:
    """One process on a node, and the thread that gives it files.

    Args:
        node: The node.
        kind: A class whose `cover` works on a file; see `NodeJob`.
        order: How it works on files.
        engine: The cluster.
        spread: Has the files, and receives what happens.
    """

    def __init__(self, node: ClusterNode, kind: type, order: object, *, engine: Engine, spread: SpreadFiles) -> None:
        self._node = node
        self._kind = kind
        self._order = order
        self._engine = engine
        self._spread = spread
        self._actor: Any = None
        self._stopped = threading.Event()
        self._more = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"passerby-{node.address}", daemon=True)

    def start(self) -> None:
        """Begin to work on files."""
        self._thread.start()

    def wake(self) -> None:
        """Look for a file again: there may be one now."""
        self._more.set()

    def stop(self) -> None:
        """Stop; the process removes its unfinished copy."""
        self._stopped.set()
        self._more.set()
        if self._actor is not None:
            with suppress(Exception):  # its process has ended
                self._actor.stop.remote()

    def join(self, timeout_s: float) -> None:
        """Wait until it has stopped, and end the process."""
        self._thread.join(timeout_s)
        if self._actor is not None:
            self._engine.end(self._actor)

    def _run(self) -> None:
        task: FileTask | None = None
        reason = ""
        try:
            while not self._stopped.is_set() and not reason:
                self._more.clear()
                task = self._spread.next_task()
                if task is None:
                    self._more.wait()
                else:
                    reason = self._cover(task)
        except Exception as error:  # noqa: BLE001 - a thread that ends in silence would leave the run waiting
            reason = f"{type(error).__name__}: {error}"
        if not self._stopped.is_set():
            self._spread.note(f"node {self._node.address} takes no more files: {reason}")
            self._spread.put(WorkerEnded(task, reason))

    def _cover(self, task: FileTask) -> str:
        """Cover one file; return why this node can cover no more ("" = it can)."""
        try:
            needed = self._spread.needed(task)
        except OSError as error:
            self._spread.put(Outcome(task, error=UsageError(f"{error.filename}: cannot be read ({error.strerror})")))
            return ""
        try:
            if self._actor is None:
                self._actor = self._engine.actor(self._node, self._kind, at_once=2)
            for reference in self._actor.cover.options(num_returns="streaming").remote(task, self._order, needed):
                event = self._engine.get(reference)
                if isinstance(event, Unseen):
                    where = f"it does not see {event.path} as this machine does"
                    return f"{where}; put sources, copies and masks in a folder that all nodes mount at the same place"
                self._spread.put(event)
        except Exception as error:  # noqa: BLE001 - Ray's own, besides ours: the process or its node is gone
            return self._died(task, error)
        return ""

    def _died(self, task: FileTask, error: Exception) -> str:
        """Return why the node can cover no more, once its process has died on a file."""
        if self._stopped.is_set():
            return ""
        if self._actor is not None:
            self._engine.end(self._actor)
        self._actor = None
        self._spread.remove_unfinished(task)
        if isinstance(self._engine.report(self._node, timeout_s=ALIVE_S), str):
            return str(error) or type(error).__name__
        self._spread.put(ProcessDied(task))
        return ""
