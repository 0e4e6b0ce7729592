"""Times that can be relied on."""

from __future__ import annotations

import itertools
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from passerby.media.files.timestamps import TimestampRepair

pts = st.one_of(st.none(), st.integers(-(2**40), 2**40))


def repaired(times: list[int | None], rate: Fraction = Fraction(25), base: Fraction = Fraction(1, 12800)) -> list[int]:
    clock = TimestampRepair(rate, base)
    return [clock.next(time) for time in times]


@given(st.lists(pts))
@example([None, None, 0, 0, -5, None])
def test_times_always_increase(times: list[int | None]):
    got = repaired(times)
    assert all(later > earlier for earlier, later in itertools.pairwise(got))


@given(st.lists(st.integers(-(2**40), 2**40), unique=True).map(sorted))
def test_times_that_increase_are_left_alone(times: list[int]):
    assert repaired(list(times)) == times


def test_missing_times_follow_from_the_rate_without_drift():
    film = Fraction(24000, 1001)
    got = repaired([100, *[None] * 24000], film, Fraction(1, 1000))
    assert got[-1] == 100 + 1001 * 1000


def test_a_time_that_goes_back_is_moved_by_one_unit_only():
    assert repaired([0, 512, 512, 300, 1536]) == [0, 512, 513, 514, 1536]
