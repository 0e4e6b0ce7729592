"""A witness: somebody with a key of their own who cosigns a checkpoint if the log only grew since the last one."""

from __future__ import annotations

from passerby.audit.checkpoint import LogCheckpoint, signed_checkpoint
from passerby.audit.log_reader import LogReader
from passerby.audit.note import COSIGNATURE, Note, NoteKey, NoteSigner
from passerby.audit.tree import consistency_proof, consistent
from passerby.errors import AuditError, UsageError


def cosigned(reader: LogReader, key: NoteKey, witness: NoteSigner, *, seen: bytes | None, now_s: float) -> Note:
    """Return the newest checkpoint of a log with a witness's signature added.

    Args:
        reader: Of the log.
        key: Public key of the log, which the witness got in another way.
        witness: The witness.
        seen: The checkpoint that this returned the last time; None = there was none.
        now_s: The current time, UTC since 1970, s.

    Raises:
        UsageError: The key is not one of a witness, or the checkpoint seen last is not one of this log.
        AuditError: The log has no checkpoint, or did not grow out of the one that was seen last.
    """
    if witness.algorithm != COSIGNATURE:
        msg = f"the key of {witness.name} belongs to a log, not to a witness; give another file"
        raise UsageError(msg)
    try:
        newest, note = signed_checkpoint(reader.tiles.checkpoint() or b"", key)
    except ValueError as error:
        msg = f"{reader.folder}: {error}; it is not cosigned"
        raise AuditError(msg) from error
    if seen is not None:
        try:
            last, old = signed_checkpoint(seen, key)
        except ValueError as error:
            msg = f"the checkpoint that was seen last: {error}"
            raise UsageError(msg) from error
        if witness.key.cosigned_s(old) is None:
            msg = f"the checkpoint that was seen last is not cosigned by {witness.name}; give another file"
            raise UsageError(msg)
        _require_growth(reader, last, newest)
    return note.with_signatures([witness.sign(note.text, at_s=now_s)])


def _require_growth(reader: LogReader, last: LogCheckpoint, newest: LogCheckpoint) -> None:
    """Refuse a log that did not only grow.

    Raises:
        AuditError: It was cut short or written anew.
    """
    if newest.size < last.size:
        msg = f"{reader.folder}: {last.size} entries were cosigned, and {newest.size} are there; it is not cosigned"
        raise AuditError(msg)
    proof = []
    if 0 < last.size < newest.size:
        try:
            proof = consistency_proof(last.size, newest.size, reader.tiles.node)
        except OSError as error:
            msg = f"{reader.folder}: a tile cannot be read ({error.strerror}); it is not cosigned"
            raise AuditError(msg) from error
    if not consistent(last.size, newest.size, old_root=last.root, new_root=newest.root, proof=proof):
        msg = f"{reader.folder}: the {last.size} entries that were cosigned are not all there; it is not cosigned"
        raise AuditError(msg)
