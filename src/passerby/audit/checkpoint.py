"""Checkpoints: what a log says about its size and root, signed (C2SP tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from passerby.audit.note import Note, NoteKey, parsed_note
from passerby.audit.tree import HASH_BYTES
from passerby.errors import UsageError


@dataclass(frozen=True, slots=True)
class LogCheckpoint:
    """Size and root of a log at one moment.

    Args:
        origin: Name of the log.
        size: Number of entries.
        root: Root of the tree above them.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint from elsewhere.

    Args:
        name: Where it comes from, for messages.
        data: The file.
    """

    name: str
    data: bytes


def parsed_checkpoint(data: bytes) -> tuple[LogCheckpoint, Note]:
    """Return the checkpoint in a file, and the note that it is in; no signature is checked.

    Raises:
        ValueError: There is none.
    """
    note = parsed_note(data)
    lines = note.text.split("\n")
    try:
        origin, size, root = lines[:3]
        decoded = base64.b64decode(root, validate=True)
    except (ValueError, binascii.Error) as error:
        msg = "not a checkpoint"
        raise ValueError(msg) from error
    if not origin or len(decoded) != HASH_BYTES or not size.isdecimal() or size != str(int(size)) or len(size) > 18:
        msg = "not a checkpoint"
        raise ValueError(msg)
    return LogCheckpoint(origin, int(size), decoded), note


def signed_checkpoint(data: bytes, key: NoteKey) -> tuple[LogCheckpoint, Note]:
    """Return the checkpoint in a file, and its note.

    Args:
        data: The file.
        key: Of the log; its name is the log's origin.

    Raises:
        ValueError: There is none, it is of another log, or it is not signed by the key.
    """
    checkpoint, note = parsed_checkpoint(data)
    if checkpoint.origin != key.name:
        msg = f"it is of the log '{checkpoint.origin}', not '{key.name}'"
        raise ValueError(msg)
    if not key.signed(note):
        msg = f"it is not signed by the key {key.key_hash.hex()} of {key.name}"
        raise ValueError(msg)
    return checkpoint, note


def read_checkpoints(paths: Sequence[Path]) -> Iterator[StoredCheckpoint]:
    """Yield the checkpoints in files, and in all files of folders.

    Raises:
        UsageError: One cannot be read, or a folder has none.
    """
    for path in paths:
        files = sorted(each for each in path.glob("checkpoint*") if each.is_file()) if path.is_dir() else [path]
        if not files:
            msg = f"{path}: no file in this folder has a name that begins with 'checkpoint'"
            raise UsageError(msg)
        for file in files:
            try:
                yield StoredCheckpoint(str(file), file.read_bytes())
            except OSError as error:
                msg = f"{file}: the checkpoint cannot be read ({error.strerror})"
                raise UsageError(msg) from error
