"""A witness cosigns a log that only grew, and no other."""

from __future__ import annotations

import shutil

import pytest
from tests.audit.logs import filled
from tests.audit.test_log_check import numbered, replaced_by

from passerby.audit.checkpoint import StoredCheckpoint
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.audit.note import COSIGNATURE, new_signer
from passerby.audit.witness import cosigned
from passerby.errors import AuditError, UsageError

WITNESS = new_signer("witness.example", COSIGNATURE)


@pytest.fixture
def log(tmp_path):
    filled(tmp_path / "state", numbered(300))
    shutil.copy(tmp_path / "state/log/log.vkey", tmp_path)
    return tmp_path / "state", tmp_path


def asked(log, seen=None, witness=WITNESS) -> bytes:
    state, elsewhere = log
    note = cosigned(LogReader(state), load_key(elsewhere / "log.vkey"), witness, seen=seen, now_s=1000.0)
    return str(note).encode()


@pytest.mark.parametrize("more", [0, 1, 400])
def test_a_log_that_grew_is_cosigned_and_verified_with_what_the_witness_stored(log, more):
    first = asked(log)
    filled(log[0], numbered(more, 300))
    second = asked(log, first)
    key = load_key(log[1] / "log.vkey")
    filled(log[0], numbered(1, 300 + more))  # the newest checkpoint is not cosigned yet
    report = check_log(LogReader(log[0]), key, [StoredCheckpoint("seen", second)], [WITNESS.key])
    assert not report.problems
    assert check_log(LogReader(log[0]), key, (), [WITNESS.key]).problems


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (numbered(299), "300 entries were cosigned, and 299 are there"),
        ([b"forged", *numbered(299, 1)], "are not all there"),
        ([b"forged", *numbered(500, 1)], "are not all there"),
    ],
    ids=["cut short", "rewritten", "rewritten and continued"],
)
def test_a_log_that_did_not_only_grow_is_not_cosigned(log, history, reason):
    first = asked(log)
    replaced_by(log, history)
    with pytest.raises(AuditError, match=reason):
        asked(log, first)


def test_a_missing_tile_is_an_error_and_no_signature(log):
    first = asked(log)
    filled(log[0], numbered(300, 300))
    (log[0] / "log/tile/0/001").unlink()
    with pytest.raises(AuditError, match="is missing"):
        asked(log, first)


def test_what_the_witness_did_not_store_itself_is_refused(log):
    with pytest.raises(UsageError, match="not a signed note"):
        asked(log, b"nothing")
    with pytest.raises(UsageError, match="not cosigned by"):
        asked(log, (log[0] / "log/checkpoint").read_bytes())
    with pytest.raises(UsageError, match="belongs to a log"):
        asked(log, witness=new_signer("witness.example"))
