"""The plan of a camera: what it says, what it refuses, and that it lowers nothing in silence."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from tests.settings.plans import plan_of

from passerby.errors import UsageError
from passerby.redact.rule import COVER_SCORE
from passerby.settings.camera_plan import PlanChoice, SizeScore, plan_schema_json, read_plan
from passerby.settings.cover_choice import LIVE_GROWTH, LIVE_HOLD_S
from passerby.settings.options import RedactOptions

SCHEMA = Path(__file__).parents[2] / "docs/reference/camera-plan.schema.json"
BOLD = PlanChoice(
    effort="fast",
    growth=1.0,
    hold_s=0.3,
    sizes=(SizeScore(below=0.1, score=0.08), SizeScore(below=1.0, score=0.25)),
    regions=((1.0, 1.5),),
)


def written(folder: Path, text: str) -> Path:
    path = folder / "door.plan.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_that_is_written_is_read_again_and_fits_the_published_schema(tmp_path):
    plan = plan_of(BOLD)
    path = written(tmp_path, plan.to_json())
    assert read_plan(path) == plan
    jsonschema.validate(json.loads(plan.to_json()), json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert SCHEMA.read_text(encoding="utf-8") == plan_schema_json()


def test_an_edited_plan_is_refused(tmp_path):
    content = json.loads(plan_of().to_json())
    content["choice"]["hold_s"] = 0.21
    with pytest.raises(UsageError, match="edited after it was measured"):
        read_plan(written(tmp_path, json.dumps(content)))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("growth",), 0.9, "choice.growth: give at least 1"),
        (("hold_s",), 0.1, "choice.hold_s: give at least 0.2"),
        (("hold_s",), 9, "choice.hold_s: give at most 2"),
        (("sizes", 0, "score"), 0.5, "choice.sizes.0.score: give at most 0.3"),
        (("sizes", 0, "score"), 0.01, "choice.sizes.0.score: give at least 0.05"),
        (("sizes", 0, "below"), 0.5, "sizes must ascend and end at 1"),
        (("regions",), [[1.0], [1.0, 1.0]], "rows of equal length"),
        (("regions",), [[9.0]], "choice.regions.0.0: give at most 2"),
        (("effort",), "auto", "effort must be fast, balanced or thorough"),
        (("watch",), 1, "choice.watch: no such key"),
    ],
)
def test_what_is_out_of_bounds_is_refused_by_name(tmp_path, place, value, said):
    content = json.loads(plan_of().to_json())
    part = content["choice"]
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    path = written(tmp_path, json.dumps(content))
    with pytest.raises(UsageError) as refusal:
        read_plan(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"camera_plan_version": 2}'])
def test_another_file_is_refused(tmp_path, text):
    with pytest.raises(UsageError, match="give a plan that passerby tune wrote"):
        read_plan(written(tmp_path, text))


def test_a_missing_plan_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "none.json")


def test_the_summary_names_the_evidence_and_all_that_is_less_than_the_defaults():
    text = plan_of(BOLD).summary()
    for part in (
        *("0 of 2,000 labelled heads bare, at most 0.15%", "without the plan 3", "area 6.0% instead of 8.0%"),
        *("LESS than the defaults", "effort fast", "growth 1 instead of 1.04", "hold 0.3 s instead of 0.5 s"),
        "scores up to 0.3 instead of 0.15",
    ):
        assert part in text
    assert "LESS" not in plan_of(PlanChoice()).summary()
    assert PlanChoice().lowered() == []


def test_live_a_plan_covers_no_less_than_the_defaults():
    live = BOLD.live()
    assert live.growth == LIVE_GROWTH
    assert live.hold_s == LIVE_HOLD_S
    assert [each.score for each in live.sizes] == [0.08, COVER_SCORE]
    assert live.regions == ((1.0, 1.0),)
    wide = PlanChoice(growth=1.3, hold_s=1.2).live()
    assert (wide.growth, wide.hold_s) == (1.3, 1.2)


def test_a_plan_fits_pictures_of_its_size_only():
    assert plan_of().misfit(768, 576) == ""
    assert "pictures of 768x576, not of 1280x720" in plan_of().misfit(1280, 720)


@pytest.mark.parametrize("given", [{"hold_s": 1.0}, {"effort": "fast"}, {"thresh": 0.2}, {"growth": 1.2}])
def test_an_option_that_a_plan_stands_for_is_refused_beside_it(given):
    with pytest.raises(UsageError, match=r"--plan door.json: stands for --\w+"):
        RedactOptions.checked(plan="door.json", **given)


def test_a_preset_leaves_its_hold_to_the_plan():
    options = RedactOptions.checked(plan="door.json", preset="camera")
    assert "hold_s" not in options.model_fields_set
