from __future__ import annotations

import pytest

from benchmarks import material


@pytest.mark.parametrize(
    ("name", "half"), [("shtA_IMG_131.jpg", "tune"), ("ucf_6.jpg", "report"), ("shtB_IMG_198.jpg", "report")]
)
def test_the_split_stays_as_it_was(name, half):
    assert material.split_of(name) == half


def test_no_clip_is_both_tuned_on_and_reported():
    assert not set(material.TUNE_CLIPS) & set(material.REPORT_CLIPS)


@pytest.mark.data
def test_labels_lie_within_their_pictures(data_dir, monkeypatch):
    monkeypatch.setenv("PASSERBY_DATA", str(data_dir))
    for each in [*material.faces(), *material.plates()]:
        height, width = each.shape
        for x1, y1, x2, y2 in each.boxes:
            assert -2 <= x1 < x2 <= width + 2, each.path.name
            assert -2 <= y1 < y2 <= height + 2, each.path.name


@pytest.mark.data
def test_every_crowd_picture_has_heads_in_it(data_dir, monkeypatch):
    monkeypatch.setenv("PASSERBY_DATA", str(data_dir))
    crowds = material.crowds()
    assert len(crowds) == 46
    assert all(each.boxes for each in crowds)
