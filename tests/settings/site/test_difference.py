from __future__ import annotations

from pathlib import Path

from tests.gateway.test_hosts import DOOR, site

from passerby.settings.site.difference import settings_difference, settings_texts, texts_difference

GATE = DOOR | {"name": "gate"}
FOLDER = Path("/nowhere")


def test_equal_settings_do_not_differ():
    assert settings_difference(site(FOLDER, DOOR), site(FOLDER, DOOR)) == {}
    assert texts_difference(settings_texts(site(FOLDER, DOOR)), settings_texts(site(FOLDER, DOOR))) == {}


def test_cameras_are_compared_by_name_not_by_place():
    assert settings_difference(site(FOLDER, DOOR, GATE), site(FOLDER, GATE, DOOR)) == {}
    changed = settings_difference(site(FOLDER, DOOR, GATE), site(FOLDER, GATE | {"max_fps": 5}))
    assert changed["cameras.gate.max_fps"] == "25.0 -> 5.0"
    assert changed["cameras.door.name"] == "door -> (absent)"


def test_of_a_secret_it_is_said_only_that_it_changed():
    one, other = site(FOLDER, DOOR | {"password": "hunter1"}), site(FOLDER, DOOR | {"password": "hunter2"})
    assert settings_difference(one, other) == {"cameras.door.password": "(secret) -> (secret)"}
    assert "hunter" not in str(settings_texts(one))


def test_long_texts_are_cut_and_still_compared_to_their_end():
    one, other = (site(FOLDER, DOOR | {"purpose": "a" * 300 + end}) for end in "xy")
    text = settings_difference(one, other)["cameras.door.purpose"]
    assert len(text) < 500
    assert settings_texts(one) != settings_texts(other)
