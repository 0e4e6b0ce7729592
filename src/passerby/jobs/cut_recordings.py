"""Decides which recordings of a run are cut into pieces, so that several processes cover one of them."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from passerby.assembly.piece_cover import WARM_UP_S, RecordingCuts, cuts_of, recording_length_s
from passerby.assembly.redaction import RedactionSetup
from passerby.errors import PasserbyError, UsageError
from passerby.jobs.companions import check_outputs
from passerby.jobs.task import FileTask, RedactOrder, TaskPart
from passerby.process.core_dump import forbid_core_dumps
from passerby.settings.options import RedactOptions
from passerby.version import __version__

log = logging.getLogger(__name__)

PIECE_S = 120.0
"""Pieces are at least this long: each reads 10 to 20 s beside its own frames."""
PIECES_A_PLACE = 4
"""So many pieces are made for each process: those that end early take more."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cutting:
    """Whether long recordings are cut.

    Args:
        piece_s: Length of the pieces, s; 0 = never; None = as long as there are enough for all processes.
        resume: Whether covered pieces of an earlier run are used, and left for a later one if this one is stopped.
        warm_s: How much a piece reads before its seam, s.
    """

    piece_s: float | None = None
    resume: bool = False
    warm_s: float = WARM_UP_S


def cut_tasks(tasks: Sequence[FileTask], order: RedactOrder, cutting: Cutting, *, places: int) -> list[FileTask]:
    """Return the tasks; those for long recordings have a part that joins their pieces.

    Args:
        tasks: The files.
        order: How they are covered.
        cutting: Whether they are cut.
        places: How many processes cover at once.

    Raises:
        UsageError: The length of pieces is given, but the options are for recordings that are read in one go.
    """
    options = order.options
    in_one_go = [name for name, value in _in_one_go(options).items() if value]
    if cutting.piece_s and in_one_go:
        msg = f"--piece: with {in_one_go[0]} a recording is covered in one go; leave one of the two out"
        raise UsageError(msg)
    if in_one_go or cutting.piece_s == 0 or (places < 2 and cutting.piece_s is None):
        return list(tasks)
    with _Apart() as apart:
        sources = [task.source for task in tasks]
        lengths_s = apart.result(partial(_lengths_s, sources), instead=[0.0] * len(sources))
        piece_s = cutting.piece_s or max(PIECE_S, sum(lengths_s) / (PIECES_A_PLACE * places))
        return [
            _with_part(task, order, apart.result(partial(_cuts, task.source, options, piece_s, cutting.warm_s)))
            if length_s >= 2 * piece_s
            else task
            for task, length_s in zip(tasks, lengths_s, strict=True)
        ]


def _in_one_go(options: RedactOptions) -> dict[str, bool]:
    return {
        "--edits": options.edits is not None,
        "--from": options.from_s is not None,
        "--until": options.until_s is not None,
        "--real-time": options.real_time,
    }


def _lengths_s(sources: Sequence[Path]) -> list[float]:
    return [recording_length_s(source) for source in sources]


def _cuts(source: Path, options: RedactOptions, piece_s: float, warm_s: float) -> RecordingCuts | None:
    try:
        return cuts_of(source, RedactionSetup(options, threads=1), piece_s=piece_s, warm_s=warm_s)
    except PasserbyError:
        return None  # whoever covers it says what is wrong


def _with_part(task: FileTask, order: RedactOrder, cuts: RecordingCuts | None) -> FileTask:
    if cuts is None or not cuts.pieces:
        return task
    try:
        check_outputs(task, replace=order.replace)
        options = order.options
        others = [*options.masks, *([] if options.plan is None else [options.plan])]
        read = [(str(path.absolute()), path.stat()) for path in (task.source, *others)]
    except (PasserbyError, OSError):
        return task  # as above
    made_of = [
        [(name, found.st_size, found.st_mtime_ns) for name, found in read],
        task.target.name,
        options.model_dump_json(),
        order.keep_boxes or task.boxes is not None,
        repr(cuts.pieces),
        __version__,
    ]
    name = hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]
    folder = task.target.parent / f".passerby-pieces-{name}"
    return replace(task, part=TaskPart(cuts.pieces, cuts.frames, None, folder))


class _Apart:
    """A process that opens recordings: one that crashes it is not cut."""

    def __enter__(self) -> _Apart:
        self._pool = self._started()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def result(self, work: Callable[[], T], instead: T | None = None) -> T:
        """Return what some work returns; `instead` if it crashes the process."""
        try:
            return self._pool.submit(work).result()
        except BrokenProcessPool:
            log.warning("recording_not_cut", extra={"reason": "a process that opened it crashed"})
            self._pool = self._started()
            return instead  # type: ignore[return-value] # where None may be returned, T has it

    @staticmethod
    def _started() -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=forbid_core_dumps)
