import pytest

from passerby.errors import UsageError
from passerby.redact.choice import CoverKind
from passerby.settings.options import RedactOptions
from passerby.settings.remedy import bounds


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


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"thresh": 5}, "--thresh 5: give a number from 0.01 to 0.9"),
        ({"crf": 99}, "--crf 99: give a number from 0 to 63"),
        ({"hold_s": "long"}, "--hold long: give a number"),
        ({"scale": (20, 360)}, "--scale 20: give a number from 64 to 8192"),
        ({"style": "none"}, "--style none: choose solid, mosaic or figure"),
        ({"cover": ["ghosts"]}, "--cover ghosts: choose people, heads, faces, vehicles, screens, text or plates"),
        ({"cover": []}, "give at least one; What to cover: people"),
    ],
)
def test_a_refusal_says_what_is_allowed(wrong, said):
    with pytest.raises(UsageError) as refusal:
        RedactOptions.checked(**wrong)
    assert said in str(refusal.value)


def test_every_bound_of_an_option_is_named_where_it_is_broken():
    bounded = {name: found for name, field in RedactOptions.model_fields.items() if (found := bounds([field]))}
    assert len(bounded) >= 6
    for name, limits in bounded.items():
        low, high = limits["ge"], limits["le"]
        wrong = (high + 1, high + 1) if name == "scale" else high + 1
        with pytest.raises(UsageError, match=f"from {low:g} to {high:g}"):
            RedactOptions.checked(**{name: wrong, "effort": "auto"})


def test_all_wrong_values_are_shown_at_once():
    with pytest.raises(UsageError, match=r"--hold 99.*--crf 70"):
        RedactOptions.checked(hold_s=99, crf=70)


def test_every_option_says_in_a_line_what_it_does():
    for name, field in RedactOptions.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description
