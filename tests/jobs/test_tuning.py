"""A plan is made of a labelled piece of PETS, and used; without a better one, nothing is written."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import pytest
from tests.settings.plans import plan_of

from passerby.assembly.rehearsal import Rehearsal
from passerby.evaluate.halves import halves
from passerby.evaluate.read import read_truth
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.search import why_refused
from passerby.jobs.evaluation import evaluate_file
from passerby.jobs.stepwise import Stepwise
from passerby.jobs.tuning import TuneRequest, head_counts, tuning
from passerby.redact.choice import CoverKind
from passerby.settings.camera_plan import read_plan
from passerby.settings.options import RedactOptions
from passerby.vision.effort import Effort

FRAMES, EVERY = 45, 2
RATE = 5


@pytest.fixture(scope="module")
def piece(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Nine seconds of PETS, five pictures of each, and their labels in MOT's format."""
    folder = tmp_path_factory.mktemp("piece")
    with (
        av.open(str(data_dir / "video/pets_s2l1_vtest.avi")) as source,
        av.open(str(folder / "minute.mp4"), "w") as target,
    ):
        stream = target.add_stream("libx264", rate=RATE, options={"crf": "10", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 768, 576, "yuv420p"
        for index, frame in zip(range(FRAMES), islice(source.decode(video=0), 0, None, EVERY), strict=False):
            picture = frame.reformat(format="yuv420p")
            picture.pts, picture.time_base = index, Fraction(1, RATE)
            target.mux(stream.encode(picture))
        target.mux(stream.encode())
    truth = read_truth(data_dir / "gt/pets_s2l1/PETS2009-S2L1.xml", upper=0.4, clip="pets")
    rows = [
        f"{frame // EVERY + 1},{person},{x1},{y1},{x2 - x1},{y2 - y1},1,1,1"
        for frame, labels in sorted(truth.frames.items())
        if frame % EVERY == 0 and frame // EVERY < FRAMES
        for person, (x1, y1, x2, y2) in zip(labels.people.tolist(), labels.bodies_px.tolist(), strict=True)
    ]
    (folder / "gt.txt").write_text("\n".join(rows) + "\n")
    return folder / "minute.mp4", folder / "gt.txt"


def request(piece: tuple[Path, Path]) -> TuneRequest:
    return TuneRequest(*piece, TruthFormat.AUTO, 0.4, frozenset({CoverKind.PEOPLE}), (Effort.FAST,))


@pytest.mark.data
def test_a_plan_is_better_on_the_half_that_it_was_not_made_on_and_evaluate_can_use_it(registry_models, piece, tmp_path):
    with Stepwise(tuning(request(piece))) as steps:
        stages = {progress.stage for progress in steps}
        plan = steps.result
    assert stages == {"looking with effort balanced", "looking with effort fast", "searching"}
    found = plan.evidence
    assert found.heads > 70
    assert found.after.at_most < found.before.at_most or (
        found.after.at_most == found.before.at_most and found.after.area < found.before.area
    )
    path = tmp_path / "plan.json"
    path.write_text(plan.to_json())
    assert read_plan(path) == plan
    whole = evaluate_file(*piece, RedactOptions(plan=path))
    usual = evaluate_file(*piece)
    assert whole.exposed50 <= usual.exposed50 + 0.01
    assert (whole.area, whole.exposed50) != (usual.area, usual.exposed50)


@pytest.mark.data
def test_a_copy_covered_by_a_plan_says_so_in_its_report(passerby, registry_models, piece, tmp_path):
    path = tmp_path / "secret-name.json"
    path.write_text(plan_of().to_json())
    arguments = ("redact", piece[0], "-o", tmp_path / "c.mp4", "--report", tmp_path / "r.json", "--check", "off")
    done = passerby(*arguments, "--plan", path)
    assert done.returncode in {0, 3}, done.stderr
    assert f"passerby: plan {path}: effort balanced" in done.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["options"]["plan"]["evidence"]["heads"] == 2000
    assert "secret-name" not in (tmp_path / "r.json").read_text()
    assert sum(each["share"] for each in report["causes"]) == pytest.approx(report["covered_share"], abs=2e-3)
    assert {each["second"] for each in report["causes_per_second"]} == set(range(FRAMES // RATE))


@pytest.mark.data
@pytest.mark.parametrize(
    ("plan", "cover", "said"),
    [
        (plan_of(picture_px=(640, 480)), "people", "the plan is for pictures of 640x480, not of 768x576"),
        (plan_of(), "faces", "is for people; add people to --cover"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(passerby, piece, tmp_path, plan, cover, said):
    path = tmp_path / "plan.json"
    path.write_text(plan.to_json())
    done = passerby("redact", piece[0], "-o", tmp_path / "c.mp4", "--plan", path, "--cover", cover, "--check", "off")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "c.mp4").exists()


@pytest.mark.data
def test_every_label_of_a_half_counts_once_by_size_and_region(piece):
    times_s = [index / RATE for index in range(FRAMES)]
    early, _ = halves(read_truth(piece[1], upper=0.4, clip="minute.mp4"), times_s)
    counts = head_counts(early, Rehearsal([], (768, 576)))
    labels = sum(len(each.bodies_px) for each in early.truth.frames.values())
    assert sum(counts.sizes) == sum(map(sum, counts.regions)) == labels


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--efforts", "auto"), "--efforts auto: choose from fast, balanced, thorough"),
        (("--format", "voc"), "--format voc: choose"),
        (("--cover", "ghosts"), "--cover ghosts: choose people"),
        (("--cover", "faces"), "--cover faces: a plan is for bodies"),
        (("--upper", "7"), "--upper 7: give a share"),
    ],
)
def test_wrong_use_is_one_line_with_the_mend(passerby, tmp_path, arguments, said):
    (tmp_path / "gt.txt").write_text("1,1,10,10,20,40,1,1,1\n")
    done = passerby("tune", tmp_path / "a.mp4", "--truth", tmp_path / "gt.txt", "-o", tmp_path / "p.json", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "p.json").exists()


def test_an_existing_plan_is_not_replaced_unasked(passerby, tmp_path):
    (tmp_path / "p.json").write_text("mine")
    done = passerby("tune", tmp_path / "a.mp4", "--truth", tmp_path / "gt.txt", "-o", tmp_path / "p.json")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (tmp_path / "p.json").read_text() == "mine"


def test_the_refusal_is_for_people_to_read():
    from passerby.evaluate.search import Trial

    text = why_refused(Trial(400, 0, 3, 0.08), Trial(400, 1, 3, 0.05))
    assert "1 of 400 labelled heads are bare with the plan (at most 1.18%) at an area of 5.0%" in text
