"""Several files at once: each fails alone."""

from __future__ import annotations

import multiprocessing
import os
import signal

from passerby.jobs.batch import cover_all
from passerby.jobs.task import FileTask, Outcome, RedactOrder, Step
from passerby.redact.choice import CheckDepth, CoverKind
from passerby.settings.options import RedactOptions
from passerby.vision.effort import Effort

FACES = frozenset({CoverKind.FACES})  # one network: each worker loads its own
FAST = RedactOrder(RedactOptions(cover=FACES, effort=Effort.FAST, scale=(320, 320), check=CheckDepth.OFF))


def tasks(data_dir, folder):
    names = ("sample_portrait.mp4", "sample_fragmented.mp4", "sample_audio_only.mp4")
    return [FileTask(data_dir / "hostile/media3" / name, folder / name) for name in names]


def test_a_worker_that_dies_costs_no_file(registry_models, data_dir, tmp_path):
    outcomes: list[Outcome] = []
    killed = False
    for event in cover_all(tasks(data_dir, tmp_path), FAST):
        if isinstance(event, Outcome):
            outcomes.append(event)
        elif not killed:
            (worker,) = multiprocessing.active_children()
            os.kill(worker.pid, signal.SIGKILL)
            killed = True
    first, second, third = outcomes
    assert first.error is None  # covered by a new worker
    assert second.error is None
    assert third.code == 2
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")} == {
        "sample_portrait.mp4",
        "sample_fragmented.mp4",
    }


def test_a_run_without_files_does_nothing():
    assert list(cover_all([], FAST)) == []
    assert list(cover_all([], FAST, jobs=2)) == []


def test_a_run_that_is_given_up_leaves_no_process_and_no_unfinished_copy(registry_models, data_dir, tmp_path):
    events = cover_all(tasks(data_dir, tmp_path)[:2], FAST, jobs=2)
    assert isinstance(next(events), Step)
    events.close()
    assert not multiprocessing.active_children()
    assert all(path.name in {"sample_portrait.mp4", "sample_fragmented.mp4"} for path in tmp_path.iterdir())
