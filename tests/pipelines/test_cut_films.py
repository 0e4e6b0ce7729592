"""Films of short shots, from end to end: every frame is inspected in its own shot, or covered whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.shots import SIZE, Film, film, frame_of, picture
from tests.stage import Box, Kept, Sees, found

from passerby.media.frame import Frame
from passerby.pipelines.recording import run
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.frame_record import FrameRecord
from passerby.redact.rule import rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.picture.scenery import Observed

HOLD_S = 1.0


def head(shot: int) -> Box:
    """Where somebody is in a shot, and in no other."""
    x, y = 10.0 * (shot % 14), 12.0 * (shot // 14 % 5)
    return x + 2, y + 2, x + 9, y + 14


def covered(
    frames: Sequence[Frame],
    shots: Sequence[int],
    *,
    empty: frozenset[int] = frozenset(),
    broken: frozenset[int] = frozenset(),
) -> tuple[list[FrameRecord], list[Frame], Sees]:
    """Cover a film whose detector sees somebody in every shot that is not empty, and fails in those named broken."""
    by_time = {frame.pts: shot for frame, shot in zip(frames, shots, strict=True)}

    def answer(frame: Frame) -> object:
        shot = by_time[frame.pts]
        return None if shot in broken else found() if shot in empty else found(head(shot))

    detector = Sees(answer)
    rules = rules_for(frozenset({CoverKind.PEOPLE}), score=0.2, margin=0.1)
    watch = FrameInspector([detector], observed=Observed.NOTHING)
    redactor = Redactor(CoverPlan(rules, hold_s=HOLD_S, motion=False), style_named("solid"), look_ahead_s=HOLD_S)
    output = Kept()
    try:
        records = list(run(Film(frames), watch, redactor, output=output))
    finally:
        watch.close()
    return records, output.frames, detector  # type: ignore[return-value]  # they have planes, too


def bare_heads(shown: Sequence[Frame], frames: Sequence[Frame], shots: Sequence[int]) -> list[int]:
    """Return which frames show a pixel of the head of their shot."""
    bare = []
    for index, (copy, raw, shot) in enumerate(zip(shown, frames, shots, strict=True)):
        x1, y1, x2, y2 = map(int, head(shot))
        part = (slice(y1, y2), slice(x1, x2))
        hidden = copy.planes[0][part] == copy.planes[0][y1, x1]
        if np.array_equal(copy.planes[0][part], raw.planes[0][part]) or not hidden.all():
            bare.append(index)
    return bare


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=14), st.integers(12, 60), st.integers(0, 10_000))
@example([2, 9, 2, 9, 2, 9], 25, 0)
@example([1] * 14, 60, 0)
def test_every_frame_of_every_short_shot_is_inspected_in_its_own_shot_or_covered_whole(
    lengths: list[int], rate: int, first: int
) -> None:
    made = film(lengths, step_ms=1000 / rate, first=first)
    frames, shots = [frame for frame, _ in made], [shot for _, shot in made]
    records, shown, detector = covered(frames, shots)
    assert [record.whole for record in records] == [""] * len(frames)  # nothing was in doubt
    looked = set(detector.seen)
    for shot in set(shots):
        times = [frame.time_s for frame, number in made if number == shot]
        assert {times[0], times[-1]} <= looked
    assert not bare_heads(shown, frames, shots)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=14), st.integers(12, 60), st.data())
def test_a_shot_that_a_detector_failed_at_is_covered_whole(lengths: list[int], rate: int, data: st.DataObject) -> None:
    made = film(lengths, step_ms=1000 / rate)
    frames, shots = [frame for frame, _ in made], [shot for _, shot in made]
    broken = data.draw(st.sets(st.sampled_from(shots)))
    records, shown, _ = covered(frames, shots, broken=frozenset(broken))
    for record, shot in zip(records, shots, strict=True):
        assert bool(record.whole) == (shot in broken)
    assert not bare_heads(shown, frames, shots)


def test_nothing_is_held_past_a_cut() -> None:
    made = film([25, 25, 25], step_ms=40)
    frames, shots = [frame for frame, _ in made], [shot for _, shot in made]
    records, shown, _ = covered(frames, shots, empty=frozenset({1}))
    assert [record.covered_share for record in records[25:50]] == [0] * 25
    assert not set(bare_heads(shown, frames, shots)) - set(range(25, 50))


def test_behind_a_flash_what_was_found_before_it_is_still_held() -> None:
    scene, white = picture(0), np.full(SIZE, 250, np.uint8)
    pictures = [scene] * 20 + [white] * 2 + [scene] * 10
    frames = [frame_of(each, 40 * k) for k, each in enumerate(pictures)]
    shots = [0] * 20 + [1] * 12  # behind the flash the detector finds nobody
    _, shown, _ = covered(frames, shots, empty=frozenset({1}))
    assert not set(bare_heads(shown, frames, [0] * len(frames))) & set(range(28))


@pytest.mark.parametrize("mixed", [1, 2, 3])
def test_both_scenes_are_covered_in_a_fade(mixed: int) -> None:
    one, two = picture(0), picture(1)
    shares = [0.0] * 15 + [(k + 1) / (mixed + 1) for k in range(mixed)] + [1.0] * 15
    frames = [
        frame_of(np.rint((1 - share) * one + share * two.astype(float)).astype(np.uint8), 40 * k)
        for k, share in enumerate(shares)
    ]
    shots = [0] * 15 + [2] * mixed + [1] * 15  # in the fade itself the detector finds nobody
    _, shown, _ = covered(frames, shots, empty=frozenset({2}))
    fading = range(15, 15 + mixed)
    for shot in (0, 1):
        assert not set(bare_heads(shown, frames, [shot] * len(frames))) & set(fading)


def test_white_titles_on_black_are_inspected_and_not_covered() -> None:
    frames = []
    for index in range(60):
        title = np.full(SIZE, 16, np.uint8)
        for letter in range(6):
            x = 20 + 18 * letter + 5 * (index // 20)
            title[40:52, x : x + 9] = 235
        frames.append(frame_of(title if index % 20 > 4 else np.full(SIZE, 16, np.uint8), 40 * index))
    records, _, _ = covered(frames, [0] * 60, empty=frozenset({0}))
    assert [record.covered_share for record in records] == [0] * 60


def test_in_a_strobe_everything_is_inspected_and_covered() -> None:
    shots = [index % 2 for index in range(40)]
    frames = [frame_of(picture(shot), 40 * index) for index, shot in enumerate(shots)]
    records, shown, detector = covered(frames, shots)
    assert len(set(detector.seen)) == 40
    assert not any(record.whole for record in records)
    assert not bare_heads(shown, frames, shots)


@pytest.mark.parametrize("dies_at", [0, 1, 20, 39])
def test_a_detector_that_dies_in_the_middle_bares_nothing_behind(dies_at: int) -> None:
    made = film([10, 10, 10, 10], step_ms=40)
    frames, shots = (
        [frame for frame, _ in made],
        [shot if index < dies_at else -1 for index, (_, shot) in enumerate(made)],
    )
    records, shown, _ = covered(frames, shots, broken=frozenset({-1}))
    assert all(record.whole for record in records[dies_at:])
    assert dies_at < 20 or not any(record.whole for record in records[:10])
    assert not bare_heads(shown, frames, [shot for _, shot in made])


def test_a_damaged_frame_at_a_cut_is_covered_whole_and_bares_nobody_around_it() -> None:
    made = film([6, 6, 6], step_ms=40)
    shots = [shot for _, shot in made]
    torn = {5, 6, 12}
    frames = [
        frame_of(picture(shot), frame.pts, damaged="torn" if index in torn else "")
        for index, (frame, shot) in enumerate(made)
    ]
    records, shown, _ = covered(frames, shots)
    assert {record.index for record in records if record.whole} >= torn
    assert not bare_heads(shown, frames, shots)
