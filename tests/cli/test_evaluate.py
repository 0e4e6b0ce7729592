"""`passerby evaluate` as a user meets it: the figures of a finished copy, of a run, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from passerby.cli.app import run
from passerby.errors import ModelError
from passerby.evaluate.result import Evaluation
from passerby.jobs.evaluation import evaluate_file
from passerby.reports.redaction import FrameBoxes, RedactionReport, WholeSpan

HEAD = (40, 30, 60, 50)
TRUTH = "".join(f"{frame},7,40,30,20,50,1,1,1\n" for frame in (1, 2, 3))
"""One person in three frames, whose head is HEAD."""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "hall.png"
    Image.fromarray(np.full((120, 160, 3), 90, np.uint8)).save(path)
    return path


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.txt"
    path.write_text(TRUTH, encoding="utf-8")
    return path


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Report of three frames: the head covered, left bare, and the picture covered whole."""
    boxes = [[HEAD], [], []]
    made = RedactionReport(
        passerby_version="0",
        copy_name="hall_redacted.mp4",
        copy_sha256="0" * 64,
        models=[],
        options={},
        frames=3,
        covered_share=0.5,
        covered_share_per_second=[],
        frames_covered_whole=1,
        frames_with_crowd=0,
        covered_whole=[WholeSpan(first_frame=2, last_frame=2, start_s=0.2, reason="late")],
        boxes=[FrameBoxes(frame=n, time_s=n / 10, boxes_px=each) for n, each in enumerate(boxes)],
        leak_check=None,
    )
    path = tmp_path / "report.json"
    path.write_text(made.to_json(), encoding="utf-8")
    return path


