"""Times in a recording as people write them."""

import pytest

from passerby.errors import UsageError
from passerby.settings.options import RedactOptions


@pytest.mark.parametrize(
    ("written", "time_s"),
    [("0", 0), ("12.5", 12.5), ("00:10", 10), ("1:30.04", 90.04), ("90:00", 5400), ("1:02:30.25", 3750.25), (7, 7)],
)
def test_a_time_is_seconds_minutes_or_hours(written, time_s):
    assert RedactOptions.checked(from_s=written).from_s == time_s


@pytest.mark.parametrize("wrong", ["", "ten", "1:60", "1:60:00", "1:2:3:4", "-1", "5s", "1e3", "00:-4", "nan", "١٢"])
def test_what_is_no_time_is_refused_in_one_line_that_says_how(wrong):
    with pytest.raises(UsageError) as caught:
        RedactOptions.checked(from_s=wrong)
    said = f"--from {wrong}: give seconds, MM:SS or HH:MM:SS, such as 12.5, 01:30 or 1:02:30.25"
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"from_s": "00:14", "until_s": "00:10"}, "--until 10: the part starts at 14 s; give a later time"),
        ({"from_s": "5", "until_s": "5"}, "--until 5: the part starts at 5 s; give a later time"),
        ({"until_s": "0"}, "--until 0: the part starts at 0 s; give a later time"),
        ({"from_s": -0.5}, "--from -0.5: give a number from 0 to"),
        ({"until_s": float("inf")}, "--until inf: give a"),
    ],
)
def test_a_part_that_cannot_be_is_refused(times, said):
    with pytest.raises(UsageError) as caught:
        RedactOptions.checked(**times)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
