"""What a site's signature states about a copy: how it was covered, as its report has it. It names nobody."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from pydantic import JsonValue

from passerby.errors import UsageError
from passerby.release.manifest import KINDS
from passerby.reports.redaction import RedactionReport
from passerby.review.edits import RecordingBinding
from passerby.version import __version__

LABEL: Final = "org.passerby.cover"
VOUCHES: Final = (
    "The signature shows who made this copy and how, and that nothing was changed since. It does not show that nobody "
    "can be seen in it."
)
_SOURCE_TYPE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_MOST_VALUES: Final = 1500
"""Values of the cover over time in a manifest: a longer recording has one for several seconds. The report has all."""
_MOST_ENTRIES: Final = 25
"""Entries of each list in a manifest; the report has all, and its hash is signed."""
_COPY_HASH: Final = re.compile(rb'("copy_sha256": ?")([0-9a-f]{64})(")')


def report_digest(text: bytes) -> str:
    """Return the SHA-256 of a report file, in hexadecimal, whatever hash of the copy is in it.

    The hash of the copy is left out because the copy holds this digest. Every other bit of the file counts.

    Raises:
        UsageError: It is not a report of a covered copy.
    """
    cleared, number = _COPY_HASH.subn(rb"\g<1>" + b"0" * 64 + rb"\g<3>", text)
    if number != 1:
        msg = "not a report of a covered copy: it must have copy_sha256 once"
        raise UsageError(msg)
    return hashlib.sha256(cleared).hexdigest()


def with_copy_hash(text: bytes, digest: str) -> bytes:
    """Return a report file with another hash of the copy, and otherwise the same bytes."""
    return _COPY_HASH.sub(rb"\g<1>" + digest.encode() + rb"\g<3>", text)


def manifest_of(
    report: RedactionReport, report_file: bytes, suffix: str, *, source: RecordingBinding | None = None
) -> dict[str, Any]:
    """Return what is claimed about a copy, as C2PA's builder takes it.

    Args:
        report: Of the copy.
        report_file: Its report, as it is passed on; the manifest holds its digest.
        suffix: Of the copy's name.
        source: What binds the copy to its source ("None" = nothing does).
    """
    return {
        "claim_generator_info": [{"name": "passerby", "version": __version__}],
        "title": report.copy_name,
        "format": KINDS[suffix.lower()],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": _actions(report)}},
            {"label": LABEL, "data": _cover(report, report_file, source)},
        ],
    }


def _actions(report: RedactionReport) -> list[dict[str, JsonValue]]:
    """Return what was done, in C2PA's words; its own `c2pa.redacted` is about metadata, not about pictures."""
    agent: JsonValue = {"name": "passerby", "version": report.passerby_version}
    by_hand = report.edits is not None
    kind = "humanEdits" if by_hand else "algorithmicallyEnhanced"
    actions: list[dict[str, JsonValue]] = [
        {
            "action": "c2pa.created",
            "digitalSourceType": _SOURCE_TYPE + kind,
            "softwareAgent": agent,
            "description": "A covered copy of a recording or picture that is not included.",
        },
        {"action": "c2pa.edited", "softwareAgent": agent, "description": "People and other things found were covered."},
    ]
    if report.clip is not None:
        text = "Only part of the recording was copied."
        actions.append({"action": "c2pa.trimmed", "softwareAgent": agent, "description": text})
    if by_hand:
        text = "A person changed the cover by hand."
        actions.append({"action": "c2pa.edited", "softwareAgent": agent, "description": text})
    return actions


def _cover(report: RedactionReport, report_file: bytes, source: RecordingBinding | None) -> dict[str, JsonValue]:
    shown = report.model_dump(mode="json", exclude_none=True)
    step_s = max(1, ceil(len(report.covered_share_per_second) / _MOST_VALUES))
    data: dict[str, JsonValue] = {
        "statement_version": 1,
        "vouches_for": VOUCHES,
        "passerby_version": report.passerby_version,
        "report_sha256": report_digest(report_file),
        "models": shown["models"],
        "options": _chosen(shown["options"]),
        "frames": report.frames,
        "covered_share": report.covered_share,
        "cover_step_s": step_s,
        "covered_percent": _percent(report, step_s),
        "frames_covered_whole": report.frames_covered_whole,
        "covered_whole": shown["covered_whole"][:_MOST_ENTRIES],
        "check": None if report.leak_check is None else _checked(report),
        "by_hand": None if report.edits is None else _by_hand(shown["edits"]),
    }
    for name in ("clip", "sound"):
        if name in shown:
            data[name] = shown[name]
    if source is not None:
        data["source"] = source.model_dump(mode="json")
    return data


def _chosen(options: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the options without those that are not used: each byte is in each copy."""
    return {name: value for name, value in options.items() if value not in (None, [], False, "", 0)}


def _percent(report: RedactionReport, step_s: int) -> str:
    """Return the covered share of each step, %, rounded up; of several seconds the highest, "-" if there was no frame.

    It is text because C2PA stores a list of small numbers as bytes, which readers show in base64.
    """
    steps: dict[int, int] = {}
    for each in report.covered_share_per_second:
        percent = ceil(round(100 * each.share, 6))
        steps[each.second // step_s] = max(percent, steps.get(each.second // step_s, 0))
    return " ".join(str(steps.get(number, "-")) for number in range(max(steps, default=-1) + 1))


def _checked(report: RedactionReport) -> JsonValue:
    check = report.leak_check
    if check is None:
        return None
    return {
        "depth": check.depth,
        "models": [each.model_dump(mode="json") for each in check.models],
        "frames_checked": check.frames_checked,
        "spots": len(check.spots),
    }


def _by_hand(edits: dict[str, Any]) -> JsonValue:
    """Return what a person changed: numbers, and each opening."""
    opened = [
        {name: each[name] for name in ("from_s", "to_s", "piece", "reason", "confirmed", "applied")}
        for each in edits["opened"]
    ]
    return {
        "added": len(edits["added"]),
        "opened": sum(each["applied"] for each in edits["opened"]),
        "openings_refused": sum(not each["applied"] for each in edits["opened"]),
        "openings": opened[:_MOST_ENTRIES],
        "visible": edits["visible"][:_MOST_ENTRIES],
        "silenced": len(edits.get("muted") or ()),
        "reviews": edits["reviews"],
        "doubts_accepted": edits["doubts_accepted"],
    }