@pytest.fixture
def say(capsys):
    """Carry out a command line, and return its status, what it said, and its complaint."""

    def says(*words: str | Path) -> tuple[int, str, str]:
        code = run(["evaluate", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return says


def test_a_finished_copy_is_evaluated_by_its_report(say, clip, truth, report, tmp_path):
    figures = tmp_path / "figures.json"
    code, said, complaint = say(clip, "--truth", truth, "--covers", report, "--json", figures)
    assert (code, complaint) == (0, "")
    found = Evaluation.model_validate_json(figures.read_text(encoding="utf-8"))
    assert (found.heads, found.people, found.people_exposed, found.frames_covered_whole) == (3, 1, 1, 1)
    assert found.exposed80 == found.exposed50 == found.untouched == pytest.approx(1 / 3)
    assert found.exposed80_per_hour == pytest.approx(12000)
    (moment,) = found.moments
    assert (moment.frame, moment.box_px) == (1, HEAD)
    assert "40 30 60 50" in said
    last = said.splitlines()[-1]
    assert last.startswith(f"{clip}: of 3 heads 33.33% covered less than 80 %")
    assert "1 of 3 frames covered whole" in last


def test_an_outline_of_a_report_covers_its_inside_and_not_the_box_around_it(say, clip, truth, report, tmp_path):
    x1, y1, x2, y2 = HEAD
    triangle = [[x1, y1], [x2, y1], [x1, y2]]
    rows = json.loads(report.read_text(encoding="utf-8"))
    for shape, exposed80 in ((triangle, 2 / 3), ([*triangle[:2], [x2, y2], [x1, y2]], 1 / 3)):
        rows["boxes"][0] |= {"boxes_px": [], "polygons_px": [shape]}
        report.write_text(json.dumps(rows), encoding="utf-8")
        figures = tmp_path / f"figures_{len(shape)}.json"
        code, _, _ = say(clip, "--truth", truth, "--covers", report, "--json", figures)
        assert code == 0
        assert Evaluation.model_validate_json(figures.read_text(encoding="utf-8")).exposed80 == pytest.approx(exposed80)


def test_the_figures_have_no_number_of_anybody(say, clip, truth, report, tmp_path):
    truth.write_text(TRUTH.replace(",7,", ",70707,"), encoding="utf-8")
    figures = tmp_path / "figures.json"
    _, said, _ = say(clip, "--truth", truth, "--covers", report, "--json", figures)
    assert "70707" not in said + figures.read_text(encoding="utf-8")


def test_a_picture_with_head_points_is_evaluated_by_their_distance(say, clip, report, tmp_path):
    points = tmp_path / "points.csv"
    points.write_text("x,y\n45,35\n48,35\n100,100\n", encoding="utf-8")
    one = json.loads(report.read_text(encoding="utf-8"))
    one |= {"frames": 1, "boxes": one["boxes"][:1], "covered_whole": []}
    report.write_text(json.dumps(one), encoding="utf-8")
    code, said, _ = say(clip, "--truth", points, "--covers", report)
    assert code == 0
    rows = [line.split() for line in said.splitlines()]
    assert ["0", "to", "7", "2", "0", "(0.0%)"] in rows
    assert ["64", "and", "more", "1", "1", "(100.0%)"] in rows
    assert "33.33% of 3 head points uncovered" in said


def broken(report: Path, **changes: object) -> None:
    report.write_text(json.dumps(json.loads(report.read_text(encoding="utf-8")) | changes), encoding="utf-8")


BOXES = [{"frame": 0, "time_s": 0.0, "boxes_px": [[9, 0, 1, 5]]}]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"boxes": None}, "does not contain the boxes of each frame"),
        ({"frames": 9}, "does not contain the boxes of each frame"),
        ({"frames": 1, "boxes": BOXES}, "frame 0: cover: a box is inside out"),
        ({"frames": "many"}, "not a report of passerby redact: frames"),
        (
            {"frames": 2, "boxes": [{"frame": n, "time_s": 0.0, "boxes_px": []} for n in (0, 1)]},
            "the clip has 2 frames",
        ),
    ],
    ids=["no boxes", "frames lack", "inside out", "no report", "shorter than the truth"],
)
def test_a_report_that_does_not_fit_is_refused_in_one_line(say, clip, truth, report, changes, complaint):
    broken(report, **changes)
    code, said, complained = say(clip, "--truth", truth, "--covers", report)
    assert (code, said, complained.count("\n")) == (2, "", 1)
    assert complaint in complained


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--format", "voc"), "--format voc: choose auto, mot"),
        (("--upper", "0"), "--upper 0: give a share"),
        (("--truth", "absent.txt"), "absent.txt: cannot be read"),
        (("--covers", "absent.json"), "absent.json: cannot be read"),
        (("--effort", "none"), "--effort none"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_wrong_words_are_refused_in_one_line(say, clip, truth, words, complaint):
    code, said, complained = say(clip, "--truth", truth, *words)
    assert (code, said, complained.count("\n")) == (2, "", 1)
    assert complaint in complained


def test_figures_are_not_replaced_unasked(say, clip, truth, report, tmp_path):
    (tmp_path / "figures.json").write_text("mine", encoding="utf-8")
    words = (clip, "--truth", truth, "--covers", report, "--json", tmp_path / "figures.json")
    assert say(*words)[0] == 2
    assert (tmp_path / "figures.json").read_text(encoding="utf-8") == "mine"
    assert say(*words, "--force")[0] == 0


@pytest.mark.data
def test_a_labelled_clip_is_covered_and_evaluated_without_a_copy(data_dir, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    heard = []
    try:
        found = evaluate_file(
            data_dir / "video" / "mot17-04_night_8frames.mp4",
            data_dir / "gt" / "mot17-04" / "gt" / "gt.txt",
            progress=heard.append,
        )
    except ModelError as error:
        pytest.skip(str(error))
    assert (found.frames, found.frames_labelled, found.heads, found.people) == (8, 8, 296, 37)
    assert found.exposed50 < 0.2
    assert heard[-1].frames == 8
    assert not list(tmp_path.iterdir())


def test_labels_beyond_the_picture_are_reported(clip, report, tmp_path, capsys):
    labels = tmp_path / "edge.txt"
    labels.write_text(TRUTH + "1,8,100,90,20,50,1,1,1\n1,9,150,20,60,50,1,1,1\n", encoding="utf-8")
    assert run(["evaluate", str(clip), "--truth", str(labels), "--covers", str(report)]) == 0
    said = capsys.readouterr().out
    assert "1 labels reach beyond the picture, only their part within it counts" in said
    assert "1 labels lie mostly outside it and do not count" in said
