"""The key of a log: made at its first start, readable by its own user alone."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from passerby.audit.note import SIGNATURE, NoteKey, NoteSigner, new_signer, parsed_key, parsed_signer
from passerby.errors import AuditError, UsageError
from passerby.storage.append_log import sync_folder


def load_or_make_signer(path: Path, name: str, *, algorithm: int = SIGNATURE) -> NoteSigner:
    """Read a private key, or make one if the file does not exist; processes that race get the same key.

    Args:
        path: The file.
        name: Of a log or witness that is new; an existing key has its own.
        algorithm: Of a new key.

    Raises:
        AuditError: As `load_signer`, or it cannot be written, or the name is not allowed.
    """
    if not path.exists():
        signer = new_signer(name, algorithm)
        own = path.with_name(f".{path.name}.partial-{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(f"{signer.secret()}\n".encode())
                    file.flush()
                    os.fsync(descriptor)
                with suppress(FileExistsError):  # another process was first: use its key
                    path.hardlink_to(own)
                sync_folder(path.parent)
            finally:
                own.unlink(missing_ok=True)
        except OSError as error:
            msg = f"{path}: the key of the audit log cannot be written ({error.strerror}); free space on the disk"
            raise AuditError(msg) from error
    return load_signer(path)


def load_signer(path: Path) -> NoteSigner:
    """Read a private key.

    Raises:
        AuditError: The file is missing, accessible to other users, or not a key.
    """
    try:
        with path.open("rb") as file:
            others = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            text = file.read(2000).decode(errors="replace")
    except OSError as error:
        msg = f"{path}: the key of the audit log cannot be read ({error.strerror}); restore it from a backup"
        raise AuditError(msg) from error
    if others:
        msg = f"{path}: other users can read or change the key; run chmod 600 on it"
        raise AuditError(msg)
    try:
        return parsed_signer(text)
    except ValueError as error:
        msg = f"{path}: {error}; restore it from a backup, or move the audit folder away to start a new log"
        raise AuditError(msg) from error


def load_key(path: Path) -> NoteKey:
    """Read a public key, of a log or a witness.

    Raises:
        UsageError: The file is missing or not a public key.
    """
    try:
        return parsed_key(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path}: the public key cannot be read ({error.strerror})"
        raise UsageError(msg) from error
    except ValueError as error:
        msg = f"{path}: {error}"
        raise UsageError(msg) from error
