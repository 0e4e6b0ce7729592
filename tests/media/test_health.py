from __future__ import annotations

from functools import cache

import av
import cv2
import numpy as np
import pytest

from passerby.media.camera.clock import MICROSECOND
from passerby.media.fault import Fault
from passerby.media.frame import Frame
from passerby.media.health import PictureHealth
from passerby.media.layout import Layout

GOOD_S = 20
SIZE = (384, 288)


@cache
def looks(path, seconds):
    """Grey pictures of a clip, two a second."""
    found = []
    with av.open(str(path)) as container:
        rate = float(container.streams.video[0].average_rate)
        for index, picture in enumerate(container.decode(video=0)):
            if index / rate >= len(found) / 2:
                found.append(picture.reformat(SIZE[0], SIZE[1], "gray", interpolation="AREA").to_ndarray())
            if len(found) == 2 * seconds:
                break
    return found


def frame(luma, at_s):
    chroma = np.full((luma.shape[0] // 2, luma.shape[1] // 2), 128, np.uint8)
    return Frame((luma, chroma, chroma), Layout.YUV420, round((1000 + at_s) * 1e6), MICROSECOND, "door")


def faults(pictures):
    """When each fault was first said, s."""
    health, said = PictureHealth(), {}
    for place, luma in enumerate(pictures):
        for fault in health.observe(frame(luma, place / 2)):
            said.setdefault(fault, place / 2)
    return said


def hand(luma, brightness=1.0):
    """Skin, so near that it has no structure, and a little light between the fingers."""
    down, across = np.mgrid[: luma.shape[0], : luma.shape[1]] / luma.shape[1]
    skin = 70 + 30 * np.sin(2.2 * across) + 15 * np.cos(3 * down) + 0.04 * cv2.GaussianBlur(luma, (0, 0), 25)
    noise = np.random.default_rng(int(luma[0, 0])).normal(0, 2, luma.shape)
    return np.clip(brightness * skin + noise, 16, 235).astype(np.uint8)


def half_covered(luma):
    return np.hstack([luma[:, : luma.shape[1] // 3], hand(luma)[:, luma.shape[1] // 3 :]])


def turned(luma):
    """A tenth further right, an eighth further down."""
    matrix = np.float32([[1, 0, -luma.shape[1] / 10], [0, 1, -luma.shape[0] / 8]])
    return cv2.warpAffine(luma, matrix, luma.shape[::-1], borderMode=cv2.BORDER_REFLECT)


SPOILT = {
    "dark": (Fault.DARK, lambda luma: (16 + (luma - 16.0).clip(0) * 0.08).astype(np.uint8)),
    "blur": (Fault.BLURRED, lambda luma: cv2.GaussianBlur(luma, (0, 0), luma.shape[1] / 150)),
    "shift": (Fault.MOVED, turned),
    "hand": (Fault.OBSTRUCTED, hand),
    "hand in the dark": (Fault.OBSTRUCTED, lambda luma: hand(luma, 0.5)),
    "hand over most": (Fault.OBSTRUCTED, half_covered),
}
CLIPS = ["pets_s2l1_vtest.avi", "vehicle_counting_input.mp4", "intel_one-by-one-person-detection.mp4"]


@pytest.mark.data
@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("what", SPOILT)
def test_what_spoils_a_picture_is_named_within_ten_seconds(data_dir, clip, what):
    fault, spoil = SPOILT[what]
    pictures = looks(data_dir / "video" / clip, 35)
    said = faults(spoil(luma) if place >= 2 * GOOD_S else luma for place, luma in enumerate(pictures))
    assert set(said) == {fault}
    assert GOOD_S < said[fault] < GOOD_S + 10


@pytest.mark.data
@pytest.mark.parametrize("clip", CLIPS)
def test_a_frozen_picture_is_named_within_ten_seconds_and_forgiven_when_it_moves(data_dir, clip):
    pictures = looks(data_dir / "video" / clip, 35)
    health = PictureHealth()
    said = [
        health.observe(frame(luma, place / 2)) for place, luma in enumerate([*pictures[:10], *pictures[10:11] * 20])
    ]
    assert said[10 + 20 - 1] == {Fault.FROZEN}
    assert not health.observe(frame(pictures[12], 20))


@pytest.mark.data
@pytest.mark.parametrize("clip", [*CLIPS, "intel_car-detection.mp4", "highway_video03.avi"])
@pytest.mark.parametrize("gain", [1.0, 0.5, 1.5])
def test_nothing_is_said_of_a_picture_that_is_well(data_dir, clip, gain):
    pictures = looks(data_dir / "video" / clip, 60)
    spoilt = (
        np.clip(luma * (gain if place > 30 else 1), 0, 235).astype(np.uint8) for place, luma in enumerate(pictures)
    )
    assert not faults(spoilt)


@pytest.mark.data
def test_a_fault_is_taken_back_when_the_picture_is_well_again(data_dir):
    pictures = looks(data_dir / "video" / CLIPS[0], 60)
    health = PictureHealth()
    for place, luma in enumerate(pictures):
        said = health.observe(frame(hand(luma) if 40 <= place < 60 else luma, place / 2))
        assert said == ({Fault.OBSTRUCTED} if 46 <= place < 66 else set())


@pytest.mark.data
def test_after_a_minute_another_view_is_the_view(data_dir):
    before, after = (looks(data_dir / "video" / clip, 35) for clip in CLIPS[:2])
    health = PictureHealth()
    said = [health.observe(frame(luma, place / 2)) for place, luma in enumerate([*before, *after * 3])]
    assert said[70 + 10] == {Fault.MOVED}
    assert said[-1] == set()


def test_a_white_wall_has_nothing_wrong_with_it():
    noise = np.random.default_rng(1)
    assert not faults(noise.normal(180, 2, (240, 320)).astype(np.uint8) for _ in range(60))


def test_a_damaged_picture_says_nothing_of_the_view():
    health = PictureHealth()
    for place in range(40):
        black = frame(np.full((240, 320), 16, np.uint8), place / 2)
        assert not health.observe(Frame(*(black.planes, black.layout, black.pts, MICROSECOND, "door"), damaged="lost"))
