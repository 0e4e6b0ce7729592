"""Signed notes (C2SP signed-note) with Ed25519, and the cosignatures of witnesses (C2SP tlog-cosignature)."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from passerby.errors import AuditError

SIGNATURE: Final = 1
COSIGNATURE: Final = 4
_SKEY: Final = "PRIVATE+KEY+"
_DASH: Final = "\u2014 "
_TIME: Final = struct.Struct(">Q")
_LONGEST_NOTE: Final = 1_000_000  # bytes; a checkpoint has a few hundred
_MOST_SIGNATURES: Final = 100


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature under a note.

    Args:
        name: Whose.
        key_hash: First four bytes of the hash of name and key.
        data: The signature itself.
    """

    name: str
    key_hash: bytes
    data: bytes

    def line(self) -> str:
        """Return the line under the note."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_hash + self.data).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text with signatures.

    Args:
        text: Ends with a line feed.
        signatures: Under it; none is checked yet.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        """Return the note as it is stored."""
        return f"{self.text}\n{''.join(each.line() for each in self.signatures)}"

    def with_signatures(self, more: Iterable[NoteSignature]) -> Note:
        """Return the note with further signatures; one by the same key is replaced."""
        by_key = {(each.name, each.key_hash): each for each in (*self.signatures, *more)}
        return Note(self.text, tuple(by_key.values()))


def parsed_note(data: bytes) -> Note:
    """Return the note in a file.

    Raises:
        ValueError: It is none.
    """
    text, blank, tail = data.decode().rpartition("\n\n") if len(data) <= _LONGEST_NOTE else ("", "", "")
    lines = tail.removesuffix("\n").split("\n")
    if not blank or not tail.endswith("\n") or not 0 < len(lines) <= _MOST_SIGNATURES:
        msg = "not a signed note"
        raise ValueError(msg)
    return Note(f"{text}\n", tuple(map(signature_in, lines)))


def signature_in(line: str) -> NoteSignature:
    """Return the signature in a line of a note.

    Raises:
        ValueError: There is none.
    """
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    data = _bytes(encoded)
    if not line.startswith(_DASH) or not name or not space or len(data) < 5:
        msg = "a line is not a signature"
        raise ValueError(msg)
    return NoteSignature(name, data[:4], data[4:])


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key by which signatures under notes are checked.

    Args:
        name: Of the log or witness.
        public: 32 bytes, Ed25519.
        algorithm: `SIGNATURE`, or `COSIGNATURE` for a witness.
    """

    name: str
    public: bytes
    algorithm: int = SIGNATURE

    @property
    def key_hash(self) -> bytes:
        """First four bytes of the hash of name and key."""
        return _key_hash(self.name, bytes([self.algorithm]) + self.public)

    def __str__(self) -> str:
        """Return the key as text: a vkey."""
        encoded = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_hash.hex()}+{encoded}"

    def signed(self, note: Note) -> bool:
        """Return whether this key's signature is under a note, and right."""
        return any(self._right(note.text, each) for each in note.signatures)

    def cosigned_s(self, note: Note) -> int | None:
        """Return when this witness cosigned a note, UTC since 1970, s; None = it did not, or wrongly."""
        if self.algorithm != COSIGNATURE:
            return None
        times = (_TIME.unpack(each.data[:8])[0] for each in note.signatures if self._right(note.text, each))
        return max(times, default=None)

    def _right(self, text: str, signature: NoteSignature) -> bool:
        if (signature.name, signature.key_hash) != (self.name, self.key_hash):
            return False
        message, data = text.encode(), signature.data
        if self.algorithm == COSIGNATURE:
            if len(data) != _TIME.size + 64:
                return False
            message, data = _cosigned(text, _TIME.unpack(data[:8])[0]), data[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(data, message)
        except InvalidSignature:
            return False
        return True


def parsed_key(text: str) -> NoteKey:
    """Return the public key in a vkey.

    Raises:
        ValueError: It is none, or its hash does not fit.
    """
    name, _, rest = text.strip().partition("+")
    hash_, _, encoded = rest.partition("+")
    data = _bytes(encoded)
    if not _is_name(name) or len(data) != 33 or data[0] not in {SIGNATURE, COSIGNATURE}:
        msg = "not a public key for signed notes: it looks like NAME+0123abcd+BASE64"
        raise ValueError(msg)
    key = NoteKey(name, data[1:], data[0])
    if key.key_hash.hex() != hash_:
        msg = f"the key of {name} is damaged: its hash is {key.key_hash.hex()}, not {hash_}"
        raise ValueError(msg)
    return key


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A private key that signs notes; printing or logging it reveals nothing.

    Args:
        name: Of the log or witness.
        algorithm: `SIGNATURE`, or `COSIGNATURE` for a witness.
    """

    name: str
    algorithm: int
    _private: Ed25519PrivateKey

    def __repr__(self) -> str:
        """Return the name, not the key."""
        return f"NoteSigner({self.name})"

    @property
    def key(self) -> NoteKey:
        """The public key that belongs to it."""
        return NoteKey(self.name, self._private.public_key().public_bytes_raw(), self.algorithm)

    def secret(self) -> str:
        """Return the private key as it is stored in its file."""
        data = base64.b64encode(bytes([self.algorithm]) + self._private.private_bytes_raw()).decode()
        return f"{_SKEY}{self.name}+{self.key.key_hash.hex()}+{data}"

    def sign(self, text: str, *, at_s: float = 0.0) -> NoteSignature:
        """Sign a text that ends with a line feed.

        Args:
            text: The text of the note.
            at_s: When, UTC since 1970, s; a cosignature says so.
        """
        if self.algorithm == COSIGNATURE:
            data = _TIME.pack(int(at_s)) + self._private.sign(_cosigned(text, int(at_s)))
        else:
            data = self._private.sign(text.encode())
        return NoteSignature(self.name, self.key.key_hash, data)


def new_signer(name: str, algorithm: int = SIGNATURE) -> NoteSigner:
    """Make a new key.

    Raises:
        AuditError: The name has a character that notes do not allow, or is empty.
    """
    if not _is_name(name):
        msg = f"'{name}' cannot be the name of a key: it needs a letter, and no space and no plus sign"
        raise AuditError(msg)
    return NoteSigner(name, algorithm, Ed25519PrivateKey.generate())


def parsed_signer(text: str) -> NoteSigner:
    """Return the private key that `NoteSigner.secret` wrote.

    Raises:
        ValueError: It is none; the message does not show it.
    """
    name, _, rest = text.strip().removeprefix(_SKEY).partition("+")
    hash_, _, encoded = rest.partition("+")
    data = _bytes(encoded)
    known = text.startswith(_SKEY) and len(data) == 33 and data[0] in {SIGNATURE, COSIGNATURE} and _is_name(name)
    if known:
        signer = NoteSigner(name, data[0], Ed25519PrivateKey.from_private_bytes(data[1:]))
        if signer.key.key_hash.hex() == hash_:
            return signer
    msg = "not a private key for signed notes"
    raise ValueError(msg)


def _key_hash(name: str, data: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]


def _cosigned(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(each.isspace() for each in name)


def _bytes(encoded: str) -> bytes:
    """Return what base64 stands for; nothing if it is not base64."""
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""
