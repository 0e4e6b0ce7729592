"""What belongs to one site on a node lies apart from that of others, also what an earlier version left there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.outputs.recording.written import write_segment
from tests.outputs.streams import BEGIN_S, packets

from passerby.cluster.epoch import EpochFile
from passerby.cluster.node_program import NODE_STATE
from passerby.cluster.recording_agent import RecordingAgent, RecordingPlace
from passerby.cluster.site_folder import EPOCHS, site_folder
from passerby.errors import OutputError
from passerby.outputs.recording.encryption import load_or_make_key


def record(folder: Path, camera: str, begin_s: float) -> None:
    """Record 4 s of a camera in a folder like that of a gateway's state."""
    folder.mkdir(parents=True, exist_ok=True)
    key = load_or_make_key(folder / "recording.key")
    write_segment(folder / "recordings", camera, key, packets(100, begin_s=begin_s), folder / "recording-heads")


def problems(agent: RecordingAgent, camera: str) -> list[str]:
    return [each.problem for each in agent.verify(camera)]


def test_two_sites_with_a_camera_of_the_same_name_share_a_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NODE_STATE, str(tmp_path))
    early, late = (site_folder(tmp_path, site, ["door"]) for site in ("arena", "hall"))
    EpochFile(early / EPOCHS, "door").claim(7)
    EpochFile(late / EPOCHS, "door").claim(5)  # another site's: it was not placed again
    assert EpochFile(early / EPOCHS, "door").latest() == 7
    record(early, "door", BEGIN_S)
    record(late, "door", BEGIN_S + 60)
    for site, begin_s in (("arena", BEGIN_S), ("hall", BEGIN_S + 60)):
        agent = RecordingAgent(RecordingPlace(site, ("door",)))
        assert [each.begin.timestamp() for each in agent.segments("door", None, None)] == [begin_s]
        assert problems(agent, "door") == [""]


def test_recordings_that_were_named_by_camera_only_are_those_of_the_site_that_runs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NODE_STATE, str(tmp_path))
    for camera in ("door", "door.back", "yard"):
        record(tmp_path, camera, BEGIN_S)
    EpochFile(tmp_path / EPOCHS, "door").claim(7)
    arena = RecordingAgent(RecordingPlace("arena", ("door",)))
    hall = RecordingAgent(RecordingPlace("hall", ("door", "yard")))
    assert (sorted(arena.summary()), sorted(hall.summary())) == (["door"], ["yard"])
    assert problems(arena, "door") == problems(hall, "yard") == [""]
    assert not list((tmp_path / EPOCHS).iterdir())
    assert [each.name for each in (tmp_path / "recordings").iterdir()] == ["door.back"]
    record(tmp_path / "sites/arena", "door", BEGIN_S + 60)  # goes on with the same key and the next number
    assert problems(RecordingAgent(RecordingPlace("arena", ("door",))), "door") == ["", ""]


@pytest.mark.parametrize("steps", range(4))
def test_a_move_that_was_interrupted_is_completed_when_the_node_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setenv(NODE_STATE, str(tmp_path))
    record(tmp_path, "door", BEGIN_S)
    record(tmp_path, "yard", BEGIN_S)
    rename, done = Path.rename, 0

    def some(path: Path, target: Path) -> Path:
        nonlocal done
        done += 1
        if done > steps:
            raise OSError(5, "Input/output error")
        return rename(path, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", some)
        with pytest.raises(OutputError, match="sites/arena"):
            site_folder(tmp_path, "arena", ["door", "yard"])
    agent = RecordingAgent(RecordingPlace("arena", ("door", "yard")))
    assert sorted(agent.summary()) == ["door", "yard"]
    assert problems(agent, "door") == problems(agent, "yard") == [""]
