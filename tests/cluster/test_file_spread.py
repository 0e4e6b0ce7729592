"""Files covered on the nodes of a cluster: the same bytes as on one machine, whatever dies."""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cluster.nodes import TwoNodes
from tests.jobs.piece_clips import CUTTING, first_seconds
from tests.jobs.piece_clips import FAST as PIECES

from passerby.cluster.engine import ClusterNode, Engine
from passerby.cluster.file_spread import cover_on_nodes
from passerby.cluster.file_work import FileWork, SharedFile, Unseen
from passerby.cluster.node_report import NodeReport
from passerby.errors import PasserbyError, UsageError
from passerby.jobs.batch import cover_all
from passerby.jobs.task import FileTask, Outcome, Progress, RedactOrder, Step
from passerby.media.files.video_file import VideoFile
from passerby.redact.choice import CheckDepth, CoverKind
from passerby.settings.options import RedactOptions
from passerby.vision.effort import Effort

FACES = frozenset({CoverKind.FACES})  # one network: each process loads its own
FAST = RedactOrder(RedactOptions(cover=FACES, effort=Effort.FAST, scale=(320, 320), check=CheckDepth.OFF))
NAMES = ("sample_portrait.mp4", "sample_audio_only.mp4")


def test_copies_have_the_same_bytes_as_on_one_machine_though_a_process_dies(
    registry_models: None, data_dir: Path, engine: Engine, two_nodes: TwoNodes, tmp_path: Path
) -> None:
    source, spread, alone = (tmp_path / name for name in ("in", "spread", "alone.mp4"))
    source.mkdir()
    for name in NAMES:
        shutil.copy(data_dir / "hostile/media3" / name, source)
    notes: list[str] = []
    outcomes: list[Outcome] = []
    killed = False
    tasks = [FileTask(source / name, spread / name) for name in NAMES]
    for event in cover_on_nodes(tasks, FAST, engine, jobs=1, note=notes.append):
        if isinstance(event, Outcome):
            outcomes.append(event)
        elif not killed:
            killed = True
            for process in two_nodes.processes("ray::FileWork.cover"):
                os.kill(process, signal.SIGKILL)
    assert killed
    assert notes == []
    assert {each.task: each.code for each in outcomes} == dict(zip(tasks, (0, 2), strict=True))
    (alone_too,) = [each for each in cover_all([replace(tasks[0], target=alone)], FAST) if isinstance(each, Outcome)]
    assert alone_too.error is None
    assert [path.name for path in spread.iterdir()] == [NAMES[0]]
    assert (spread / NAMES[0]).read_bytes() == alone.read_bytes()


def test_a_run_that_is_given_up_leaves_no_unfinished_copy_and_no_process(
    registry_models: None, data_dir: Path, engine: Engine, two_nodes: TwoNodes, tmp_path: Path
) -> None:
    tasks = [FileTask(data_dir / "hostile/media3" / name, tmp_path / name) for name in NAMES[:1]]
    events = cover_on_nodes(tasks, FAST, engine, jobs=1, note=lambda _: None)
    assert isinstance(next(events), Step)
    events.close()
    assert list(tmp_path.iterdir()) == []
    assert not two_nodes.processes("ray::FileWork.cover")


def test_a_long_recording_is_covered_in_pieces_on_both_nodes_though_a_process_dies(
    registry_models: None, data_dir: Path, engine: Engine, two_nodes: TwoNodes, tmp_path: Path
) -> None:
    source = first_seconds(data_dir, tmp_path / "walk.mp4", 18)
    task = FileTask(source, tmp_path / "out" / "copy.mp4", tmp_path / "out" / "copy.json")
    notes: list[str] = []
    outcomes: list[Outcome] = []
    shown: list[int] = []
    killed = False
    for event in cover_on_nodes([task], PIECES, engine, jobs=1, note=notes.append, cutting=CUTTING):
        assert event.task == task
        if isinstance(event, Outcome):
            outcomes.append(event)
        else:
            shown.append(event.progress.frames)
            if not killed:
                killed = True
                for process in two_nodes.processes("ray::FileWork.cover", two_nodes.second):
                    os.kill(process, signal.SIGKILL)
    assert [each.error for each in outcomes] == [None]
    assert notes == []
    assert shown
    frames = [frame.pts * frame.time_base for frame in VideoFile(source)]
    assert [frame.pts * frame.time_base for frame in VideoFile(task.target)] == frames
    assert outcomes[0].frames == len(frames)
    assert sorted(path.name for path in task.target.parent.iterdir()) == ["copy.json", "copy.mp4"]


NODES = [
    ClusterNode("a" * 8, "10.0.0.5", 2.0, alive=True, own=True),
    ClusterNode("b" * 8, "10.0.0.6", 2.0, True, False),
]
REPORT = NodeReport("hall", "1", "2", {}, {}, 2, 4000.0, 0.0)


