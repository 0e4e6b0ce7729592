"""Recordings lie on nodes: listed, played, exported and verified there, and shown as out of reach if they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cluster.test_camera_on_node import Method, node
from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.cluster import recording_agent
from passerby.cluster.cluster_recordings import ClusterRecordings
from passerby.cluster.engine import NoAnswer
from passerby.cluster.node_program import NODE_STATE
from passerby.cluster.node_recordings import NodeRecordings
from passerby.cluster.recording_agent import RecordingAgent, RecordingPlace
from passerby.errors import AbsentError, PasserbyError, RecordingAbsentError
from passerby.outputs.recording.archive import RecordingArchive
from passerby.outputs.recording.encryption import load_or_make_key
from passerby.outputs.recording.legal_hold import LegalHold
from passerby.outputs.recording.limits import Limits

BEGIN = datetime.fromtimestamp(BEGIN_S, UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


class Nodes:
    """Nodes without Ray: each has recordings of its own, and answers while it is not away."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.away: set[str] = set()
        self.agents: dict[str, RecordingAgent] = {}
        self._monkeypatch = monkeypatch

    def record(self, name: str, *begins_s: int, camera: str = "door") -> None:
        state = self.folder / name / "sites/arena"
        state.mkdir(parents=True, exist_ok=True)
        key = load_or_make_key(state / "recording.key")
        for begin_s in begins_s:
            stream = packets(100, begin_s=BEGIN_S + begin_s)
            write_segment(state / "recordings", camera, key, stream, state / "recording-heads")

    def actor(self, where: object, kind: type, *arguments: object, at_once: int) -> object:
        name = where.number  # type: ignore[attr-defined]
        self._monkeypatch.setenv(NODE_STATE, str(self.folder / name))
        agent = self.agents[name] = kind(*arguments)
        made = type("Actor", (), {})()
        for method in dir(agent):
            if not method.startswith("_"):
                setattr(made, method, Method(self._called(name, getattr(agent, method))))
        return made

    def _called(self, name: str, method: Callable[..., object]) -> Callable[..., object]:
        """Do at once what is asked, as a node does, and return what says how it went."""

        def call(*arguments: object) -> Callable[[], object]:
            if name in self.away:
                return lambda: NoAnswer.UNREACHABLE
            done: Future[object] = Future()
            try:
                done.set_result(method(*arguments))
            except PasserbyError as error:
                done.set_exception(error)
            return done.result

        return call

    def answer(self, reference: Callable[[], object], *, timeout_s: float) -> object:
        return reference()

    def end(self, _actor: object) -> None:
        """Do nothing."""

    def place(self, name: str) -> NodeRecordings:
        alive = lambda: name not in self.away  # noqa: E731
        return NodeRecordings(self, node(name), lambda: RecordingPlace("arena"), alive=alive)  # type: ignore[arg-type]


@pytest.fixture
def nodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nodes:
    made = Nodes(tmp_path, monkeypatch)
    made.record("1", 0, 10)
    made.record("2", 60, 70)
    made.record("2", 60, camera="yard")
    return made


@pytest.fixture
def recordings(nodes: Nodes, tmp_path: Path) -> ClusterRecordings:
    return of_gateway(nodes, tmp_path)


def of_gateway(nodes: Nodes, folder: Path) -> ClusterRecordings:
    here = RecordingArchive(folder / "here/recordings", folder / "here/recording.key", folder / "here/heads")
    places = [nodes.place("1"), nodes.place("2")]
    made = ClusterRecordings(here, folder / "known.json", places=lambda: places, clock=lambda: BEGIN_S + 3600)
    made.refresh()
    return made


def test_recordings_of_all_nodes_are_one_list_with_gaps(recordings: ClusterRecordings) -> None:
    assert recordings.cameras() == ["door", "yard"]
    found = recordings.spans("door")
    assert [(each.begin, each.node, each.away) for each in found] == [
        (at(0), "10.0.0.1", False),
        (at(60), "10.0.0.2", False),
    ]
    assert [len(each.members) for each in found] == [2, 2]
    assert [each.begin for each in recordings.of_period("door", at(65), at(75))] == [at(60), at(70)]


def test_each_period_is_played_by_the_node_that_has_it(recordings: ClusterRecordings) -> None:
    for begin_s in (0, 60):
        pieces = list(recordings.play("door", at(begin_s), at(begin_s + 15)))
        assert pieces[0][1][4:8] == b"ftyp"
        assert at(begin_s + 14) < pieces[-1][0] <= at(begin_s + 15)
        assert recordings.still("door", at(begin_s + 5), 64).jpeg[:2] == b"\xff\xd8"
    shown = recordings.previews("door", at(0), at(80), count=8, width_px=64)
    assert {each.at < at(60) for each in shown} == {True, False}
    with pytest.raises(RecordingAbsentError):
        next(recordings.play("door", at(30), at(50)))
    with pytest.raises(RecordingAbsentError):
        recordings.still("door", at(50), 64)


