"""The exemption log has all that was covered, silenced or opened, with times and reasons, and never a name."""

from __future__ import annotations

import csv
import io

import pytest
from tests.release.made import ADDED, MUTED, NOW, OPENED, SILENT, VISIBLE, changes, clip, report_of, second

from passerby.redact.cause import Cause
from passerby.release.exemption import exemption_log
from passerby.release.exemption_pdf import exemption_pdf
from passerby.release.exemption_text import exemption_csv, exemption_html, facts
from passerby.reports.redaction import ClipUse, HandMuting, ReportedSilence, SecondShare, SoundUse
from passerby.review.edits import CoverReason, RecordingBinding, RecordingEdits, ReviewMark
from passerby.settings.reasons import SiteReasons

SITE = SiteReasons.model_validate(
    {
        "organisation": "Example Daily",
        "reasons": [
            {"reason": "data protection", "basis": "GDPR Art. 6(1)(f)", "covers": ["people", "faces"]},
            {"reason": "third party", "basis": "GDPR Art. 15(4)"},
            {"reason": "private conversation", "covers": ["sound"]},
        ],
    }
)
BOUND = RecordingBinding(salt="0" * 32, hmac_sha256="0" * 64)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return clip(tmp_path_factory.mktemp("copies") / "hall_redacted.mp4")


def log_of(report, edits=None, *, had_sound=True, reasons=SITE):
    return exemption_log(report, edits, had_sound=had_sound, reasons=reasons, case="FOI-1")


def lines(log):
    return [(each.from_s, each.to_s, each.medium, each.what, each.reason, each.basis) for each in log.entries]


def test_each_kind_of_entry_has_its_time_its_reason_and_its_basis(copy):
    by_hand = changes(added=[ADDED], opened=[OPENED], visible=[VISIBLE])
    assert lines(log_of(report_of(copy, edits=by_hand, sound=SILENT))) == [
        (0.0, 3.0, "picture", "people covered", "data protection", "GDPR Art. 6(1)(f)"),
        (0.2, 1.0, "picture", "one person left visible on request", "consent", "not stated"),
        (0.25, 1.75, "sound", "speech silenced", "private conversation", "not stated"),
        (
            *(0.5, 2.0, "picture"),
            "cover of people taken away by hand: it hid nobody; a network suspected a person, and the reviewer "
            "confirmed that nobody is there",
            *("a statue", "not stated"),
        ),
        (1.0, 2.5, "picture", "covered by hand", "third party", "GDPR Art. 15(4)"),
    ]


def test_an_opening_that_was_refused_is_no_entry(copy):
    refused = OPENED.model_copy(update={"applied": False, "confirmed": False})
    assert [each.what for each in log_of(report_of(copy, edits=changes(opened=[refused]), sound=SILENT)).entries] == [
        "people covered",
        "speech silenced",
    ]


def test_a_copy_without_the_recording_s_sound_lists_it_and_a_silent_recording_does_not(copy):
    report = report_of(copy)
    assert ("sound", "the copy has no sound") in [(each[2], each[3]) for each in lines(log_of(report))]
    assert {each[2] for each in lines(log_of(report, had_sound=False))} == {"picture"}


def test_sound_muted_by_hand_has_its_own_reason_and_ends_with_the_copy(copy):
    """The report rounds times; what `--mute` silenced has the reason of the sound, and so has what got none."""
    silent = [
        ReportedSilence(start_s=0.5, end_s=0.75, reason="by hand"),
        ReportedSilence(start_s=1.0, end_s=2.0, reason="by hand"),
        ReportedSilence(start_s=2.5, end_s=9.0, reason="by hand"),
        ReportedSilence(start_s=9.5, end_s=9.75, reason="speech"),
    ]
    muted = changes(muted=[MUTED, HandMuting(from_s=2.5, to_s=9.0)])
    report = report_of(copy, edits=muted, sound=SoundUse(choice="keep", models=[], silent=silent))
    assert [each for each in lines(log_of(report)) if each[2] == "sound"] == [
        (0.5, 0.75, "sound", "silenced by hand", "private conversation", "not stated"),
        (1.0, 2.0, "sound", "silenced by hand", "third party", "GDPR Art. 15(4)"),
        (2.5, 3.0, "sound", "silenced by hand", "private conversation", "not stated"),
    ]


