"""Measures recordings on a node, one after another; runs in a process of its own there."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from passerby.cluster.file_work import STEP_S, SharedFile, Unseen
from passerby.errors import PasserbyError
from passerby.jobs.failure import without_frames
from passerby.jobs.measure_file import Measurement, MeasureOrder, measuring
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.task import Event, FileTask, Outcome, Step
from passerby.process.core_dump import forbid_core_dumps


@dataclass(frozen=True, slots=True)
class MeasuredOutcome(Outcome):
    """What was measured in a recording.

    Args:
        found: The result (None = it failed).
    """

    found: Measurement | None = None


@dataclass(frozen=True, slots=True)
class NodeMeasureOrder:
    """What is to be measured on nodes.

    Args:
        order: How.
        recordings: What each task stands for, and when the recording began.
    """

    order: MeasureOrder
    recordings: Mapping[FileTask, tuple[MeasuredRecording, datetime]]


class MeasureWork:
    """What measures recordings on a node."""

    def __init__(self) -> None:
        forbid_core_dumps()
        self._stopped = False

    def cover(self, task: FileTask, given: NodeMeasureOrder, needed: Sequence[SharedFile]) -> Iterator[Event | Unseen]:
        """Measure one recording and yield an event now and then; the last one is what was measured.

        Args:
            task: The recording.
            given: What is measured, and how.
            needed: Files that must be as the machine that asks sees them.
        """
        for each in needed:
            if not each.seen():
                yield Unseen(task, each.path)
                return
        recording, start = given.recordings[task]
        failure: PasserbyError | None = None
        try:
            yield from self._measured(task, recording, given.order, start)
        except PasserbyError as error:
            failure = without_frames(error)
        if failure is not None:
            yield MeasuredOutcome(task, error=failure)

    def stop(self) -> None:
        """Remove an unfinished copy and measure nothing more."""
        self._stopped = True

    def _measured(
        self, task: FileTask, recording: MeasuredRecording, order: MeasureOrder, start: datetime
    ) -> Iterator[Event]:
        shown_s = float("-inf")
        with Stepwise(measuring(recording, order, start)) as steps:
            for progress in steps:
                if self._stopped:
                    return
                if (now_s := time.monotonic()) - shown_s >= STEP_S:
                    shown_s = now_s
                    yield Step(task, progress)
            yield MeasuredOutcome(task, steps.result.frames, found=steps.result)
