"""With which options a reviewed recording is covered again: those of the copy that is on the page."""

from __future__ import annotations

from typing import Final

from pydantic import JsonValue

from passerby.errors import UsageError
from passerby.jobs.review_files import ReviewFiles
from passerby.reports.redaction import RedactionReport
from passerby.settings.options import PLANNED, RedactOptions, flag

_NOT_OF_THE_COVER: Final = frozenset({"preset", "masks", "plan", "edits", "no_openings", "keep_audio", "check"})
"""What a report has no value of (files, and presets, whose options it has), and what does not change the cover."""


def options_of_copy(asked: RedactOptions, report: RedactionReport, files: ReviewFiles) -> RedactOptions:
    """Return the options of the copy that is there, so that a new copy covers as much.

    Args:
        asked: The options of the command; those that were not given are the copy's.
        report: Of the copy.
        files: The files of the review.

    Raises:
        UsageError: The command asks for other cover than the copy has, or does not name its masks or its plan.
    """
    again = f"cover it again with passerby review {files.recording.name} --force"
    for name in ("masks", "plan"):
        if report.options.get(name) and not getattr(asked, name):
            msg = f"{files.copy}: was made with {flag(name)}, whose file the report does not name; name it, or {again}"
            raise UsageError(msg)
    stored = _stored(report)
    if asked.plan is not None:
        stored = {name: value for name, value in stored.items() if name not in PLANNED}
    own = asked.model_fields_set - {"preset"}
    options = RedactOptions.checked(**stored | {name: getattr(asked, name) for name in own})
    before = RedactOptions.checked(**stored)
    changed = sorted(flag(name) for name in own & stored.keys() if getattr(options, name) != getattr(before, name))
    if changed:
        msg = f"{files.copy}: was made with another {', '.join(changed)}; leave that option out, or {again}"
        raise UsageError(msg)
    return options


def _stored(report: RedactionReport) -> dict[str, JsonValue]:
    """Return the options that a report has values of."""
    known = RedactOptions.model_fields.keys() - _NOT_OF_THE_COVER
    stored: dict[str, JsonValue] = {
        name: value for name, value in report.options.items() if name in known and value is not None
    }
    if report.options.get("keep_audio"):
        stored["sound"] = "keep"
    return stored
