"""A preset stands for options; an option beside it wins, and help and reference show what it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerby.redact.choice import CoverKind
from passerby.settings.options import RedactOptions, as_options, help_of
from passerby.settings.preset import PRESETS, WHAT_FOR, Preset

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "options.md"


@pytest.mark.parametrize("preset", Preset)
def test_a_preset_sets_what_it_stands_for_and_covers_no_less_than_the_defaults(preset):
    options, usual = RedactOptions(preset=preset), RedactOptions()
    for name, value in PRESETS[preset].items():
        assert getattr(options, name) == (frozenset(value) if name == "cover" else value)
    assert options.cover >= usual.cover
    assert options.hold_s >= usual.hold_s
    changed = {name for name in RedactOptions.model_fields if getattr(options, name) != getattr(usual, name)}
    assert changed <= {"preset", *PRESETS[preset]}


def test_an_option_beside_a_preset_wins():
    options = RedactOptions.checked(preset="street", hold_s=2.0, cover=["faces"])
    assert options.hold_s == 2.0
    assert options.cover == {CoverKind.FACES}
    assert RedactOptions.checked(preset="street", style="mosaic").cover == {CoverKind.PEOPLE, CoverKind.VEHICLES}


@pytest.mark.parametrize("preset", Preset)
def test_help_and_reference_show_what_each_stands_for(preset):
    assert f"{preset} = {as_options(preset)}" in help_of("preset")
    assert f"| `{preset}` | {WHAT_FOR[preset]} | `{as_options(preset)}` |" in PAGE.read_text(encoding="utf-8")


def test_the_options_shown_for_a_preset_are_those_of_the_command_line():
    assert as_options(Preset.STREET).startswith("--cover people,vehicles --shape auto --hold 0.5")


def test_all_presets_are_described():
    assert set(PRESETS) == set(WHAT_FOR) == set(Preset)
