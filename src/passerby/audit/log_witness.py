"""A gateway as a witness of other gateways: it cosigns their checkpoints if their logs only grew, and stores them."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from passerby.audit.checkpoint import LogCheckpoint, parsed_checkpoint, signed_checkpoint
from passerby.audit.key_file import load_or_make_signer
from passerby.audit.note import COSIGNATURE, Note, NoteKey
from passerby.audit.tree import consistent
from passerby.audit.witness_request import WitnessRequest, parsed_request
from passerby.errors import AuditError, WitnessRefusedError
from passerby.storage.append_log import sync_folder

_EMPTY: Final = 0


def witness_folder(state_folder: Path) -> Path:
    """Return where a gateway stores its key as a witness, and what it has cosigned."""
    return state_folder / "audit" / "witness"


class LogWitness:
    """Cosigns checkpoints of certain logs; used from several threads.

    For each log it stores the checkpoint that it cosigned last, before anybody gets the signature. So it never signs
    two histories, and what it has stored is the copy elsewhere by which a log written anew is noticed.

    Args:
        folder: Where its key and those checkpoints are.
        name: Its name, for a new key.
        keys: Public keys of the logs.
        clock: The system's clock, UTC since 1970, s.

    Raises:
        AuditError: Its key cannot be read or made.
    """

    def __init__(self, folder: Path, name: str, keys: Iterable[NoteKey], *, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._signer = load_or_make_signer(folder / "key", name, algorithm=COSIGNATURE)
        self._keys: dict[str, list[NoteKey]] = {}
        for each in keys:
            self._keys.setdefault(each.name, []).append(each)  # older gateways of one site have logs of one name
        self._clock = clock
        self._busy = threading.Lock()

    @property
    def key(self) -> NoteKey:
        """Its public key."""
        return self._signer.key

    def path(self, key: NoteKey) -> Path:
        """Return where the checkpoint of a log is that was cosigned last.

        Args:
            key: Public key of the log. Of several logs of one name, each has a file of its own.
        """
        own = self._path(str(key))
        return own if own.exists() or len(self._keys.get(key.name, ())) > 1 else self._path(key.name)

    def _path(self, name: str) -> Path:
        return self._folder / f"checkpoint-{hashlib.sha256(name.encode()).hexdigest()[:32]}"

    def cosign(self, body: bytes) -> str:
        """Return the line of a cosignature under the checkpoint in a request.

        Args:
            body: The request, as `WitnessRequest.encoded` makes it.

        Raises:
            WitnessRefusedError: The request is not one, the log is not known here, its signature is wrong, or it
                does not prove that it grew from what was cosigned last.
            AuditError: The checkpoint cannot be stored: it is not cosigned.
        """
        try:
            asked = parsed_request(body)
            named = parsed_checkpoint(asked.checkpoint)[0]
        except ValueError as error:
            raise WitnessRefusedError(str(error), 400) from error
        keys = self._keys.get(named.origin, [])
        if not keys:
            msg = "this log is not known here; add its public key to audit.witness_for"
            raise WitnessRefusedError(msg, 404)
        key, signed = _signer_of(asked.checkpoint, keys)
        with self._busy:
            return self._cosigned(asked, key, signed)

    def _cosigned(self, asked: WitnessRequest, key: NoteKey, signed: tuple[LogCheckpoint, Note]) -> str:
        newest, note = signed
        if asked.old > newest.size:
            msg = f"a log of {newest.size} entries did not grow from {asked.old}"
            raise WitnessRefusedError(msg, 400)
        path = self.path(key)
        try:
            last = self._last(path, key)
        except (OSError, ValueError) as error:
            msg = f"{path}: what was cosigned last cannot be read; restore it from a backup"
            raise AuditError(msg) from error
        size = _EMPTY if last is None else last.size
        if asked.old != size or (last is not None and newest.size == size and newest.root != last.root):
            msg = f"{size} entries were cosigned last; prove that the log grew from there"
            raise WitnessRefusedError(msg, 409, size)
        grew = (
            not asked.proof
            if last is None
            else consistent(size, newest.size, old_root=last.root, new_root=newest.root, proof=asked.proof)
        )
        if not grew:
            msg = f"the {size} entries that were cosigned last are not all there, or the proof is wrong"
            raise WitnessRefusedError(msg, 422)
        signature = self._signer.sign(note.text, at_s=self._clock())
        _store(path, str(note.with_signatures([signature])).encode())
        return signature.line()

    def _last(self, path: Path, key: NoteKey) -> LogCheckpoint | None:
        """Return what was cosigned last; of a log that once was the only one of its name, it is in another file.

        Raises:
            OSError: It cannot be read.
            ValueError: It was changed.
        """
        if path.exists():
            return signed_checkpoint(path.read_bytes(), key)[0]
        before = self._path(key.name)
        if not before.exists():
            return None
        data = before.read_bytes()
        others = [each for each in self._keys[key.name] if each != key]
        if any(_is_signed(data, each) for each in others):
            return None  # it is of another log of this name
        return signed_checkpoint(data, key)[0]


def _signer_of(checkpoint: bytes, keys: Sequence[NoteKey]) -> tuple[NoteKey, tuple[LogCheckpoint, Note]]:
    """Return which of the keys has signed a checkpoint, and what it says.

    Raises:
        WitnessRefusedError: None of them has.
    """
    reason = ""
    for key in keys:
        try:
            return key, signed_checkpoint(checkpoint, key)
        except ValueError as error:
            reason = str(error)
    raise WitnessRefusedError(reason, 403)


def _is_signed(data: bytes, key: NoteKey) -> bool:
    try:
        signed_checkpoint(data, key)
    except ValueError:
        return False
    return True


def _store(path: Path, data: bytes) -> None:
    """Write a checkpoint durably, completely or not at all.

    Raises:
        AuditError: It cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror}); free space on the disk"
        raise AuditError(msg) from error
