"""Cover added and taken away by hand, frame by frame: in doubt covered."""

from __future__ import annotations

import numpy as np
import pytest
from tests.redact.test_stream import EMPTY, HEAD, SEEN, at, redactor
from tests.stage import BARE

from passerby.redact.drawn_region import DrawnRegion, KeyFrame
from passerby.redact.hand_cover import FollowedPlaces, HandCover, OpenedRegion
from passerby.redact.opening import CoverPiece
from passerby.redact.stream import Redactor

BOX = ((30.0, 4.0), (40.0, 12.0))
AROUND = ((18.0, 12.0), (34.0, 46.0))


def region(points=BOX, *, from_s=0.0, to_s=1.0, follow=False):
    return DrawnRegion("test", (KeyFrame(from_s, points),), from_s, to_s, follow)


def covered(by_hand, looks, **how):
    plain = redactor(hold_s=0.2, **how)
    mine = Redactor(plain._scenes._model, plain._style, look_ahead_s=0.2, by_hand=by_hand, masks=how.get("masks", ()))
    return list(mine.stream([at(time_ms, look) for time_ms, look in looks]))


def bare_px(done):
    return done.frame.planes[0] == BARE


def test_a_region_drawn_by_hand_is_covered_in_its_time_and_only_then():
    done = covered(HandCover([region(from_s=0.1, to_s=0.3)]), [(time, EMPTY) for time in range(0, 500, 100)])
    for each in done:
        inside = ~bare_px(each)[4:12, 30:40]
        assert inside.all() == (0.1 <= each.time_s <= 0.3)
        assert inside.any() == (0.1 <= each.time_s <= 0.3)


def test_an_opening_shows_what_the_detectors_covered_and_what_a_hand_covers_stays():
    opening = OpenedRegion(region(AROUND))
    seen = [(time, SEEN) for time in range(0, 400, 100)]
    assert not bare_px(covered(HandCover(), seen)[1])[16:40, 20:30].any()
    assert bare_px(covered(HandCover(opened=[opening]), seen)[1])[16:40, 20:30].all()
    both = HandCover([region(((20.0, 16.0), (30.0, 20.0)))], [opening])
    shown = bare_px(covered(both, seen)[1])
    assert not shown[16:20, 20:30].any()
    assert shown[20:40, 20:30].all()


@pytest.mark.parametrize("looks", [[(0, None), (100, None)], [(0, SEEN), (900, SEEN)]])
def test_no_opening_acts_on_a_frame_that_is_covered_whole(looks):
    opening = OpenedRegion(region(((0.0, 0.0), (64.0, 48.0))))
    looks = [looks[0], (400, None), *looks[1:]]
    done = covered(HandCover(opened=[opening]), looks)
    assert any(each.frame.whole for each in done)
    for each in done:
        assert not each.frame.whole or not bare_px(each).any()


@pytest.mark.parametrize(
    "places", [((AROUND, BOX), True), ((AROUND,), False), ((), True)], ids=["two places", "lost", "never found"]
)
def test_an_opening_whose_region_is_in_doubt_opens_nothing(places):
    following = region(AROUND, follow=True)
    where = FollowedPlaces((0.1,), (places[0],), (places[1],))
    opening = OpenedRegion(following, one_person=True)
    by_hand = HandCover(opened=[opening], followed={following: where})
    assert by_hand.openings(0.1) == ()


def test_a_region_that_follows_covers_both_places_where_its_object_may_be():
    following = region(follow=True)
    where = FollowedPlaces((0.0, 0.1), ((BOX,), (BOX, AROUND)), (True, False))
    cover = HandCover([following], followed={following: where}).added(0.1)
    assert len(cover.boxes_px) == 2
    between = HandCover([following], followed={following: where}).added(0.05)
    assert len(between.boxes_px) == 3


def test_a_region_that_was_not_followed_is_covered_where_it_was_drawn():
    following = region(follow=True)
    assert HandCover([following]).added(0.5).boxes_px.tolist() == [[30, 4, 40, 12]]


def test_times_at_which_a_region_was_lost_are_reported_as_spans():
    where = FollowedPlaces((0.0, 0.1, 0.2, 0.3, 0.4), ((BOX,),) * 5, (True, False, False, True, False))
    assert where.lost() == [(0.1, 0.2), (0.4, 0.4)]


def test_faces_stay_when_bodies_are_opened():
    opening = OpenedRegion(region(AROUND), CoverPiece.FACES)
    shown = bare_px(covered(HandCover(opened=[opening]), [(time, SEEN) for time in range(0, 400, 100)])[1])
    x1, y1, x2, y2 = map(int, HEAD)
    assert not shown[y1:y2, x1:x2].any()


def test_a_polygon_is_covered_to_its_corners():
    corners = ((10.4, 5.4), (20.6, 5.4), (15.0, 18.7))
    cover = HandCover([region(corners)]).added(0.0)
    mask = cover.raster(48, 64)
    assert mask[5, 10]
    assert mask[5, 21]
    assert mask[19, 15]
    assert np.count_nonzero(mask) > 70
