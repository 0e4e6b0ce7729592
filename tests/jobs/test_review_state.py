"""Whether a copy has all that a reviewer changed: what was drawn counts, what was said of it does not."""

from __future__ import annotations

import pytest
from tests.release.made import NOW, changes, clip, report_of

from passerby.jobs.review_state import has_all_edits
from passerby.review.edits import (
    AcceptedDoubt,
    AddedCover,
    CoverReason,
    LeftVisible,
    MutedSound,
    OpenedCover,
    RecordingEdits,
    RegionKey,
)
from passerby.review.edits_file import binding, changes_hmac

KEY = RegionKey(time_s=1.0, box=(0.0, 0.0, 20.0, 20.0))
ADDED = AddedCover(keys=[KEY], from_s=0.5, to_s=2.0)
OPENED = OpenedCover(box=(0, 0, 9, 9), from_s=0, to_s=1, piece="people", reason="a statue", by="R. Viewer", at=NOW)
VISIBLE = LeftVisible(keys=[KEY], from_s=0.5, to_s=2.0, ground="consent", by="R. Viewer", at=NOW)
MUTED = MutedSound(from_s=0.5, to_s=1.0)


@pytest.fixture
def edits(tmp_path):
    bound = binding(clip(tmp_path / "hall.mp4", seconds=1))
    return RecordingEdits(recording=bound, added=[ADDED], opened=[OPENED], visible=[VISIBLE], muted=[MUTED])


@pytest.fixture
def made(edits, tmp_path):
    """The report of a copy that was made with these edits."""
    return report_of(tmp_path / "hall.mp4", edits=changes(changes_hmac_sha256=changes_hmac(edits)))


@pytest.mark.parametrize(
    "part",
    [
        {"added": []},
        {"added": [ADDED.model_copy(update={"keys": [KEY.model_copy(update={"box": (1.0, 0.0, 20.0, 20.0)})]})]},
        {"added": [ADDED.model_copy(update={"follow": True})]},
        {"added": [ADDED, ADDED]},
        {"opened": [OPENED.model_copy(update={"piece": "faces"})]},
        {"opened": [OPENED.model_copy(update={"confirmed": True})]},
        {"visible": [VISIBLE.model_copy(update={"to_s": 2.04})]},
        {"muted": []},
    ],
    ids=["removed", "moved", "follows", "another", "kind", "confirmed", "longer", "heard"],
)
def test_a_copy_lacks_whatever_is_drawn_after_it(edits, made, part):
    assert has_all_edits(made, edits)
    assert not has_all_edits(made, edits.model_copy(update=part))


def test_what_is_said_of_a_change_needs_no_new_copy(edits, made):
    said = {
        "added": [ADDED.model_copy(update={"reason": "minor", "basis": "JGG § 48"})],
        "opened": [OPENED.model_copy(update={"reason": "a poster", "by": "S. Econd"})],
        "visible": [VISIBLE.model_copy(update={"ground": "access request"})],
        "reasons": [CoverReason(piece="people", reason="data protection")],
        "accepted": [AcceptedDoubt(first_s=0, last_s=1, by="R. Viewer", at=NOW)],
    }
    assert has_all_edits(made, edits.model_copy(update=said))


def test_a_copy_without_edits_has_all_where_nothing_is_drawn(edits, tmp_path):
    plain = report_of(tmp_path / "hall.mp4")
    assert not has_all_edits(plain, edits)
    assert has_all_edits(plain, RecordingEdits(recording=edits.recording))


def test_a_report_that_does_not_say_what_was_drawn_is_of_an_older_copy(edits, tmp_path):
    assert not has_all_edits(report_of(tmp_path / "hall.mp4", edits=changes()), edits)
