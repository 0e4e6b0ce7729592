from __future__ import annotations

import pytest

RECTANGLE = ["--rectangle", "6x12"]
CORNERS = ["100,500", "700,500", "550,200", "250,200"]
KNOWN = [*RECTANGLE, *(word for corner in CORNERS for word in ("--corner", corner)), "--size", "800x600"]


def test_a_known_rectangle_calibrates_a_camera(passerby, tmp_path):
    places = tmp_path / "places.yaml"
    done = passerby("calibrate", *KNOWN, "--point", "400,320=3,5", "-o", places)
    assert done.returncode == 0, done.stderr
    assert "reprojection error" in done.stdout
    assert "px per metre" in done.stdout
    again = passerby("calibrate", places)
    assert again.returncode == 0
    assert "fits worst" in again.stdout
    kept = passerby("calibrate", *KNOWN, "-o", places)
    assert kept.returncode == 2
    assert "exists already" in kept.stderr


@pytest.mark.data
def test_a_tsai_calibration_is_imported(passerby, data_dir):
    done = passerby("calibrate", "--tsai", data_dir / "gt/pets_s2l1/View_001.xml")
    assert done.returncode == 0
    assert "ground:\n  tsai:" in done.stdout


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "give either points or tsai"),
        (("--point", "1,2"), "--point 1,2: give 4 numbers"),
        ((*KNOWN[:-4],), "3 corners; a rectangle has four"),
        (("--corner", "1,2"), "go together"),
        (("--lens", "1,2"), "--lens"),
        (("--tsai", "none.xml"), "none.xml: cannot be read"),
        (
            tuple(w for x, y in ((0, 0), (1, 1), (2, 2), (5, 0)) for w in ("--point", f"{x},{y}={x},{y}")),
            "lie on a line",
        ),
    ],
)
def test_points_that_say_nothing_are_refused_in_one_line(passerby, words, text):
    done = passerby("calibrate", *words)
    assert done.returncode == 2
    assert text in done.stderr
    assert len(done.stderr.splitlines()) == 1
