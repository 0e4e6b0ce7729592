"""Every frame once, in order, covered; whole where nobody who could see looked at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.stage import BARE, bare, found, plain

from passerby.redact import stream
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import BLIND_HOLD_S, CoverPlan
from passerby.redact.mask import Cover
from passerby.redact.paint import Canvas
from passerby.redact.rule import rules_for
from passerby.redact.static_mask import StaticMask
from passerby.redact.stream import Covered, Redactor, boxes_of
from passerby.redact.style import Style, style_named
from passerby.vision.inspect.ensemble import Look
from passerby.vision.inspect.inspector import InspectedFrame

PIXELS = 48 * 64
RULES = rules_for(frozenset({CoverKind.PEOPLE}), score=0.2, margin=0.1)
HEAD = (20.0, 16.0, 30.0, 40.0)
EMPTY = Look(0.0, (found(),))
SEEN = Look(0.0, (found(HEAD),))
FAILED = Look(0.0, failure="the detector broke")
FEW = settings(max_examples=50)


def redactor(
    *, hold_s: float = 0.5, masks: Sequence[StaticMask] = (), style: Style | None = None, motion: bool = False
) -> Redactor:
    plan = CoverPlan(RULES, hold_s=hold_s, motion=motion)
    return Redactor(plan, style or style_named("solid"), look_ahead_s=hold_s, masks=masks)


def at(
    time_ms: int, look: Look | None, *, damaged: str = "", moving: NDArray[np.uint8] | None = None
) -> InspectedFrame:
    """A frame and the pass on it, if any."""
    timed = None if look is None else replace(look, time_s=time_ms / 1000)
    return InspectedFrame(plain(time_ms, damaged=damaged), timed, moving)


def done(inspected: Sequence[InspectedFrame], **how: object) -> list[Covered]:
    return list(redactor(**how).stream(inspected))  # type: ignore[arg-type]


timelines = st.lists(
    st.tuples(st.integers(1, 300), st.sampled_from([None, EMPTY, SEEN, FAILED]), st.sampled_from(["", "", "", "torn"])),
    max_size=25,
)


def sightings(steps: Sequence[tuple[int, Look | None, str]]) -> list[InspectedFrame]:
    times = np.cumsum([step for step, _, _ in steps]).tolist()
    return [
        at(time, None if damaged else look, damaged=damaged)
        for time, (_, look, damaged) in zip(times, steps, strict=True)
    ]


@FEW
@given(timelines, st.sampled_from([0, 1 << 13, 160 << 20]))
def test_every_frame_comes_out_once_in_order_and_only_inspected_ones_show_anything(
    steps: list[tuple[int, Look | None, str]], waiting_bytes: int
) -> None:
    inspected = sightings(steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "WAITING_BYTES", waiting_bytes)
        got = done(inspected)
    assert [each.frame.pts for each in got] == [each.frame.pts for each in inspected]
    looks = [each.look for each in inspected if each.look is not None]
    for each, was in zip(got, inspected, strict=True):
        before = [look for look in looks if was.frame.time_s - 0.1251 <= look.time_s <= was.frame.time_s]
        after = [look for look in looks if was.frame.time_s <= look.time_s <= was.frame.time_s + 0.1251]
        sound = before and after and not was.frame.damaged and not before[-1].failure and not after[0].failure
        assert each.frame.whole == each.cover.whole
        if not sound:
            assert each.frame.whole
        if each.frame.whole:
            assert bare(each.frame) == 0
        elif before[-1] is after[0] and len(before[-1].found[0]):
            assert not (each.frame.planes[0][16:40, 20:30] == BARE).any()


@FEW
@given(timelines)
def test_a_mask_only_adds_cover_and_nothing_takes_it_away(steps: list[tuple[int, Look | None, str]]) -> None:
    mask = StaticMask("door", ((0.0, 0.0), (10.0, 12.0)), shares=False)
    for one, other in zip(done(sightings(steps)), done(sightings(steps), masks=[mask]), strict=True):
        assert (other.cover.raster(48, 64) >= one.cover.raster(48, 64)).all()
        assert not (other.frame.planes[0][:12, :10] == BARE).any()


@pytest.mark.parametrize("damaged_at", [0, 5, 11])
def test_a_damaged_frame_is_covered_whole_and_its_neighbours_only_as_needed(damaged_at: int) -> None:
    inspected = [at(40 * k, None if k == damaged_at else EMPTY, damaged="torn" * (k == damaged_at)) for k in range(12)]
    got = done(inspected)
    assert [each.frame.whole for each in got] == ["torn" * (k == damaged_at) for k in range(12)]


def test_a_frame_between_a_good_and_a_failed_pass_is_covered_whole() -> None:
    got = done([at(0, EMPTY), at(40, None), at(80, FAILED), at(120, None), at(160, EMPTY)])
    assert [bool(each.frame.whole) for each in got] == [False, True, True, True, False]
    assert "broke" in got[1].frame.whole


def test_a_frame_without_a_pass_near_it_is_covered_whole() -> None:
    got = done([at(0, EMPTY), at(200, None), at(400, EMPTY)])
    assert [each.frame.whole for each in got] == ["", "not inspected", ""]


@FEW
@given(st.integers(0, 30), st.integers(30, 120))
def test_around_a_look_at_which_nobody_could_be_found_all_is_covered_with_the_reason(blind: int, gap_ms: int) -> None:
    looks = [replace(EMPTY, blind="too dark to inspect") if k == blind else EMPTY for k in range(31)]
    for number, each in enumerate(done([at(gap_ms * k, look) for k, look in enumerate(looks)])):
        far_s = abs(number - blind) * gap_ms / 1000
        if abs(far_s - BLIND_HOLD_S) > 1e-6:  # at the very edge rounding decides
            assert each.frame.whole == ("too dark to inspect" if far_s < BLIND_HOLD_S else "")


def test_a_stream_without_any_pass_shows_nothing() -> None:
    assert all(each.frame.whole for each in done([at(40 * k, None) for k in range(5)]))


def test_no_frames_give_no_frames() -> None:
    assert done([]) == []


def test_one_frame_with_one_pass_is_covered_by_it() -> None:
    (only,) = done([at(0, SEEN)])
    assert not only.frame.whole
    assert 10 * 24 <= PIXELS - bare(only.frame) < PIXELS


def test_the_frames_just_before_the_first_and_after_the_last_finding_are_covered() -> None:
    passes = [EMPTY] * 5 + [SEEN] * 12 + [EMPTY] * 5
    got = done([at(100 * k, look) for k, look in enumerate(passes)])
    for each in got[4:18]:
        assert not (each.frame.planes[0][16:40, 20:30] == BARE).any()


@FEW
@given(st.floats(0.2, 1.5), st.integers(30, 120), st.integers(5, 40))
def test_who_is_seen_in_every_pass_was_covered_already_before_the_first(
    hold_s: float, gap_ms: int, passes: int
) -> None:
    empty = 2000 // gap_ms
    got = done([at(gap_ms * k, EMPTY if k < empty else SEEN) for k in range(empty + passes)], hold_s=hold_s)
    first_s = got[empty].time_s
    early = [each for each in got[:empty] if each.time_s >= first_s - 0.9 * hold_s]
    assert len(early) >= int(0.9 * hold_s * 1000 / gap_ms)
    for each in early:
        assert not (each.frame.planes[0][16:40, 20:30] == BARE).any()


class Endless:
    """Damaged or unseen frames without end; counts how many were asked for."""

    def __init__(self, head: Sequence[InspectedFrame], *, damaged: str) -> None:
        self.taken = 0
        self._head, self._damaged = head, damaged

    def __iter__(self) -> Iterator[InspectedFrame]:
        yield from self._head
        start = len(self._head)
        while True:
            self.taken += 1
            yield at(40 * (start + self.taken), None, damaged=self._damaged)


@pytest.mark.parametrize("head", [[], [at(0, EMPTY)]], ids=["from the start", "after a pass"])
def test_damaged_frames_without_end_do_not_pile_up(head: list[InspectedFrame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WAITING_BYTES", 10 * PIXELS)
    frames = Endless(head, damaged="torn")
    covered = redactor().stream(frames)
    for _ in range(50):
        next(covered)
    assert frames.taken < 80


def test_when_memory_is_short_frames_wait_less_but_are_still_inspected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WAITING_BYTES", 6 * PIXELS)
    taken = 0

    def frames() -> Iterator[InspectedFrame]:
        nonlocal taken
        for k in range(200):
            taken += 1
            yield at(10 * k, SEEN if k % 10 == 0 or k == 199 else None)

    for number, each in enumerate(redactor(hold_s=1.5).stream(frames())):
        assert not each.frame.whole
        assert not (each.frame.planes[0][16:40, 20:30] == BARE).any()
        assert taken - number < 25 or taken == 200


class Breaks:
    name = "breaks"

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        raise ZeroDivisionError(str(cover))


def test_a_style_that_fails_costs_the_frame_not_the_privacy() -> None:
    got = done([at(40 * k, SEEN) for k in range(4)], style=Breaks())
    assert all("breaks" in each.frame.whole and each.cover.whole for each in got)
    assert all(bare(each.frame) == 0 for each in got)


def test_what_moves_is_covered_where_the_plan_asks_for_it() -> None:
    moving = np.zeros((48, 64), np.uint8)
    moving[5:25, 5:15] = 255
    inspected = [at(0, EMPTY, moving=moving)]
    (covered,) = done(inspected, motion=True)
    assert not (covered.frame.planes[0][5:25, 5:15] == BARE).any()
    (uncovered,) = done(inspected, motion=False)
    assert bare(uncovered.frame) == PIXELS


@FEW
@given(st.integers(0, 3), st.floats(0.0, 0.99), st.sampled_from(["solid", "mosaic", "figure"]))
def test_a_person_cut_by_the_border_is_covered_to_the_last_pixel(side: int, short: float, style: str) -> None:
    box = [(short, 8, 20, 40), (8, short, 40, 20), (40, 8, 64 - short, 40), (8, 20, 40, 48 - short)][side]
    first = found(box)
    (covered,) = done([at(0, Look(0.0, (first,)))], style=style_named(style))
    mask, luma = covered.cover.raster(48, 64), covered.frame.planes[0]
    edges = [(plane[8:40, 0], plane[0, 8:40], plane[8:40, -1], plane[-1, 8:40]) for plane in (mask, luma)]
    assert edges[0][side].all()
    if style == "solid":
        assert not (edges[1][side] == BARE).any()


def test_polygons_are_reported_by_their_bounds() -> None:
    polygon = np.array([(1, 2), (9, 3), (5, 8)], np.int32)
    cover = Cover(np.array([[0, 0, 4, 4]], np.int32), np.zeros(1, np.bool_), (polygon,))
    assert boxes_of(cover).tolist() == [[0, 0, 4, 4], [1, 2, 9, 8]]
    assert boxes_of(Cover.nothing()).shape == (0, 4)
