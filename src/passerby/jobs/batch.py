"""Cover many files; each fails alone, so a file that crashes its process costs no other file.

A single file is covered in this process. Several files are covered by worker processes, because a decoder
can crash on a hostile file; a worker keeps its networks loaded from one file to the next.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from passerby.assembly.redaction import RedactionSetup
from passerby.errors import PasserbyError
from passerby.jobs.companions import check_outputs, outcome_of, write_companions
from passerby.jobs.copy_sheet import ShareLog
from passerby.jobs.cut_recordings import Cutting, cut_tasks
from passerby.jobs.failure import without_frames
from passerby.jobs.piece_book import PieceBook
from passerby.jobs.piece_job import covering_piece, joining
from passerby.jobs.redact_file import redacting
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Event, FileTask, Outcome, RedactOrder, Step
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.exit_status import DONE, leave

if TYPE_CHECKING:
    from passerby.jobs.signing import Signing
    from passerby.reports.redaction import RedactionReport

PATIENCE_S = 10.0
"""Time for a stopped worker to remove its unfinished copy."""


def cover_all(
    tasks: Sequence[FileTask], order: RedactOrder, *, jobs: int = 1, cutting: Cutting = Cutting()
) -> Iterator[Event]:
    """Cover all files and yield an event for each step; an interrupt leaves no unfinished copy.

    Args:
        tasks: The files.
        order: How to cover them.
        jobs: How many files, or pieces of long recordings, to cover at once.
        cutting: Whether long recordings are cut into pieces.
    """
    if jobs == 1 and len(tasks) == 1 and not cutting.piece_s:
        yield from cover_one(tasks[0], order, {})
        return
    book = PieceBook(cut_tasks(tasks, order, cutting, places=jobs), keep=cutting.resume)
    if len(book.first) == 1 and book.first[0].part is None:
        yield from cover_one(tasks[0], order, {})
    else:
        yield from _distribute(deque(book.first), order, jobs, book)


def cover_one(
    task: FileTask, order: RedactOrder, setups: dict[RedactOrder, RedactionSetup]
) -> Generator[Event, None, None]:
    """Cover one file and yield an event for each step; the last one is what became of it.

    Args:
        task: The file.
        order: How to cover it.
        setups: Networks that are loaded; those of the order are added when the first file needs them.
    """
    failure: PasserbyError | None = None
    try:
        yield (yield from _covered(task, order, setups))
    except PasserbyError as error:
        failure = without_frames(error)
    if failure is not None:
        yield Outcome(task, error=failure)


def _covered(
    task: FileTask, order: RedactOrder, setups: dict[RedactOrder, RedactionSetup]
) -> Generator[Step, None, Outcome]:
    """Cover one file and write what was requested besides the copy.

    Raises:
        PasserbyError: One of them cannot be made; what can be refused is refused before networks are loaded.
    """
    part = task.part
    alone = part is not None and part.number is not None
    check_outputs(task, replace=order.replace or alone)
    if order.signing is not None:
        from passerby.release.manifest import require_signable  # noqa: PLC0415 - loads a library that may be missing

        require_signable(task.target)
    shares = ShareLog() if task.sheet is not None else None
    if order not in setups:
        setups[order] = RedactionSetup(order.options, threads=order.threads)
    work = replace(order, keep_boxes=order.keep_boxes or task.boxes is not None)
    if part is not None and alone:
        with Stepwise(covering_piece(task, part, work, setups[order])) as covering:
            for progress in covering:
                yield Step(task, progress)
            return Outcome(task, frames=len(covering.result.own))
    if part is None:
        making = redacting(task.source, task.target, work, setups[order], shares=shares)
    else:
        making = joining(task, part, work, setups[order], shares=shares)
    with Stepwise(making) as steps:
        for progress in steps:
            yield Step(task, progress)
        report = steps.result
    if order.signing is not None:
        report = _signed(task, report, order.signing, boxes_in_report=order.keep_boxes)
    write_companions(task, report, shares, boxes_in_report=order.keep_boxes)
    return outcome_of(task, report)


def _signed(task: FileTask, report: RedactionReport, signing: Signing, *, boxes_in_report: bool) -> RedactionReport:
    """Sign a new copy and return its report with the hash of the signed file; a copy that cannot be signed is removed.

    Raises:
        PasserbyError: As `sign_copy`.
    """
    from passerby.jobs.signing import sha256_of, sign_copy  # noqa: PLC0415 - loads a library that may be missing

    shown = report if boxes_in_report else report.model_copy(update={"boxes": None})
    try:
        sign_copy(task.target, shown.to_json().encode(), signing, recording=task.source)
    except PasserbyError:
        task.target.unlink(missing_ok=True)
        raise
    return report.model_copy(update={"copy_sha256": sha256_of(task.target)})


@dataclass(slots=True)
class _Worker:
    """A process that covers one file after another, and the pipe to it.

    Args:
        process: The process.
        pipe: Sends files and receives events.
        task: The file in progress.
        again: Whether another process died on this file before.
        new: Files that the task creates, which are not there before it starts.
    """

    process: BaseProcess
    pipe: Connection
    task: FileTask
    again: bool = False
    new: tuple[Path, ...] = ()


def _distribute(waiting: deque[FileTask], order: RedactOrder, jobs: int, book: PieceBook) -> Iterator[Event]:
    threads = max(1, (os.cpu_count() or 1) // jobs)
    order = replace(order, threads=threads) if jobs > 1 else order
    workers: dict[Connection, _Worker] = {}
    try:
        _start_more(workers, waiting, order, jobs)
        while workers:
            ready = wait(list(workers))
            for worker in [each for pipe, each in workers.items() if pipe in ready]:
                event = _receive(worker)
                if event is None:
                    _retry(workers, worker, order)
                    continue
                if (shown := book.took(event, waiting)) is not None:
                    yield shown
                if isinstance(event, Outcome):
                    _assign_next(workers, worker, waiting, order=order)
                    _start_more(workers, waiting, order, jobs)
    finally:
        _stop_workers(list(workers.values()))
        book.close()


def _start_more(workers: dict[Connection, _Worker], waiting: deque[FileTask], order: RedactOrder, jobs: int) -> None:
    """Start workers for tasks that have become ready: the joining of a recording whose pieces are covered."""
    while waiting and len(workers) < jobs:
        _start_worker(workers, waiting.popleft(), order)


def _start_worker(
    workers: dict[Connection, _Worker], task: FileTask, order: RedactOrder, *, again: bool = False
) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, order))
    process.start()
    theirs.close()
    worker = workers[ours] = _Worker(process, ours, task)
    _send(worker, task, again=again)


def _send(worker: _Worker, task: FileTask, *, again: bool = False) -> None:
    worker.task = task
    worker.again = again
    worker.new = tuple(path for path in task.outputs.values() if not path.exists())
    with suppress(ConnectionError):  # it died since its last event; `_receive` finds out
        worker.pipe.send(task)


def _receive(worker: _Worker) -> Event | None:
    """Return the next event of a worker; None if its process has died for the first time on this file."""
    try:
        event: Event = worker.pipe.recv()
    except (EOFError, ConnectionError):
        worker.process.join()
        for path in worker.new:  # what a process left that died before it had checked and reported everything
            path.unlink(missing_ok=True)
        return _death(worker) if worker.again else None
    return event


def _death(worker: _Worker) -> Outcome:
    code = worker.process.exitcode or 0
    how = f"signal {-code}" if code < 0 else f"status {code}"
    what = (
        "free some memory, or use fewer --jobs" if code == -signal.SIGKILL else "convert it with another program first"
    )
    text = f"{worker.task.source}: the process that covered this file ended with {how}, and so did a new one; {what}"
    return Outcome(worker.task, error=PasserbyError(text))


def _retry(workers: dict[Connection, _Worker], worker: _Worker, order: RedactOrder) -> None:
    """Cover a file again in a new process: the fault may have come from the files before it."""
    del workers[worker.pipe]
    worker.pipe.close()
    _start_worker(workers, worker.task, order, again=True)


def _assign_next(
    workers: dict[Connection, _Worker], worker: _Worker, waiting: deque[FileTask], *, order: RedactOrder
) -> None:
    """Give the next file to a free worker; replace a worker whose process has ended."""
    if worker.process.is_alive() and waiting:
        _send(worker, waiting.popleft())
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
            for event in cover_one(pipe.recv(), order, setups):
                pipe.send(event)
    except (EOFError, ConnectionError, KeyboardInterrupt):
        leave(DONE)  # the parent is done, gone, or has stopped us; unfinished copies are removed on exit


def _stop(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
