"""The exemption log of a copy: what was covered, silenced or opened, when and why; never who anybody is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from passerby.redact.cause import Cause
from passerby.redact.speech import BY_HAND, SPEECH
from passerby.reports.redaction import HandAddition, HandOpening, HandVisible, RedactionReport
from passerby.review.edits import RecordingEdits
from passerby.settings.reasons import SiteReasons

PAUSE_S: Final = 3
"""Shorter pauses in a kind of cover are counted as covered: a list of every flicker helps nobody."""
NOT_STATED: Final = "not stated"
_KINDS: Final = {
    Cause.BODIES: "people",
    Cause.WEAK: "people",
    Cause.POOR: "people",
    Cause.CROWD: "people",
    Cause.FACES: "faces",
    Cause.VEHICLES: "vehicles",
    Cause.SCREENS: "screens",
    Cause.TEXT: "writing",
    Cause.PLATES: "plates",
    Cause.MASKS: "masks",
    Cause.MOTION: "motion",
    Cause.WHOLE: "whole",
}
"""Kind of cover by cause; margin and hold belong to what they surround, and cover by hand has its own entries."""
_TITLES: Final = {
    "people": "people covered",
    "faces": "faces covered",
    "vehicles": "vehicles covered",
    "screens": "screens covered",
    "writing": "writing covered",
    "plates": "number plates covered",
    "masks": "part of the picture covered by a mask",
    "motion": "moving objects covered",
    "whole": "whole picture covered",
}


@dataclass(frozen=True, slots=True)
class ExemptionEntry:
    """One entry of the log.

    Args:
        from_s: Its start in the copy, s.
        to_s: Its end, s.
        medium: Picture or sound.
        what: What was done.
        reason: Why.
        basis: Legal basis.
    """

    from_s: float
    to_s: float
    medium: Literal["picture", "sound"]
    what: str
    reason: str = NOT_STATED
    basis: str = NOT_STATED


@dataclass(frozen=True, slots=True)
class ExemptionLog:
    """The log, and what its reader must know about the copy.

    Args:
        copy_name: Name of the covered copy.
        copy_sha256: Its SHA-256.
        organisation: Who releases it ("" = not stated).
        case: Case number ("" = none).
        frames: Frames of the copy.
        duration_s: Its length, s, rounded up to whole seconds.
        covered_share: Mean share of the picture that is covered.
        checked: What the check of the copy found, in words.
        reviewed: On which days somebody went through all of it; who did is not in the log.
        entries: In order of time.
        unreasoned: Kinds of cover without a reason.
    """

    copy_name: str
    copy_sha256: str
    organisation: str
    case: str
    frames: int
    duration_s: int
    covered_share: float
    checked: str
    reviewed: tuple[date, ...]
    entries: tuple[ExemptionEntry, ...] = field(repr=False)
    unreasoned: tuple[str, ...] = ()


def exemption_log(
    report: RedactionReport,
    edits: RecordingEdits | None,
    *,
    had_sound: bool,
    reasons: SiteReasons | None = None,
    case: str = "",
) -> ExemptionLog:
    """Return the exemption log of a copy.

    Args:
        report: Of the copy.
        edits: What a person changed in it (None = nothing).
        had_sound: Whether the recording has sound; the log has no entry for what was never there.
        reasons: The site's list (None = it has none).
        case: Case number.
    """
    why = _Reasons(edits, reasons)
    entries = [*_covered(report, why), *_by_hand(report, why)]
    if had_sound:
        entries += _sound(report, why)
    entries.sort(key=lambda each: (each.from_s, each.to_s, each.medium, each.what))
    marks = () if edits is None else sorted(each.at.date() for each in edits.reviews)
    return ExemptionLog(
        copy_name=report.copy_name,
        copy_sha256=report.copy_sha256,
        organisation="" if reasons is None else reasons.organisation,
        case=case,
        frames=report.frames,
        duration_s=_seconds(report),
        covered_share=report.covered_share,
        checked=_checked(report),
        reviewed=tuple(marks),
        entries=tuple(entries),
        unreasoned=tuple(dict.fromkeys(each.what for each in entries if each.reason == NOT_STATED)),
    )


def kinds_of(report: RedactionReport) -> list[str]:
    """Return the kinds of cover in a copy, and the sound: what can carry a reason of its own."""
    found = dict.fromkeys(_KINDS[each.cause] for each in report.causes if each.cause in _KINDS)
    return [*found, "sound"]


class _Reasons:
    """Finds the reason for a kind of cover: a reviewer's own, else the site's."""

    def __init__(self, edits: RecordingEdits | None, site: SiteReasons | None) -> None:
        self._site = site
        self._own = {} if edits is None else {each.piece: (each.reason, each.basis) for each in edits.reasons}

    def of_kind(self, piece: str) -> tuple[str, str]:
        if piece in self._own:
            return self.with_basis(*self._own[piece])
        found = None if self._site is None else self._site.of_kind(piece)
        return (NOT_STATED, NOT_STATED) if found is None else (found.reason, found.basis or NOT_STATED)

    def with_basis(self, reason: str, basis: str) -> tuple[str, str]:
        """Return a reason with its basis: the site's list has the basis of reasons that are in it."""
        listed = () if self._site is None else self._site.reasons
        found = next((each.basis for each in listed if each.reason.casefold() == reason.strip().casefold()), "")
        return reason.strip() or NOT_STATED, basis.strip() or found or NOT_STATED