def test_short_pauses_count_as_covered_and_long_ones_do_not(copy):
    covered = [second(number, Cause.BODIES) for number in (0, 3, 7, 8)]
    report = report_of(copy, seconds=10, causes_per_second=covered)
    assert [each[:2] for each in lines(log_of(report, had_sound=False))] == [(0.0, 4.0), (7.0, 9.0)]


def test_cover_that_lasts_on_belongs_to_what_it_began_with(copy):
    covered = [second(0, Cause.VEHICLES, Cause.MARGIN), second(1, Cause.HOLD), second(2, Cause.HOLD)]
    report = report_of(copy, causes_per_second=covered)
    assert [each[:4] for each in lines(log_of(report, had_sound=False))] == [(0.0, 3.0, "picture", "vehicles covered")]


def test_every_cause_of_cover_gives_an_entry(copy):
    """A new cause must not be missing from what a court reads."""
    by_hand = changes(added=[ADDED])
    for cause in Cause:
        report = report_of(copy, causes_per_second=[second(1, cause, reason="")], edits=by_hand)
        assert len(lines(log_of(report, had_sound=False))) == (1 if cause is Cause.HAND else 2), cause


def test_pictures_that_are_covered_whole_have_their_cause(copy):
    report = report_of(copy, causes_per_second=[second(2, Cause.WHOLE, reason="too dark to inspect")])
    assert lines(log_of(report, had_sound=False))[0][:4] == (
        *(2.0, 3.0, "picture"),
        "whole picture covered: too dark to inspect",
    )


def test_a_length_in_whole_seconds_is_not_said_to_be_exact(copy):
    log = log_of(report_of(copy, covered_share_per_second=[SecondShare(second=each, share=0.1) for each in range(3)]))
    assert dict(facts(log))["Length"] == f"at most 0:00:03, {log.frames} frames"


def test_times_of_a_part_are_those_of_the_copy(copy):
    part = ClipUse(from_s=60.0, until_s=63.0, recording_starts_s=0.0, copy_starts_s=60.0)
    added = ADDED.model_copy(update={"from_s": 59.0, "to_s": 61.5})
    outside = ADDED.model_copy(update={"from_s": 10.0, "to_s": 12.0})
    report = report_of(copy, clip=part, edits=changes(added=[added, outside]))
    assert [each[:2] for each in lines(log_of(report, had_sound=False))] == [(0.0, 1.5), (0.0, 3.0)]


def test_a_reviewer_s_own_reason_comes_before_the_site_s(copy):
    edits = RecordingEdits(recording=BOUND, reasons=[CoverReason(piece="people", reason="minor", basis="JGG § 48")])
    assert lines(log_of(report_of(copy), edits))[0][4:] == ("minor", "JGG § 48")


def test_what_has_no_reason_is_listed(copy):
    log = log_of(report_of(copy), reasons=None)
    assert log.unreasoned == ("people covered", "the copy has no sound")


def test_no_reviewer_is_named_anywhere(copy):
    marks = [ReviewMark(by="R. Viewer", at=NOW, review="first"), ReviewMark(by="S. Econd", at=NOW, review="second")]
    log = log_of(report_of(copy), RecordingEdits(recording=BOUND, reviews=marks))
    html = exemption_html(log)
    assert "by 2 persons, on 2026-01-02" in html
    for name in ("Viewer", "Econd"):
        assert name not in html + exemption_csv(log) + repr(log)


def test_hostile_text_is_text_in_every_file(copy):
    added = ADDED.model_copy(update={"reason": "=HYPERLINK(1)", "basis": "<script>alert(1)</script>&<b>"})
    log = log_of(report_of(copy, edits=changes(added=[added]), copy_name="<img src=x>.mp4"))
    html = exemption_html(log)
    assert "<script>" not in html
    assert "<img" not in html
    row = next(each for each in csv.reader(io.StringIO(exemption_csv(log))) if "script" in each[-1])
    assert row[-2:] == ["'=HYPERLINK(1)", "<script>alert(1)</script>&<b>"]
    assert exemption_pdf(log).startswith(b"%PDF-")


def test_the_same_log_gives_the_same_pdf_with_a_page_for_every_entry(copy):
    many = [ADDED.model_copy(update={"reason": f"reason {number} Łódź Київ 東京"}) for number in range(120)]
    log = log_of(report_of(copy, edits=changes(added=many)))
    one = exemption_pdf(log)
    assert one == exemption_pdf(log)
    assert one.count(b"/Type /Page\n") >= 3
