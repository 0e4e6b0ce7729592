from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.audit.checkpoint import LogCheckpoint, parsed_checkpoint, signed_checkpoint
from passerby.audit.note import (
    COSIGNATURE,
    SIGNATURE,
    Note,
    new_signer,
    parsed_key,
    parsed_note,
    parsed_signer,
)
from passerby.errors import AuditError

# The example of C2SP signed-note: key and note are published there and in golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
CHECKPOINT = LogCheckpoint("site/audit", 5, bytes(range(32)))


def test_a_note_that_another_program_signed_is_accepted():
    key = parsed_key(GO_KEY)
    assert str(key) == GO_KEY
    note = parsed_note(GO_NOTE.encode())
    assert str(note) == GO_NOTE
    assert key.signed(note)
    assert not key.signed(Note(note.text.replace("your problem is", "it is"), note.signatures))


def test_a_key_is_read_back_from_its_file_and_never_shown():
    signer = new_signer("site/audit")
    again = parsed_signer(signer.secret() + "\n")
    assert again.key == signer.key
    assert again.key.signed(Note("text\n", (signer.sign("text\n"),)))
    assert signer.secret().rpartition("+")[2] not in repr(signer)
    assert parsed_key(str(signer.key)) == signer.key


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_name_that_notes_do_not_allow_is_refused(name):
    with pytest.raises(AuditError, match="cannot be the name of a key"):
        new_signer(name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b+c",
        "PeterNeumann+c74f20a3+AAAA",
        GO_KEY.replace("c74f", "c74e"),
        "x+1+\u00e9",
        "site/audit\n3\na+b/c=",
        "x+1+abc",
    ],
)
def test_what_is_no_public_key_is_refused(text):
    with pytest.raises(ValueError, match=r"^(not a public key for signed notes|the key of PeterNeumann is damaged)"):
        parsed_key(text)


def test_what_is_no_private_key_is_refused_without_showing_it():
    secret = new_signer("site").secret()
    for text in ("", secret[12:], secret.replace("site", "sito"), secret[:-8]):
        with pytest.raises(ValueError, match=r".") as caught:
            parsed_signer(text)
        assert secret[-20:-10] not in str(caught.value)


def test_a_checkpoint_is_read_back_and_needs_the_key_of_its_log():
    signer = new_signer("site/audit")
    note = Note(CHECKPOINT.text(), (signer.sign(CHECKPOINT.text()),))
    data = str(note).encode()
    assert signed_checkpoint(data, signer.key) == (CHECKPOINT, note)
    with pytest.raises(ValueError, match="not signed by the key"):
        signed_checkpoint(data, new_signer("site/audit").key)
    with pytest.raises(ValueError, match="of the log 'site/audit', not 'other'"):
        signed_checkpoint(data, new_signer("other").key)
    with pytest.raises(ValueError, match="not signed by the key"):
        signed_checkpoint(data.replace(b"\n5\n", b"\n6\n"), signer.key)


@pytest.mark.parametrize("size", ["-1", "05", "5 ", "", "1e3", "9" * 19, "\u0665"])
def test_a_size_that_is_no_number_is_no_checkpoint(size):
    text = f"site\n{size}\n{CHECKPOINT.text().splitlines()[2]}\n"
    with pytest.raises(ValueError, match="not a checkpoint"):
        parsed_checkpoint(str(Note(text, (new_signer("site").sign(text),))).encode())


@given(st.binary(max_size=300))
def test_no_bytes_make_the_parser_fail_otherwise(data):
    with pytest.raises(ValueError, match=r"."):
        parsed_checkpoint(data)


def test_a_witness_says_when_it_saw_a_checkpoint_and_replaces_its_older_signature():
    log, witness = new_signer("site/audit"), new_signer("witness.example", COSIGNATURE)
    text = CHECKPOINT.text()
    note = Note(text, (log.sign(text), witness.sign(text, at_s=100.9)))
    again = parsed_note(str(note).encode())
    assert again == note
    assert witness.key.cosigned_s(again) == 100
    later = again.with_signatures([witness.sign(text, at_s=200)])
    assert len(later.signatures) == 2
    assert witness.key.cosigned_s(later) == 200
    assert log.key.signed(later)
    assert log.key.cosigned_s(later) is None
    assert new_signer("witness.example", COSIGNATURE).key.cosigned_s(later) is None
    assert witness.key.cosigned_s(Note(text.replace("5", "6"), later.signatures)) is None
    assert parsed_key(str(witness.key)) == witness.key


def test_a_signature_of_one_kind_is_none_of_the_other():
    log = new_signer("one", SIGNATURE)
    text = CHECKPOINT.text()
    witness = parsed_signer(new_signer("one", COSIGNATURE).secret())
    assert witness.key.key_hash != log.key.key_hash
    assert not log.key.signed(Note(text, (witness.sign(text, at_s=1),)))
