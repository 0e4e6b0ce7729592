"""Cover many files; each fails alone, so a file that crashes its process costs no other file.

A single file is covered in this process. Several files are covered by worker processes, because a decoder
can crash on a hostile file; a worker keeps its networks loaded from one file to the next.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NoReturn

from passerby.assembly.redaction import RedactionSetup
from passerby.errors import PasserbyError
from passerby.jobs.redact_file import check_target, make_folder, redacting, refuse_existing, write_json
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Event, FileTask, Outcome, RedactOrder, Step
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.exit_status import DONE, leave

PATIENCE_S = 10.0
"""Time for a stopped worker to remove its unfinished copy."""


def cover_all(tasks: Sequence[FileTask], order: RedactOrder, *, jobs: int = 1) -> Iterator[Event]:
    """Cover all files and yield an event for each step; an interrupt leaves no unfinished copy.

    Args:
        tasks: The files.
        order: How to cover them.
        jobs: How many to cover at once.
    """
    if len(tasks) == 1:
        yield from _cover(tasks[0], order, {})
    else:
        yield from _distribute(deque(tasks), order, jobs)


def _cover(task: FileTask, order: RedactOrder, setups: dict[RedactOrder, RedactionSetup]) -> Iterator[Event]:
    """Cover one file; networks are loaded when the first file needs them and are kept in `setups`."""
    try:
        check_target(task.source, task.target, replace=order.replace)
        if task.report is not None:
            refuse_existing(task.report, "--report", replace=order.replace)
        make_folder(task.target.parent)
        if order not in setups:
            setups[order] = RedactionSetup(order.options, threads=order.threads)
        with Stepwise(redacting(task.source, task.target, order, setups[order])) as steps:
            for progress in steps:
                yield Step(task, progress)
            report = steps.result
        if task.report is not None:
            write_json(report.to_json(), task.report)
    except PasserbyError as error:
        yield Outcome(task, error=error)
        return
    spots = len(report.leak_check.spots) if report.leak_check else 0
    yield Outcome(task, report.frames, report.frames_covered_whole, spots)


@dataclass(slots=True)
class _Worker:
    """A process that covers one file after another, and the pipe to it."""

    process: BaseProcess
    pipe: Connection
    task: FileTask


def _distribute(waiting: deque[FileTask], order: RedactOrder, jobs: int) -> Iterator[Event]:
    threads = max(1, (os.cpu_count() or 1) // jobs)
    order = replace(order, threads=threads) if jobs > 1 else order
    workers: dict[Connection, _Worker] = {}
    try:
        while waiting and len(workers) < jobs:
            _start_worker(workers, waiting.popleft(), order)
        while workers:
            ready = wait(list(workers))
            for worker in [each for pipe, each in workers.items() if pipe in ready]:
                event = _receive(worker)
                yield event
                if isinstance(event, Outcome):
                    _assign_next(workers, worker, waiting, order=order)
    finally:
        _stop_workers(list(workers.values()))


def _start_worker(workers: dict[Connection, _Worker], task: FileTask, order: RedactOrder) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, order))
    process.start()
    theirs.close()
    ours.send(task)
    workers[ours] = _Worker(process, ours, task)


def _receive(worker: _Worker) -> Event:
    try:
        event: Event = worker.pipe.recv()
    except (EOFError, ConnectionError):
        worker.process.join()
        code = worker.process.exitcode or 0
        how = f"signal {-code}" if code < 0 else f"status {code}"
        text = f"{worker.task.source}: the process that covered this file ended with {how}; leave this file out"
        return Outcome(worker.task, error=PasserbyError(text))
    return event


def _assign_next(
    workers: dict[Connection, _Worker], worker: _Worker, waiting: deque[FileTask], *, order: RedactOrder
) -> None:
    """Give the next file to a free worker; replace a worker whose process has ended."""
    if worker.process.is_alive() and waiting:
        worker.task = waiting.popleft()
        worker.pipe.send(worker.task)
        return
    del workers[worker.pipe]
    worker.pipe.close()  # a worker whose pipe is closed ends by itself
    worker.process.join()
    if waiting:
        _start_worker(workers, waiting.popleft(), order)


def _stop_workers(workers: list[_Worker]) -> None:
    for worker in workers:
        worker.process.terminate()
    for worker in workers:
        worker.process.join(PATIENCE_S)
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _work(pipe: Connection, order: RedactOrder) -> None:
    """Cover the files that arrive through the pipe, until it closes or the run is stopped."""
    forbid_core_dumps()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group: only the parent reacts
    signal.signal(signal.SIGTERM, _stop)
    setups: dict[RedactOrder, RedactionSetup] = {}
    try:
        while True:
            for event in _cover(pipe.recv(), order, setups):
                pipe.send(event)
    except (EOFError, ConnectionError, KeyboardInterrupt):
        leave(DONE)  # the parent is done, gone, or has stopped us; unfinished copies are removed on exit


def _stop(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
