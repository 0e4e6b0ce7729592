"""What is planted in a copy, and what the script that plays the reviewer counts."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.review_planted import Planted, _fill, _planted, _uncover, bare_frames, share_of
from benchmarks.review_time import DECIDE_S, KEY_S, Reviewer, _line
from tests.release.made import clip, report_of

from benchmarks import review_planted
from passerby.reports.redaction import FrameBoxes, ReportedMiss
from passerby.review.edits import AddedCover, RegionKey

BODY = (100.0, 100.0, 140.0, 200.0)
PEOPLE = [("a", (100.0, 100.0, 140.0, 140.0), BODY), ("b", (300.0, 100.0, 340.0, 140.0), (300.0, 100.0, 340.0, 200.0))]


def test_a_planted_miss_takes_the_boxes_off_one_person_in_its_frames_only():
    own, other, far = (95, 95, 145, 205), (295, 95, 345, 205), (136, 150, 200, 300)
    frame = FrameBoxes(frame=7, time_s=0.7, boxes_px=[own, other, far])
    assert share_of(BODY, far) < 0.25
    missed = [("a", range(5, 10))]
    assert _planted(frame, PEOPLE, missed, []).boxes_px == [far, other]
    assert _planted(frame.model_copy(update={"frame": 10}), PEOPLE, missed, []).boxes_px == sorted([own, other, far])
    false = [(range(7, 8), (400.0, 0.0, 440.0, 96.0))]
    assert (400, 0, 440, 96) in _planted(frame, PEOPLE, [], false).boxes_px


def test_what_is_planted_is_in_the_pixels_too():
    height, width = review_planted._size()
    covered, raw = (np.full((height * 3 // 2, width), value, np.uint8) for value in (16, 200))
    seen = FrameBoxes(frame=0, time_s=0.0, boxes_px=[(130, 90, 180, 220)])
    _uncover(covered, raw, BODY, seen)
    assert covered[150, 110] == 200
    assert covered[150, 135] == 16  # somebody else's cover lies over it
    assert covered[50, 110] == 16
    _fill(raw, (400.0, 0.0, 440.0, 96.0))
    assert (raw[:96, 400:440] == 16).all()
    assert raw[100, 420] == 200


class FakePage:
    """A page that takes keys."""

    def __init__(self):
        self.keys = []
        self.keyboard = self

    def press(self, key):
        self.keys.append(key)

    def evaluate(self, script, *_):
        return 12 if "currentTime * 10" in script else None


def test_keys_and_looking_are_counted_and_shift_is_a_key_of_its_own():
    page = FakePage()
    reviewer = Reviewer(page, None, None, speed=2)  # type: ignore[arg-type]
    reviewer._go(43)  # from frame 12: three seconds on, one frame on
    assert page.keys == [">", ">", ">", "."]
    assert reviewer.spent.keys == 7
    reviewer._look(DECIDE_S)
    assert dict(reviewer.spent.seconds) == {
        "doubts: keys and mouse": pytest.approx(7 * KEY_S),
        "doubts: looking": DECIDE_S,
    }
    page.keys.clear()
    reviewer._go(4)  # a second back is nearer than eight frames back
    assert page.keys == ["<", ".", "."]


def test_a_miss_is_bare_until_it_pauses():
    bare = {frame: [BODY] for frame in (3, 4, 5, 8)}
    assert Reviewer._until(bare, 4, 1) == 5
    assert Reviewer._until(bare, 4, -1) == 3


def test_a_doubt_is_known_by_the_line_that_the_page_shows():
    spot = ReportedMiss(first_s=75.5, last_s=76.0, frame=755, frames=3, box_px=(0, 0, 9, 9), kind="person", score=0.614)
    assert _line(spot) == "1:15.50 person may be visible (0.61)"


def test_what_is_bare_follows_from_the_cover_by_hand_that_applies_in_a_frame(tmp_path):
    def no_follow(edit):
        raise AssertionError(edit)

    boxes = [FrameBoxes(frame=number, time_s=number / 10, boxes_px=[]) for number in range(20)]
    truth = dict.fromkeys(range(20), PEOPLE[:1])
    report = report_of(clip(tmp_path / "a.mp4", seconds=1), boxes=boxes)
    planted = Planted([], [], truth, report)
    key = RegionKey(time_s=0.5, box=(90.0, 90.0, 150.0, 150.0))
    added = AddedCover(keys=[key], from_s=0.5, to_s=0.8)
    assert set(bare_frames(planted, [], no_follow)) == set(range(20))
    assert set(bare_frames(planted, [added], no_follow)) == set(range(20)) - set(range(5, 9))
    longer = added.model_copy(update={"to_s": 1.0})
    assert set(bare_frames(planted, [longer], no_follow)) == set(range(20)) - set(range(5, 11))
    assert set(bare_frames(planted, [], no_follow)) == set(range(20))
