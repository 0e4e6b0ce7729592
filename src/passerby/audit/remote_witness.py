"""Another gateway, or any C2SP witness, as the second place of checkpoints: it cosigns each if the log only grew."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Final

from passerby.audit.checkpoint import signed_checkpoint
from passerby.audit.key_file import load_key
from passerby.audit.note import NoteKey, parsed_note, signature_in
from passerby.audit.tile_folder import KEY_FILE, TileFolder
from passerby.audit.tree import consistency_proof
from passerby.audit.witness_request import WitnessRequest
from passerby.errors import AuditError, UsageError

TIMEOUT_S: Final = 10.0
_LARGEST: Final = 10_000  # bytes of an answer; a cosignature has some hundred
_CONFLICT: Final = 409


class RemoteWitness:
    """Sends checkpoints to a witness and stores what it has cosigned.

    Args:
        url: Address before /add-checkpoint, such as https://other.example.org:8088/api/witness.
        key: Public key of the witness.
        log_folder: The log's folder.
        target: Where the newest cosigned checkpoint is stored.
        certificate: Certificates that the witness's TLS certificate is checked with, PEM; None = the system's.
    """

    def __init__(self, url: str, key: NoteKey, *, log_folder: Path, target: Path, certificate: Path | None) -> None:
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._key = key
        self._folder = log_folder
        self._target = target
        self._certificate = certificate

    def __call__(self, checkpoint: bytes) -> None:
        """Have the log's newest checkpoint cosigned, and store it with the cosignature.

        Raises:
            AuditError: The witness does not answer, refuses, or has not cosigned.
            OSError: The log cannot be read, or the cosigned checkpoint not be written.
        """
        try:
            log_key = load_key(self._folder / KEY_FILE)
            newest, note = signed_checkpoint(checkpoint, log_key)
        except (UsageError, ValueError) as error:  # somebody has changed the folder
            msg = f"{self._folder / KEY_FILE}: the newest checkpoint is not of this key ({error}); verify the log"
            raise AuditError(msg) from error
        seen = self._cosigned_before(log_key)
        status, answer = self._ask(self._request(seen, newest.size, checkpoint))
        if status == _CONFLICT:  # it knows better, for example after this state folder was restored
            status, answer = self._ask(self._request(_size(answer, newest.size, self._url), newest.size, checkpoint))
        if status != 200:
            msg = f"{self._url}: the witness does not cosign (status {status}: {_text(answer)})"
            raise AuditError(msg)
        try:
            signatures = [signature_in(line) for line in answer.decode().splitlines() if line]
        except ValueError as error:
            msg = f"{self._url}: the answer of the witness is not a cosignature"
            raise AuditError(msg) from error
        cosigned = note.with_signatures(signatures)
        if self._key.cosigned_s(cosigned) is None:
            msg = f"{self._url}: the checkpoint is not cosigned by {self._key.name}; check audit.witness_key"
            raise AuditError(msg)
        partial = self._target.with_name(f".{self._target.name}.partial")
        partial.write_bytes(str(cosigned).encode())
        partial.replace(self._target)

    def _cosigned_before(self, log_key: NoteKey) -> int:
        """Return how many entries the witness has cosigned, as far as is known here."""
        try:
            data = self._target.read_bytes()
            if self._key.cosigned_s(parsed_note(data)) is None:
                return 0  # of another witness
            return signed_checkpoint(data, log_key)[0].size
        except (OSError, ValueError):
            return 0

    def _request(self, old: int, new: int, checkpoint: bytes) -> bytes:
        proof = consistency_proof(old, new, TileFolder(self._folder).node) if 0 < old < new else []
        return WitnessRequest(old, tuple(proof), checkpoint).encoded()

    def _ask(self, body: bytes) -> tuple[int, bytes]:
        post = urllib.request.Request(self._url, body, {"Content-Type": "text/plain"})  # noqa: S310 - the settings check it
        context = ssl.create_default_context(cafile=self._certificate) if self._url.startswith("https") else None
        try:
            with urllib.request.urlopen(post, timeout=TIMEOUT_S, context=context) as answer:  # noqa: S310 - as above
                return answer.status, answer.read(_LARGEST)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(_LARGEST)
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            msg = f"{self._url}: the witness does not answer ({reason}); check audit.witness_url and the network"
            raise AuditError(msg) from error


def _size(answer: bytes, most: int, url: str) -> int:
    text = answer.strip()
    if not text.isdigit() or int(text) > most:
        msg = f"{url}: the witness has cosigned more entries than this log has ({_text(answer)}); verify the log"
        raise AuditError(msg)
    return int(text)


def _text(answer: bytes) -> str:
    return " ".join(answer.decode(errors="replace").split())[:200]
