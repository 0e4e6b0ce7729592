"""A long recording covered in pieces: the same frames at the same times, and no head bare where pieces meet."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.jobs.piece_clips import CUTTING, FAST, first_seconds, masks_of, seams_of

from passerby.errors import UsageError
from passerby.jobs.batch import cover_all
from passerby.jobs.cut_recordings import Cutting, cut_tasks
from passerby.jobs.task import FileTask, Outcome, RedactOrder, Step
from passerby.media.files.video_file import VideoFile
from passerby.reports.redaction import RedactionReport


@pytest.fixture(scope="module")
def walk(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 s in which people walk by, with a key frame every second."""
    return first_seconds(data_dir, tmp_path_factory.mktemp("walk") / "walk.mp4", 24)


@pytest.fixture(scope="module")
def in_pieces(registry_models: None, walk: Path) -> FileTask:
    """The covered copy, made in pieces by two processes of which one is killed, and its report."""
    task = FileTask(walk, walk.with_name("pieces.mp4"), walk.with_name("pieces.json"), walk.with_name("pieces.csv"))
    killed = False
    outcomes: list[Outcome] = []
    for event in cover_all([task], FAST, jobs=2, cutting=CUTTING):
        if isinstance(event, Outcome):
            outcomes.append(event)
        elif not killed and event.progress.frames > 20:
            killed = True
            process = next(each for each in multiprocessing.active_children() if each.pid is not None)
            os.kill(process.pid or 0, signal.SIGKILL)
    (outcome,) = outcomes
    assert killed
    assert outcome.task == task
    assert outcome.error is None
    return task


@pytest.fixture(scope="module")
def in_one_go(registry_models: None, walk: Path) -> FileTask:
    """The covered copy as one process makes it."""
    task = FileTask(walk, walk.with_name("whole.mp4"), walk.with_name("whole.json"))
    (outcome,) = [event for event in cover_all([task], FAST) if isinstance(event, Outcome)]
    assert outcome.error is None
    return task


def report(task: FileTask) -> RedactionReport:
    assert task.report is not None
    return RedactionReport.model_validate_json(task.report.read_text())


def test_a_copy_made_in_pieces_has_the_same_frames_at_the_same_times(
    walk: Path, in_pieces: FileTask, in_one_go: FileTask
) -> None:
    times = [frame.pts * frame.time_base for frame in VideoFile(walk)]
    assert [frame.pts * frame.time_base for frame in VideoFile(in_pieces.target)] == times
    assert report(in_pieces).frames == report(in_one_go).frames == len(times)
    assert {each.name for each in report(in_pieces).models} == {each.name for each in report(in_one_go).models}
    seconds = [each.second for each in report(in_pieces).covered_share_per_second]
    assert seconds == [each.second for each in report(in_one_go).covered_share_per_second]
    assert not list(walk.parent.glob(".passerby-pieces-*"))


def test_near_a_seam_all_is_covered_that_one_process_covers(
    walk: Path, in_pieces: FileTask, in_one_go: FileTask
) -> None:
    seams = seams_of(walk)
    assert len(seams) == 2
    mine, whole = masks_of(in_pieces), masks_of(in_one_go)
    start_s = whole[0][0]
    first = seams[0]
    compared = 0
    for (time_s, covered), (_, needed) in zip(mine, whole, strict=True):
        if first.before(Fraction(time_s - start_s)) or first.after(Fraction(time_s - start_s)):
            continue
        assert not (needed & ~covered).any()  # the first piece knows all that one process knows up to here
        compared += bool(needed.any())
    assert compared > 5


def test_elsewhere_the_cover_is_nearly_that_of_one_process(in_pieces: FileTask, in_one_go: FileTask) -> None:
    pairs = list(zip(masks_of(in_pieces), masks_of(in_one_go), strict=True))
    bare = sum(int((needed & ~covered).sum()) for (_, covered), (_, needed) in pairs)
    needed = sum(int(whole.sum()) for _, (_, whole) in pairs)
    assert needed
    assert bare < 0.02 * needed
    assert report(in_pieces).covered_share == pytest.approx(report(in_one_go).covered_share, abs=0.02)


def test_a_run_that_is_stopped_keeps_covered_pieces_for_the_next_one_with_resume(
    walk: Path, in_pieces: FileTask, tmp_path: Path
) -> None:
    task = FileTask(walk, tmp_path / "copy.mp4", boxes=tmp_path / "copy.csv")
    cutting = replace(CUTTING, resume=True)
    events = cover_all([task], FAST, jobs=1, cutting=cutting)
    for event in events:
        assert isinstance(event, Step)
        if list(tmp_path.glob(".passerby-pieces-*/*.json")):
            break
    events.close()
    assert not task.target.exists()
    (kept,) = tmp_path.glob(".passerby-pieces-*/0000.json")
    begun = {path: path.stat().st_mtime_ns for path in kept.parent.glob("0000.*")}

    seen: set[int] = set()
    for event in cover_all([task], FAST, jobs=1, cutting=cutting):
        seen |= {path.stat().st_mtime_ns for path in begun if path.exists()}
        assert isinstance(event, Step) or event.error is None
    assert seen == set(begun.values())  # the first piece was not covered again
    assert task.target.read_bytes() == in_pieces.target.read_bytes()
    assert task.boxes is not None
    assert in_pieces.boxes is not None
    assert task.boxes.read_text() == in_pieces.boxes.read_text()
    assert not list(tmp_path.glob(".passerby-pieces-*"))


def test_without_resume_a_run_that_is_stopped_leaves_nothing(walk: Path, registry_models: None, tmp_path: Path) -> None:
    events = cover_all([FileTask(walk, tmp_path / "copy.mp4")], FAST, jobs=2, cutting=CUTTING)
    assert isinstance(next(events), Step)
    events.close()
    assert list(tmp_path.iterdir()) == []
    assert not multiprocessing.active_children()


def test_options_for_one_go_keep_a_recording_whole_and_are_refused_with_pieces(walk: Path, tmp_path: Path) -> None:
    task = FileTask(walk, tmp_path / "copy.mp4")
    part = RedactOrder(FAST.options.model_copy(update={"from_s": 2.0}))
    assert cut_tasks([task], part, Cutting(), places=8) == [task]
    with pytest.raises(UsageError, match="--piece: with --from a recording is covered in one go"):
        cut_tasks([task], part, CUTTING, places=2)


def test_short_recordings_and_what_cannot_be_read_are_not_cut(walk: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no recording")
    names = [walk, tmp_path / "broken.mp4", tmp_path / "missing.mp4"]
    tasks = [FileTask(source, tmp_path / f"copy{number}.mp4") for number, source in enumerate(names)]
    assert cut_tasks(tasks, FAST, Cutting(), places=8) == tasks
    first, *others = cut_tasks(tasks, FAST, CUTTING, places=8)
    assert first.part is not None
    assert len(first.part.pieces) == 3
    assert others == tasks[1:]


def test_masks_compare_what_is_covered(in_one_go: FileTask) -> None:
    (_, mask), *_ = masks_of(in_one_go)
    assert mask.dtype == np.bool_
    assert mask.ndim == 2
