"""How far the review of a recording is: whether the copy has all edits, and who has approved it."""

from __future__ import annotations

import hmac

from passerby.errors import UsageError
from passerby.reports.redaction import RedactionReport
from passerby.review.edits import RecordingEdits
from passerby.review.edits_file import changes_hmac
from passerby.review.journal import EditChange


def has_all_edits(report: RedactionReport, edits: RecordingEdits) -> bool:
    """Return whether a copy was made with all that edits change in picture and sound; their reasons do not change it.

    Args:
        report: Of the copy.
        edits: The edits.
    """
    made = report.edits
    if made is None:
        return not (edits.added or edits.opened or edits.visible or edits.muted)
    if made.changes_hmac_sha256:
        return hmac.compare_digest(made.changes_hmac_sha256, changes_hmac(edits))
    return False  # of an earlier passerby: it does not say where anything was drawn


def require_allowed(change: EditChange, edits: RecordingEdits, report: RedactionReport) -> None:
    """Refuse a change that an approval does not allow: what was approved stays as it is until it is taken back.

    Args:
        change: The change.
        edits: The edits before it.
        report: Of the copy that is there.

    Raises:
        UsageError: It is refused.
    """
    if change.part in {"added", "opened", "visible", "muted"} and edits.reviews:
        msg = "this copy was approved; take the approval back before you change it"
        raise UsageError(msg)
    if change.part != "reviews" or change.entry is None:
        return
    if not has_all_edits(report, edits):
        msg = "the copy does not have the latest changes; make the new copy and look at it before you approve it"
        raise UsageError(msg)
    name = change.entry.get("by")
    if isinstance(name, str) and any(same_person(each.by, name) for each in edits.reviews):
        msg = f"{name} has approved it already; the second approval must be by another person (--reviewer NAME)"
        raise UsageError(msg)


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
