"""Measure many recordings on the nodes of a cluster: the same signals as on one machine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from passerby.cluster.engine import Engine
from passerby.cluster.measure_work import MeasuredOutcome, MeasureWork, NodeMeasureOrder
from passerby.cluster.node_spread import NodeJob, spread
from passerby.errors import ModelError, PasserbyError, UsageError
from passerby.jobs.measure_file import EPOCH, Measurement, MeasureOrder
from passerby.jobs.measure_many import MeasureRun, check_before, complete
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.piece_book import PieceBook
from passerby.jobs.task import Event, FileTask, Outcome


def measure_on_nodes(
    recordings: Sequence[MeasuredRecording],
    order: MeasureOrder,
    engine: Engine,
    *,
    jobs: int,
    note: Callable[[str], None],
) -> Generator[Event, None, MeasureRun]:
    """Measure recordings, yielding an event now and then for each, and return the results in their order.

    Args:
        recordings: What to measure, in folders that every node mounts at the same place.
        order: How.
        engine: The cluster.
        jobs: How many recordings each node measures at once.
        note: Receives a line about each node that is refused or lost.

    Raises:
        UsageError: As `measure_all`, or no node can take part, or it is not known when a recording began.
        SourceError: A recording cannot be read.
        ModelError: A network is missing or damaged.
        OutputError: A file cannot be written, or exists.
    """
    _require_starts(recordings, order)
    check_before(recordings, order)
    tasks = {_task(each): each for each in recordings}
    starts = {task: (_absolute(each), each.start or EPOCH) for task, each in tasks.items()}
    given = NodeMeasureOrder(order, starts)
    job = NodeJob(MeasureWork, lambda _: given, lambda task: _places(starts[task][0]))
    folders = {each.copy.absolute().parent for each in recordings if each.copy is not None}
    found: dict[FileTask, Measurement | PasserbyError] = {}
    book = PieceBook(list(tasks), keep=False)
    with closing(spread(book, job, engine, jobs=jobs, note=note, folders=folders)) as events:
        for event in events:
            if isinstance(event, Outcome):
                found[event.task] = _result(event, alone=len(recordings) == 1)
            yield event
    return complete([(tasks[task], found[task]) for task in tasks], order)


def _result(outcome: Outcome, *, alone: bool) -> Measurement | PasserbyError:
    if isinstance(outcome, MeasuredOutcome) and outcome.found is not None:
        return outcome.found
    error = outcome.error or PasserbyError(f"{outcome.task.source}: the node sent no result; run it again")
    if alone or isinstance(error, ModelError):
        raise error
    return error


def _require_starts(recordings: Sequence[MeasuredRecording], order: MeasureOrder) -> None:
    """Refuse recordings of one camera of which one begins where the one before ends: that is not known before it ends.

    Raises:
        UsageError: Its start is not given.
    """
    unknown = [each.clip for each in recordings[1:] if each.start is None]
    if order.one_camera and unknown:
        msg = f"--cluster: {unknown[0]} would begin where the recording before ends; give --start for each recording"
        raise UsageError(msg)


def _task(recording: MeasuredRecording) -> FileTask:
    here = _absolute(recording)
    return FileTask(here.clip, here.copy or here.clip.with_name(f".{here.clip.name}.not-written"))


def _absolute(recording: MeasuredRecording) -> MeasuredRecording:
    places = None if recording.places is None else recording.places.absolute()
    copy = None if recording.copy is None else recording.copy.absolute()
    return replace(recording, clip=recording.clip.absolute(), places=places, copy=copy)


def _places(recording: MeasuredRecording) -> list[Path]:
    return [] if recording.places is None else [recording.places]
