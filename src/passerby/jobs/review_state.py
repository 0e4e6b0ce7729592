"""How far the review of a recording is: whether the copy has all edits, and who has approved it."""

from __future__ import annotations

from passerby.reports.redaction import HandChanges, RedactionReport
from passerby.review.edits import RecordingEdits


def has_all_edits(report: RedactionReport, edits: RecordingEdits) -> bool:
    """Return whether a copy was made with these edits; reasons of kinds of cover do not change it.

    Args:
        report: Of the copy.
        edits: The edits.
    """
    made = report.edits or HandChanges(added=[], opened=[], visible=[], doubts_accepted=0, reviews=0)
    added = [(each.from_s, each.to_s, each.reason, each.basis) for each in made.added]
    opened = [(each.from_s, each.to_s, each.box_px, each.piece, each.reason, each.confirmed) for each in made.opened]
    visible = [(each.from_s, each.to_s, each.ground) for each in made.visible]
    return (
        added == [(each.from_s, each.to_s, each.reason, each.basis) for each in edits.added]
        and opened
        == [(each.from_s, each.to_s, each.box, each.piece, each.reason, each.confirmed) for each in edits.opened]
        and visible == [(each.from_s, each.to_s, each.ground) for each in edits.visible]
    )


def same_person(one: str, other: str) -> bool:
    """Return whether two names of reviewers are one name, however it is written.

    >>> same_person("R. Viewer ", "r.  viewer")
    True
    """
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def missing_approval(edits: RecordingEdits) -> str:
    """Return which approval a copy still needs before it is released ("" = none)."""
    first = next((each for each in edits.reviews if each.review == "first"), None)
    second = next((each for each in edits.reviews if each.review == "second"), None)
    if not edits.two_reviewers:
        return ""
    if first is None:
        return "nobody has approved it yet"
    if second is None:
        return "only the first reviewer has approved it"
    if same_person(first.by, second.by):
        return "both approvals are by the same person"
    decided = [each.at for each in (*edits.opened, *edits.visible)]
    if decided and max(decided) > min(first.at, second.at):
        return "cover was taken away after an approval"
    return ""
