"""The contact sheet of a copy: which frames it shows, and that they are those of the copy."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from tests.media import clips

from passerby.jobs.copy_sheet import EACH, SIDE_PX, ShareLog, write_copy_sheet


def log_of(*shares: float, step_s: float = 2.0) -> ShareLog:
    log = ShareLog()
    for index, share in enumerate(shares):
        log.add(index * step_s, share, "too dark" if share == 1 else "")
    return log


def indices(log: ShareLog, sort: str) -> list[int]:
    return [each.index for each in log.chosen() if each.sort == sort]


def test_the_most_covered_frames_those_near_the_mean_and_others_are_shown_and_none_twice():
    shares = [0.3] * 20 + [1.0] * 3 + [0.9] * 3 + [0.0] * 10
    log = log_of(*shares)
    assert indices(log, "most covered") == [20, 21, 22, 23, 24, 25]
    assert all(shares[index] == 0.3 for index in indices(log, "near the mean"))
    shown = [each.index for each in log.chosen()]
    assert len(shown) == len(set(shown)) == 3 * EACH
    assert {each.whole for each in log.chosen() if each.share == 1} == {"too dark"}


def test_frames_of_one_sort_lie_apart_while_there_are_enough():
    log = log_of(*[1.0] * 50, *[0.5] * 400, step_s=0.04)
    chosen = indices(log, "most covered")
    assert min(np.diff(chosen)) >= 25
    assert len(chosen) == EACH


def test_frames_with_hardly_any_cover_are_not_called_the_most_covered_for_lying_apart():
    shares = [0.4 if index in {20, 21, 31, 32} else 0.0 for index in range(94)]
    log = log_of(*shares, step_s=0.04)
    assert indices(log, "most covered") == [20, 21, 31, 32]
    assert len(indices(log, "random")) == EACH


def test_choosing_twice_chooses_the_same():
    log = log_of(*np.linspace(0, 1, 100).tolist())
    assert log.chosen() == log.chosen()


def test_of_frames_that_are_covered_alike_none_is_called_the_most_covered():
    log = log_of(*[0.2, 0.21] * 90)
    chosen = log.chosen()
    assert log.alike
    assert {each.sort for each in chosen} == {""}
    assert set(np.diff([each.index for each in chosen])) == {10}
    assert not log_of(0.2, 0.4).alike
    assert not log_of(1.0, 1.0).alike  # whole frames have reasons, and these are worth reading


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_short_copy_shows_what_it_has(count):
    assert len(log_of(*[0.5] * count, step_s=0.04).chosen()) == count


def test_the_sheet_shows_frames_of_the_copy(tmp_path):
    copy = clips.make_clip(tmp_path / "copy.mp4")
    log = log_of(*np.linspace(0, 1, 12).tolist(), step_s=0.04)
    write_copy_sheet(copy, log, tmp_path / "s.png")
    with Image.open(tmp_path / "s.png") as sheet:
        pixels = np.asarray(sheet)
    assert pixels.shape[1] > 6 * SIDE_PX
    assert pixels.std() > 20


def test_the_sheet_shows_dark_and_flat_frames_in_their_own_colours(tmp_path):
    colour = (38, 44, 58)
    dark = np.full((48, 64, 3), colour, np.uint8)
    dark[10:20, 10:20] += 12
    Image.fromarray(dark).save(tmp_path / "copy.png")
    write_copy_sheet(tmp_path / "copy.png", log_of(0.5), tmp_path / "s.png")
    with Image.open(tmp_path / "s.png") as sheet:
        pixels = np.asarray(sheet).reshape(-1, 3)
    assert (pixels == colour).all(axis=1).sum() > 2000
