"""Long recordings are cut at key frames: every frame is covered by one piece, or by the two that share it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.media import clips

from passerby.media.files.frame_times import frame_times, length_s
from passerby.media.piece import FrameTimes, cut, seams

OVERLAP_S, AHEAD_S, WARM_S = 1.5, 1.25, 3.0


def times(frames: int, *, key_every: int, start: int = 0, step: int = 40) -> FrameTimes:
    pts = tuple(start + step * number for number in range(frames))
    return FrameTimes(pts, pts[::key_every], Fraction(1, 1000))


@given(
    frames=st.integers(2, 6000),
    key_every=st.integers(1, 700),
    piece_s=st.floats(1, 90),
    start=st.integers(-500, 9000),
)
def test_every_frame_is_written_once_and_both_pieces_know_those_of_a_seam(
    frames: int, key_every: int, piece_s: float, start: int
) -> None:
    known = times(frames, key_every=key_every, start=start)
    pieces = cut(known, piece_s=piece_s, overlap_s=OVERLAP_S, ahead_s=AHEAD_S, warm_s=WARM_S)
    shared = seams(pieces)
    for pts in known.pts[:: max(1, frames // 300)]:
        time_s = known.after_start_s(pts)
        own = [piece for piece in pieces if piece.owns(time_s)]
        both = [piece for piece in pieces if piece.shares(time_s)]
        here = [seam for seam in shared if not (seam.before(time_s) or seam.after(time_s))]
        assert (len(own), len(both), len(here)) in {(1, 0, 0), (0, 2, 1)}
        for piece in (*own, *both):
            assert not piece.reach.before(time_s)
            assert not piece.reach.after(time_s)
            later_s = min(time_s + Fraction(AHEAD_S), known.length_s)
            assert not piece.reach.after(later_s)  # it can look ahead
    keys = {known.after_start_s(pts) for pts in known.keys}
    assert all(seam.from_s + Fraction(OVERLAP_S) in keys for seam in shared)


def test_a_piece_begins_before_its_seam_so_that_it_knows_what_came_before() -> None:
    first, second = cut(times(1000, key_every=10), piece_s=20, overlap_s=OVERLAP_S, ahead_s=AHEAD_S, warm_s=WARM_S)
    (seam,) = seams([first, second])
    assert seam.from_s - second.reach.from_s == Fraction(WARM_S)
    assert first.reach.from_s == 0
    assert second.reach.until_s is None


def test_a_recording_with_an_hour_without_frames_is_not_cut_within_it() -> None:
    early = times(500, key_every=10)
    late = times(500, key_every=10, start=3_600_000)
    gap = FrameTimes(early.pts + late.pts, early.keys + late.keys, early.time_base)
    pieces = cut(gap, piece_s=600, overlap_s=OVERLAP_S, ahead_s=AHEAD_S, warm_s=WARM_S)
    assert all(gap.within(part) for part in [*(each.own for each in pieces), *seams(pieces)])


def test_times_are_read_from_packets_as_a_player_shows_them(tmp_path: Path) -> None:
    clip = clips.make_clip(tmp_path / "b.mp4", times=range(0, 512 * 60, 512), options={"bf": "2", "g": "12"})
    found = frame_times(clip)
    assert found is not None
    assert [pts * found.time_base for pts in found.pts] == clips.told_times(clip)
    assert len(found.keys) == 5
    assert round(length_s(clip), 2) == round(60 / 25, 2)


def test_a_recording_whose_packets_have_no_times_is_not_cut(tmp_path: Path) -> None:
    raw = clips.make_clip(tmp_path / "raw.h264", times=range(0, 512 * 6, 512), container="h264")
    assert frame_times(raw) is None
