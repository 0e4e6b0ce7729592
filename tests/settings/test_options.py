import pytest

from passerby.errors import UsageError
from passerby.redact.choice import CoverKind
from passerby.settings.options import RedactOptions


def test_whole_people_are_covered_solid_and_without_sound_by_default():
    options = RedactOptions()
    assert options.cover == {CoverKind.PEOPLE}
    assert options.style == "solid"
    assert not options.keep_audio


@pytest.mark.parametrize(
    ("wrong", "flag"),
    [
        ({"hold_s": -1}, "--hold -1"),
        ({"crf": 99}, "--crf 99"),
        ({"style": "none"}, "--style none"),
        ({"shape": "round"}, "--shape round"),
        ({"shape": "outline", "style": "figure"}, "--style figure hides the posture, which --shape outline shows"),
        ({"growth": 0.5}, "--mask-scale 0.5"),
        ({"cover": ["nobody"]}, "--cover nobody"),
        ({"cover": []}, "--cover"),
        ({"scale": (0, 360)}, "--scale 0"),
        ({"blur": 3}, "--blur"),
        ({"budget_ms": 40}, "--budget-ms and --real-time need --effort auto"),
        ({"budget_ms": 0, "effort": "auto"}, "--budget-ms 0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_flag(wrong, flag):
    with pytest.raises(UsageError) as refusal:
        RedactOptions.checked(**wrong)
    assert flag in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_all_wrong_values_are_shown_at_once():
    with pytest.raises(UsageError, match=r"--hold 99.*--crf 70"):
        RedactOptions.checked(hold_s=99, crf=70)


def test_every_option_says_in_a_line_what_it_does():
    for name, field in RedactOptions.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description
