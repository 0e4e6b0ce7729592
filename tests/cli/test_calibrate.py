from __future__ import annotations

import pytest

RECTANGLE = ["--rectangle", "6x12"]
CORNERS = ["100,500", "700,500", "550,200", "250,200"]
POINTS = [
    *("--point", "100,100=0,0", "--point", "700,100=60,0", "--point", "700,500=60,40", "--point", "100,500=0,40"),
]

DEGREES = tuple(
    word
    for at, x, y in (("100,500", 1, 4), ("700,500", 2, 4), ("550,200", 2, 5), ("250,200", 1, 5))
    for word in ("--point", f"{at}=16.373{x},48.208{y}")
)


def in_turn(*numbers):
    return [word for number in numbers for word in ("--corner", CORNERS[number])]


KNOWN = [*RECTANGLE, *in_turn(0, 1, 2, 3), "--size", "800x600"]


def test_a_known_rectangle_calibrates_a_camera(passerby, tmp_path):
    places = tmp_path / "places.yaml"
    done = passerby("calibrate", *KNOWN, "--point", "400,320=3,5", "-o", places)
    assert done.returncode == 0, done.stderr
    assert "reprojection error" in done.stdout
    assert "px per metre" in done.stdout
    again = passerby("calibrate", places)
    assert again.returncode == 0
    assert "has the largest error" in again.stdout
    kept = passerby("calibrate", *KNOWN, "-o", places)
    assert kept.returncode == 2
    assert "already exists" in kept.stderr


@pytest.mark.data
def test_a_tsai_calibration_is_imported(passerby, data_dir):
    done = passerby("calibrate", "--tsai", data_dir / "gt/pets_s2l1/View_001.xml")
    assert done.returncode == 0
    assert "picture_px: [768, 576]\nground:\n  tsai:" in done.stdout


@pytest.mark.data
def test_a_tsai_calibration_is_of_one_picture_and_has_a_lens_of_its_own(passerby, data_dir, tmp_path):
    known = ("--tsai", data_dir / "gt/pets_s2l1/View_001.xml")
    other = passerby("calibrate", *known, "--size", "384x288")
    assert (other.returncode, "the imported calibration is for another picture size" in other.stderr) == (2, True)
    bent = passerby("calibrate", *known, "--lens", "700,700,384,288,0,0,0,0")
    assert (bent.returncode, "includes a lens" in bent.stderr) == (2, True)


def test_a_places_file_is_judged_by_itself(passerby, tmp_path):
    places = tmp_path / "places.yaml"
    assert passerby("calibrate", *KNOWN, "-o", places).returncode == 0
    for more in (("--point", "1,2=3,4"), ("-o", tmp_path / "other.yaml"), ("--size", "640x480")):
        done = passerby("calibrate", places, *more)
        assert (done.returncode, "remove the other options" in done.stderr) == (2, True)


def test_points_of_a_floor_plan_are_turned_upright(passerby):
    done = passerby("calibrate", *POINTS, "--plan-scale", "0.1", "--size", "800x600")
    assert done.returncode == 0, done.stderr
    assert "{picture_px: [700, 500], ground_m: [6, -4]}" in done.stdout


def test_without_a_size_it_is_said_what_that_means(passerby):
    done = passerby("calibrate", *KNOWN[:-2])
    assert done.returncode == 0
    assert "without --size" in done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "no calibration given; use --point"),
        (("--lens", "1,1,0,0,0,0,0,0"), "no calibration given; use --point"),
        ((*KNOWN, "--size", "0x0"), "--size 0x0: give width and height"),
        ((*KNOWN, "--size=-800x600"), "--size -800x600: give width and height"),
        ((*KNOWN, "--size", "800.5x600"), "--size 800.5x600: give width and height"),
        ((*KNOWN, "--rectangle=-6x12"), "both sides must be longer than 0 m"),
        ((*KNOWN, "--rectangle", "0x12"), "both sides must be longer than 0 m"),
        ((*KNOWN, "--plan-scale", "0.02"), "use it with --point only"),
        ((*POINTS, "--plan-scale", "0"), "--plan-scale 0: give metres per pixel"),
        ((*POINTS, "--plan-scale", "nan"), "--plan-scale nan: give metres per pixel"),
        ((*KNOWN, "--lens", "0,0,400,300,0,0,0,0"), "should be greater than 0"),
        ((*KNOWN, "--lens", "1000,1000,400,300,-300,0,0,0"), "lens: it cannot show anything at point 1"),
        ((*KNOWN, "--point", "1e308,2=1,1"), "should be less than or equal to 100000000"),
        ((*RECTANGLE, *in_turn(1, 0, 3, 2)), "the ground is mirrored, which would swap in and out"),
        ((*RECTANGLE, *in_turn(0, 2, 1, 3)), "the horizon lies between point"),
        (("--point", "1,2"), "--point 1,2: write X,Y=X_M,Y_M"),
        (("--point", "1,2=3"), "--point 1,2=3: give 2 numbers"),
        (("--point", "1,5,2=3,4"), "--point 1,5,2=3,4: write decimals with a point, such as 1.5 instead of 1,5"),
        (("--rectangle", "6,5x12", "--corner", "1,2"), "--rectangle 6,5x12: write decimals with a point, such as 6.5"),
        (("--rectangle", "20ftx40ft", "--corner", "1,2"), "--rectangle 20ftx40ft: give metres; 20ft is 6.096 m"),
        (("--point", "1,2=3',4"), "--point 1,2=3',4: give metres; 3' is 0.914 m"),
        (("--rectangle", "6 m x 12 m", "--corner", "1,2"), "leave the unit out: 6 instead of 6 m"),
        ((*KNOWN[:-2], "--size", "640x600"), "picture point 2 at 700, 500 lies outside the picture of 640x600"),
        (
            ("--point=-1,505=-1,-0.15", *KNOWN[:-2]),
            "picture point 1 at -1, 505 lies outside the picture that it was read from",
        ),
        (DEGREES, "such as 16.3731, 48.2084, lie within 0.0001 m: these are degrees, not metres"),
        ((*KNOWN[:-4],), "3 corners given; give four"),
        (("--corner", "1,2"), "must be given together"),
        ((*KNOWN, "--lens", "1,2"), "--lens 1,2: give FX"),
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


def test_what_was_typed_is_shown_and_written_as_it_was(passerby, tmp_path):
    typed = [("100,500", 500000.123), ("700,500", 500006.123), ("550,200", 500006.123), ("250,200", 500000.123)]
    words = [
        word
        for (at, x), y in zip(typed, ("5300000.256", "5300000.256", "5300012.256", "5300012.256"), strict=True)
        for word in ("--point", f"{at}={x},{y}")
    ]
    done = passerby("calibrate", *words, "--size", "800x600")
    assert done.returncode == 0, done.stderr
    assert "700, 500            500006.123, 5300000.256" in done.stdout
    assert "{picture_px: [700, 500], ground_m: [500006.123, 5300000.256]}" in done.stdout
    assert "Web Mercator" in done.stderr