def _seconds(report: RedactionReport) -> int:
    return max((each.second for each in report.covered_share_per_second), default=-1) + 1


def _starts_s(report: RedactionReport) -> float:
    """Return the copy's time of the report's second 0: a clip starts at 0, a whole copy as its recording does."""
    return report.boxes[0].time_s if report.clip is None and report.boxes else 0.0


def _covered(report: RedactionReport, why: _Reasons) -> Iterator[ExemptionEntry]:
    """Yield what was found and covered, in whole seconds."""
    seconds: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    before: set[tuple[str, str]] = set()
    for each in report.causes_per_second:
        kinds = {(_KINDS[one.cause], one.reason) for one in each.causes if one.cause in _KINDS}
        around = any(one.cause in {Cause.MARGIN, Cause.HOLD} for one in each.causes)
        if not kinds and around:  # only cover that lasts on: it belongs to what was covered before
            kinds = {one for one in before if one[0] != "whole"} or {("people", "")}
        for kind in kinds:
            seconds[kind].add(each.second)
        before = kinds
    offset_s = _starts_s(report)
    for (piece, text), found in seconds.items():
        title = f"{_TITLES[piece]}: {text}" if text else _TITLES[piece]
        for first, last in _spans(sorted(found)):
            yield ExemptionEntry(first + offset_s, last + 1 + offset_s, "picture", title, *why.of_kind(piece))


def _spans(seconds: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = None
    for second in seconds:
        if first is None or last is None:
            first = last = second
        elif second - last <= PAUSE_S:
            last = second
        else:
            yield first, last
            first = last = second
    if first is not None and last is not None:
        yield first, last


def _by_hand(report: RedactionReport, why: _Reasons) -> Iterator[ExemptionEntry]:
    if report.edits is None:
        return
    begins_s = 0.0 if report.clip is None else report.clip.copy_starts_s
    ends_s = _seconds(report) + _starts_s(report)

    def entry(
        edit: HandAddition | HandOpening | HandVisible, what: str, reason: str, basis: str = ""
    ) -> Iterator[ExemptionEntry]:
        first, last = max(0.0, edit.from_s - begins_s), min(ends_s, edit.to_s - begins_s)
        if last >= first:  # an edit outside the part that was copied is not in the copy
            yield ExemptionEntry(first, last, "picture", what, *why.with_basis(reason, basis))

    for added in report.edits.added:
        yield from entry(added, "covered by hand", added.reason, added.basis)
    for opened in report.edits.opened:
        if opened.applied:
            what = f"cover of {opened.piece} taken away by hand: it hid nobody"
            if opened.frames_suspicious:
                what += "; a network suspected a person, and the reviewer confirmed that nobody is there"
            yield from entry(opened, what, opened.reason)
    for visible in report.edits.visible:
        yield from entry(visible, "one person left visible on request", visible.ground)


def _sound(report: RedactionReport, why: _Reasons) -> Iterator[ExemptionEntry]:
    ends_s = _seconds(report) + _starts_s(report)
    if report.sound is None:
        yield ExemptionEntry(0.0, ends_s, "sound", "the copy has no sound", *why.of_kind("sound"))
        return
    begins_s = 0.0 if report.clip is None else report.clip.copy_starts_s
    own = {} if report.edits is None else {_span(each.from_s, each.to_s): each for each in report.edits.muted}
    for each in report.sound.silent:
        first, last = max(0.0, each.start_s - begins_s), min(ends_s, each.end_s - begins_s)
        if last > first:
            what = {SPEECH: "speech silenced", BY_HAND: "silenced by hand"}.get(each.reason, "silenced: ")
            what += each.reason if what.endswith(": ") else ""
            mine = own.get(_span(each.start_s, each.end_s)) if each.reason == BY_HAND else None
            named = mine is not None and bool(mine.reason.strip())
            reason = why.with_basis(mine.reason, mine.basis) if mine and named else why.of_kind("sound")
            yield ExemptionEntry(first, last, "sound", what, *reason)


def _span(start_s: float, end_s: float) -> tuple[float, float]:
    """Return a span as the report has it: with times rounded to 1 µs."""
    return round(start_s, 6), round(end_s, 6)


def _checked(report: RedactionReport) -> str:
    check = report.leak_check
    if check is None:
        return "not checked by other networks"
    spots = len(check.spots)
    found = "nothing suspected" if not spots else f"{spots} place{'s' * (spots != 1)} suspected to show a person"
    accepted = 0 if report.edits is None else report.edits.doubts_accepted
    seen = f", {accepted} doubt{'s' * (accepted != 1)} looked at and accepted by a reviewer" if accepted else ""
    return f"{check.frames_checked} frames checked by other networks: {found}{seen}"
