"""A long recording covered in pieces: the same frames at the same times, and no head bare where pieces meet."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tests.jobs.piece_clips import CUTTING, FAST, first_seconds, masks_of, seams_of

from passerby.assembly.redaction import RedactionSetup
from passerby.errors import SourceError, UsageError
from passerby.jobs.batch import cover_all, cover_one
from passerby.jobs.cut_recordings import Cutting, cut_tasks
from passerby.jobs.piece_book import PieceBook
from passerby.jobs.task import Event, FileTask, Outcome, Progress, RedactOrder, Step, TaskPart
from passerby.media.files.video_file import VideoFile
from passerby.media.piece import RecordingPiece
from passerby.media.stretch import Stretch
from passerby.reports.redaction import RedactionReport

SECONDS = 20


@pytest.fixture(scope="module")
def walk(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 s in which people walk by, with a key frame every second."""
    return first_seconds(data_dir, tmp_path_factory.mktemp("walk") / "walk.mp4", SECONDS)


@pytest.fixture(scope="module")
def in_pieces(registry_models: None, walk: Path) -> FileTask:
    """The covered copy, made in pieces, and its report."""
    task = FileTask(walk, walk.with_name("pieces.mp4"), walk.with_name("pieces.json"), walk.with_name("pieces.csv"))
    book = PieceBook(cut_tasks([task], FAST, CUTTING, places=2), keep=False)
    shown = run_here(book, deque(book.first))
    assert [event.task for event in shown] == [task] * len(shown)
    last = shown[-1]
    assert isinstance(last, Outcome)
    assert last.error is None
    steps = [event.progress for event in shown if isinstance(event, Step)]
    assert [each.frames for each in steps] == sorted(each.frames for each in steps)
    assert {each.expected for each in steps} == {10 * SECONDS}
    return task


def run_here(book: PieceBook, waiting: deque[FileTask]) -> list[Event]:
    """Do tasks one after another in this process, with networks that are loaded once, and return what is shown."""
    setups: dict[RedactOrder, RedactionSetup] = {}
    shown: list[Event | None] = []
    while waiting:
        shown += [book.took(event, waiting) for event in cover_one(waiting.popleft(), FAST, setups)]
    return [event for event in shown if event is not None]


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


def test_pieces_that_an_earlier_run_covered_are_used_with_resume(
    walk: Path, in_pieces: FileTask, tmp_path: Path
) -> None:
    task = FileTask(walk, tmp_path / "copy.mp4", boxes=tmp_path / "copy.csv")
    cutting = replace(CUTTING, resume=True)
    stopped = PieceBook(cut_tasks([task], FAST, cutting, places=2), keep=True)
    assert len(stopped.first) == 3
    assert run_here(stopped, deque(stopped.first[:1]))
    stopped.close()
    (log,) = tmp_path.glob(".passerby-pieces-*/0000.json")
    begun = {path: path.stat().st_mtime_ns for path in log.parent.iterdir()}
    assert len(begun) == 2

    for event in cover_all([task], FAST, jobs=2, cutting=cutting):
        if isinstance(event, Step):
            assert {path: path.stat().st_mtime_ns for path in begun} == begun
        else:
            assert event.error is None
    assert task.target.read_bytes() == in_pieces.target.read_bytes()
    assert task.boxes is not None
    assert in_pieces.boxes is not None
    assert task.boxes.read_text() == in_pieces.boxes.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.csv", "copy.mp4"]


def test_one_piece_that_fails_ends_its_recording_and_no_other(tmp_path: Path) -> None:
    pieces = (RecordingPiece(Stretch(), Stretch(), Fraction(1)),) * 3
    tasks = [FileTask(tmp_path / f"{name}.mp4", tmp_path / f"{name}_copy.mp4") for name in "ab"]
    parts = [TaskPart(pieces, 30, None, tmp_path / task.source.stem) for task in tasks]
    for part in parts:
        part.folder.mkdir()
    book = PieceBook([replace(task, part=part) for task, part in zip(tasks, parts, strict=True)], keep=False)
    waiting = deque(book.first)
    assert book.files == 2
    assert len(waiting) == 6
    first, second = waiting.popleft(), waiting.popleft()
    shown = book.took(Step(first, Progress("covering", 4, 30, 1)), waiting)
    assert shown == Step(tasks[0], Progress("covering", 4, 30, 1))
    shown = book.took(Step(second, Progress("covering", 5, 30, 0)), waiting)
    assert shown == Step(tasks[0], Progress("covering", 9, 30, 1))
    error = SourceError("a.mp4: broken")
    assert book.took(Outcome(first, error=error), waiting) == Outcome(tasks[0], error=error)
    assert {each.source for each in waiting} == {tasks[1].source}
    assert not parts[0].folder.exists()
    assert book.took(Outcome(second, frames=10), waiting) is None
    for piece in list(waiting):
        waiting.remove(piece)
        assert book.took(Outcome(piece, frames=10), waiting) is None
    (joining,) = waiting
    assert joining.outputs == {"-o": tasks[1].target}
    book.close()  # the run is stopped before they are joined
    assert list(tmp_path.iterdir()) == []


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
    first, *others = cut_tasks(tasks, FAST, CUTTING, places=8)
    assert first.part is not None
    assert len(first.part.pieces) == 3
    assert others == tasks[1:]