def test_a_long_video_comes_in_several_answers_and_is_given_up_when_nobody_asks(
    nodes: Nodes, recordings: ClusterRecordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = b"".join(piece for _, piece in recordings.play("door", at(0), at(20)))
    monkeypatch.setattr(recording_agent, "PIECES", 1)
    assert b"".join(piece for _, piece in recordings.play("door", at(0), at(20))) == whole
    begun = nodes.agents["1"].play("door", at(0), at(20))
    monkeypatch.setattr(recording_agent, "FORGOTTEN_S", -1.0)
    nodes.agents["1"].play("door", at(0), at(20))
    with pytest.raises(RecordingAbsentError, match="given up"):
        nodes.agents["1"].more(begun)


def test_an_export_has_the_parts_of_all_nodes_and_leaves_nothing_there(
    nodes: Nodes, recordings: ClusterRecordings, tmp_path: Path
) -> None:
    shares: list[float] = []
    made = recordings.export("door", at(5), at(75), tmp_path / "door.mp4", watch=shares.append)
    assert [each.path.name for each in made] == ["door.mp4", "door-2.mp4"]
    assert [(each.begin <= at(5), each.end < at(30)) for each in made] == [(True, True), (False, False)]
    assert all(each.path.read_bytes()[4:8] == b"ftyp" for each in made)
    assert not [*tmp_path.glob("?/cluster-exports/*/*/*"), *tmp_path.glob("*.partial*")]
    with pytest.raises(RecordingAbsentError):
        recordings.export("door", at(30), at(50), tmp_path / "none.mp4", watch=shares.append)


def test_what_was_recorded_on_a_node_that_does_not_answer_is_shown_as_that_also_after_a_restart(
    nodes: Nodes, recordings: ClusterRecordings, tmp_path: Path
) -> None:
    nodes.away.add("2")
    for each in (recordings, of_gateway(nodes, tmp_path)):
        assert each.cameras() == ["door", "yard"]
        first, second = each.spans("door")
        assert not first.away
        assert (second.begin, second.node, second.away) == (at(60), "10.0.0.2", True)
        assert second.end is not None
        assert at(79) < second.end <= at(80)
        away = r"camera 'door': .* is on node 10\.0\.0\.2, which does not answer; start it, or ask for another time"
        with pytest.raises(AbsentError, match=away):
            next(each.play("door", at(60), at(70)))
        with pytest.raises(AbsentError, match=away):
            each.still("door", at(65), 64)
        with pytest.raises(AbsentError, match=away):
            each.export("door", at(0), at(75), tmp_path / "door.mp4", watch=lambda _: None)
        assert not (tmp_path / "door.mp4").exists()
        assert [verdict.problem for verdict in each.verify("door") if verdict.problem] == [
            "on node 10.0.0.2, which does not answer: not verified"
        ]
        assert next(each.play("door", at(0), at(5)))
    nodes.away.clear()
    assert [each.away for each in recordings.spans("door")] == [False, False]


def test_what_a_node_that_is_away_must_have_erased_since_is_not_shown(
    nodes: Nodes, recordings: ClusterRecordings
) -> None:
    nodes.away.add("2")
    recordings.keep_h = 0.99
    assert [each.node for each in recordings.spans("door")] == ["10.0.0.1", "10.0.0.2"]
    recordings.keep_h = 0.9
    assert [each.node for each in recordings.spans("door")] == ["10.0.0.1"]


def test_damage_on_a_node_is_found_there(nodes: Nodes, recordings: ClusterRecordings, tmp_path: Path) -> None:
    assert not [each.problem for each in recordings.verify("door") if each.problem]
    (path, _) = sorted((tmp_path / "2/sites/arena/recordings/door").rglob("*.segment"))
    path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)
    (problem,) = [each.problem for each in recordings.verify("door") if each.problem]
    assert problem


def test_nodes_erase_what_is_too_old_but_not_what_is_held(nodes: Nodes, tmp_path: Path) -> None:
    place = nodes.place("1")
    hold = LegalHold(1, "door", at(11), at(12), "a made-up reason", "anna", BEGIN)
    limits = Limits(keep_h=1.0, disk_bytes=10**12)
    assert time.time() - BEGIN_S > 2 * 3600
    place.sweep(limits, [hold])
    assert [each.begin for each in place.segments("door")] == [at(10)]
    place.sweep(limits, [])
    assert place.segments("door") == []
    assert not list((tmp_path / "1/sites/arena/recordings").rglob("*.segment"))


def test_an_agent_that_ended_is_started_again(nodes: Nodes) -> None:
    place = nodes.place("1")
    assert len(place.segments("door")) == 2
    before = nodes.agents["1"]
    ended = lambda *_, **__: NoAnswer.ENDED  # noqa: E731
    nodes.answer, usual = ended, nodes.answer  # type: ignore[method-assign]
    with pytest.raises(AbsentError, match=r"node 10\.0\.0\.1 does not answer"):
        place.segments("door")
    nodes.answer = usual  # type: ignore[method-assign]
    assert len(place.segments("door")) == 2
    assert nodes.agents["1"] is not before


def test_a_file_of_known_spans_that_is_damaged_is_made_anew(
    nodes: Nodes, recordings: ClusterRecordings, tmp_path: Path
) -> None:
    (tmp_path / "known.json").write_text("[")
    assert replace(of_gateway(nodes, tmp_path).spans("yard")[0], members=()).node == "10.0.0.2"


def test_exports_that_a_process_left_on_a_node_are_removed_and_those_of_another_gateway_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NODE_STATE, str(tmp_path))
    left = tmp_path / "cluster-exports/left"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "1.mp4").touch()
    first, second = RecordingAgent(RecordingPlace("arena")), RecordingAgent(RecordingPlace("arena"))
    assert not left.exists()
    assert first._exports != second._exports
    assert first._exports.is_dir()
