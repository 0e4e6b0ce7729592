from pathlib import Path

from passerby.cli.progress import Bars, Lines
from passerby.jobs.task import SEARCHING, FileTask, Outcome, Progress, Step

TASK = FileTask(Path("door.mp4"), Path("door_redacted.mp4"))


def step(frames: int, expected: int | None = 100, stage: str = "covering") -> Step:
    return Step(TASK, Progress(stage, frames, expected, 2))


def test_lines_say_how_far_how_fast_and_how_long(capsys):
    now = [0.0]
    lines = Lines(now_s=lambda: now[0], every_s=5.0)
    lines.show(step(0))
    now[0] = 10.0
    lines.show(step(50))
    assert capsys.readouterr().err == "door.mp4: covering, frame 50 of 100, 5.0/s, 10 s left, 2 covered whole\n"


def test_lines_are_rare(capsys):
    now = [0.0]
    lines = Lines(now_s=lambda: now[0], every_s=5.0)
    for tenth in range(100):
        now[0] = tenth / 10
        lines.show(step(tenth))
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_length_is_left_out(capsys):
    lines = Lines(now_s=lambda: 0.0, every_s=0.0)
    lines.show(step(3, expected=None, stage="checking"))
    assert capsys.readouterr().err == "door.mp4: checking, frame 3, 0.0/s\n"


def test_a_search_counts_settings(capsys):
    Lines(now_s=lambda: 0.0, every_s=0.0).show(step(31, expected=None, stage=SEARCHING))
    assert capsys.readouterr().err == "door.mp4: searching, setting 31, 0.0/s\n"


def test_bars_follow_several_files_to_their_end(capsys):
    with Bars(files=2) as bars:
        bars.show(step(1))
        bars.show(step(1, expected=None, stage="checking"))
        bars.show(Outcome(TASK, frames=1))
    assert "Traceback" not in capsys.readouterr().err
