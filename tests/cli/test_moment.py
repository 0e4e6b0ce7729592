from __future__ import annotations

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from passerby.cli.moment import moment
from passerby.errors import UsageError

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("text", "zone", "said"),
    [
        (
            "2026-10-25T02:30",
            "Europe/Vienna",
            "comes twice in Europe/Vienna, because clocks are changed; add the offset: "
            "2026-10-25T02:30+02:00 or 2026-10-25T02:30+01:00",
        ),
        (
            "2026-03-29T02:30",
            "Europe/Vienna",
            "does not exist in Europe/Vienna, because clocks are changed; add the offset: "
            "2026-03-29T02:30+01:00 or 2026-03-29T02:30+02:00",
        ),
        ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-05T01:45+11:00 or 2026-04-05T01:45+10:30"),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T00:00-03:00 or 2018-11-04T00:00-02:00"),
    ],
)
def test_a_time_that_clocks_skip_or_repeat_asks_for_its_offset(text, zone, said):
    with pytest.raises(UsageError) as error:
        moment(text, "--start", ZoneInfo(zone))
    assert said in str(error.value)
    for written in str(error.value).split("offset: ")[1].split(" or "):
        assert moment(written, "--start", VIENNA).utcoffset() is not None


@pytest.mark.parametrize("text", ["2026-10-25T01:59", "2026-10-25T03:00", "2026-03-29T01:59", "2026-03-29T03:00"])
def test_times_beside_a_change_of_clocks_are_taken(text):
    found = moment(text, "--start", VIENNA)
    assert found.astimezone(UTC).astimezone(VIENNA).replace(tzinfo=None) == found.replace(tzinfo=None)


def test_an_offset_says_all():
    found = moment("2026-10-25T02:30+02:00", "--start", VIENNA)
    assert found.utcoffset() == timedelta(hours=2)