class Made:
    """A cluster without Ray: what its nodes do with a file is given; `None` = their process dies."""

    def __init__(self, works: dict[str, list[object]], refused: dict[str, str] | None = None) -> None:
        self.works, self.refused = works, refused or {}
        self.started: list[str] = []
        self.dies = ""

    def nodes(self) -> list[ClusterNode]:
        return NODES

    def report(self, node: ClusterNode, *, timeout_s: float = 0) -> NodeReport | str:
        if node.address == self.dies and self.started.count(node.address):
            return "it does not answer"
        return self.refused.get(node.address, REPORT)

    def actor(self, node: ClusterNode, kind: type, *, at_once: int) -> object:
        assert kind is FileWork
        self.started.append(node.address)
        made = self

        class Method:
            def options(self, **_: object) -> Method:
                return self

            def remote(self, task: FileTask, _order: RedactOrder, _needed: object) -> list[object]:
                time.sleep(0.01)  # so that both nodes get a file
                return [(node.address, task, each) for each in made.works[node.address]]

        class Actor:
            cover = Method()
            stop = Method()

        return Actor()

    def get(self, reference: tuple[str, FileTask, object]) -> object:
        _address, task, what = reference
        if what is None:
            msg = "its process ended"
            raise PasserbyError(msg)
        return what(task) if callable(what) else what

    def end(self, actor: object) -> None:
        pass


def run(made: Made, folder: Path, files: int = 4) -> tuple[list[Outcome], list[str]]:
    tasks = []
    for number in range(files):
        (folder / f"{number}.png").write_bytes(b"x")
        tasks.append(FileTask(folder / f"{number}.png", folder / "out" / f"{number}.png"))
    notes: list[str] = []
    events = list(cover_on_nodes(tasks, RedactOrder(), made, jobs=1, note=notes.append))  # type: ignore[arg-type]
    return [each for each in events if isinstance(each, Outcome)], notes


def test_a_node_that_does_not_see_the_files_gets_no_more_and_the_other_covers_all(tmp_path: Path) -> None:
    blind = Made({"10.0.0.5": [Outcome], "10.0.0.6": [lambda task: Unseen(task, task.source)]})
    outcomes, notes = run(blind, tmp_path)
    assert sorted(each.task.source.name for each in outcomes) == ["0.png", "1.png", "2.png", "3.png"]
    assert [each.error for each in outcomes] == [None] * 4
    (note,) = notes
    assert "node 10.0.0.6 takes no more files: it does not see" in note
    assert "in a folder that all nodes mount at the same place" in note


def test_without_a_node_that_sees_them_every_file_fails_in_words(tmp_path: Path) -> None:
    blind = Made({each.address: [lambda task: Unseen(task, task.source)] for each in NODES})
    outcomes, _ = run(blind, tmp_path)
    assert len(outcomes) == 4
    assert all("no node is left to cover it (it does not see" in str(each.error) for each in outcomes)


def test_a_file_whose_process_dies_twice_is_given_up(tmp_path: Path) -> None:
    outcomes, notes = run(Made({each.address: [None] for each in NODES}), tmp_path, files=1)
    assert "died on 2 tries; convert it with another program first" in str(outcomes[0].error)
    assert notes == []


def test_a_node_that_dies_costs_only_what_it_was_working_on(tmp_path: Path) -> None:
    made = Made({"10.0.0.5": [None], "10.0.0.6": [Outcome]})
    made.dies = "10.0.0.5"
    outcomes, notes = run(made, tmp_path)
    assert [each.error for each in outcomes] == [None] * 4
    assert notes == ["node 10.0.0.5 takes no more files: its process ended"]


def test_a_node_that_differs_is_refused_and_without_any_other_the_run_is(tmp_path: Path) -> None:
    refused = {"10.0.0.6": "it lacks the network yolox-nano; run passerby models fetch there"}
    made = Made({"10.0.0.5": [Outcome]}, refused)
    outcomes, notes = run(made, tmp_path)
    assert len(outcomes) == 4
    assert made.started == ["10.0.0.5"]
    assert notes == [f"node 10.0.0.6 is refused: {refused['10.0.0.6']}"]
    made.refused["10.0.0.5"] = "its clock is 9 s behind"
    with pytest.raises(UsageError, match="no node can take part"):
        run(made, tmp_path)


def test_progress_of_a_file_is_sent_now_and_then_and_its_end_always(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(b"x")
    task = FileTask(source, tmp_path / "copy.mp4")
    steps = [Step(task, Progress("covering", number, 500, 0)) for number in range(500)]
    monkeypatch.setattr("passerby.cluster.file_work.cover_one", lambda *_: (each for each in [*steps, Outcome(task)]))
    needed = [SharedFile.of(source)]
    events = list(FileWork().cover(task, RedactOrder(), needed))
    assert events[-1] == Outcome(task)
    assert 1 < len(events) < 100
    source.write_bytes(b"other")
    assert list(FileWork().cover(task, RedactOrder(), needed)) == [Unseen(task, source)]
