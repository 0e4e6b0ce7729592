from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.audit.entry import LONGEST, AuditEntry, AuditKind, decoded
from passerby.errors import AuditError

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
details = st.dictionaries(
    texts, texts | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none()
)
entries = st.builds(AuditEntry, st.sampled_from(AuditKind), st.floats(0, 1e11), st.none() | texts, texts, details)


@given(entries)
def test_an_entry_is_read_back_as_it_was_and_fits_one_line(entry):
    assert decoded(entry.encoded()) == entry
    assert b"\n" not in entry.encoded()


def test_the_words_of_kinds_are_the_ones_that_were_stored_before():
    assert {kind.value for kind in AuditKind} >= {
        *("started", "stopped", "settings_changed", "model_changed", "cover_failed", "cover_restored", "sign_in"),
        *("sign_in_failed", "sign_out", "access_refused", "account_added", "account_changed", "account_disabled"),
        *("token_created", "token_revoked", "two_person_request", "two_person_decision", "view_began", "view_ended"),
        *("export", "alert_raised", "alert_acknowledged", "alert_resolved", "alert_assigned", "alert_escalated"),
        *("alert_step", "alert_drill", "handover_note", "log_cut", "picture_viewed", "layout_changed"),
    }


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_number_that_json_does_not_know_is_refused(number):
    with pytest.raises(ValueError, match="finite numbers"):
        AuditEntry(AuditKind.EXPORT, number, "ada")
    with pytest.raises(ValueError, match="finite numbers"):
        AuditEntry(AuditKind.EXPORT, 0.0, "ada", details={"seconds": number})


def test_an_entry_that_the_log_cannot_hold_is_refused_with_its_length():
    with pytest.raises(AuditError, match=f"at most {LONGEST}"):
        AuditEntry(AuditKind.HANDOVER_NOTE, 0.0, "ada", details={"note": "x" * LONGEST})


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{}", b"[]", b'"started"', b"\xff"),
        b'{"account":null,"at_s":"1","details":{},"kind":"started","subject":""}',
        b'{"account":7,"at_s":1,"details":{},"kind":"started","subject":""}',
        b'{"account":null,"at_s":1,"details":{},"kind":"unknown","subject":""}',
        b'{"account":null,"at_s":1,"details":[],"kind":"started","subject":""}',
        b'{"account":null,"at_s":1,"details":{},"kind":"started","subject":"","more":1}',
    ],
)
def test_bytes_that_are_no_entry_are_refused(data):
    with pytest.raises(ValueError, match=r"."):
        decoded(data)
