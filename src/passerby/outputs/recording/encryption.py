"""Encrypted files in chunks that are complete or absent, so that a kill loses at most the open chunk.

A file is a header and chunks. The header: `PASSERBY1`, 16 random bytes, and a description of the file as JSON. A
chunk: its length (32 bits, big-endian) and AES-256-GCM's output. Each file has its own key (HKDF-SHA256 of
the key file's key and the random bytes); the nonce is the chunk's number and whether it is the last; the
header is authenticated with every chunk. So nobody can swap, reorder or cut off chunks unnoticed:
this is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015).
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import secrets
import stat
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from passerby.errors import OutputError, SourceError
from passerby.outputs.partial import write_error

_MAGIC: Final = b"PASSERBY1"
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_LONGEST: Final = 64 << 20  # bytes: a longer chunk or header is damaged
_PURPOSE: Final = b"passerby sealed file 1"


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a site's recordings; printing or logging it reveals nothing.

    Args:
        path: The key file.
    """

    path: Path
    _secret: bytes

    def __repr__(self) -> str:
        """Return the path of the key file, not the key."""
        return f"Key({self.path})"

    def cipher(self, salt: bytes) -> AESGCM:
        """Return the cipher for one file."""
        return AESGCM(HKDF(SHA256(), _KEY_BYTES, salt, _PURPOSE).derive(self._secret))


def load_key(path: Path) -> Key:
    """Read a key.

    Raises:
        OutputError: The file is missing, accessible to other users, or not a key.
    """
    try:
        with path.open("rb") as file:
            others = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            text = file.read(200)
    except OSError as error:
        msg = f"{path}: the key cannot be read ({error.strerror}); recordings cannot be opened without it"
        raise OutputError(msg) from error

    if others:
        msg = f"{path}: other users can read or change the key; run chmod 600 on it"
        raise OutputError(msg)

    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        key = b""

    if len(key) != _KEY_BYTES:
        msg = f"{path}: not a key (must be {2 * _KEY_BYTES} hexadecimal digits); name another file or restore it"
        raise OutputError(msg)

    return Key(path, key)


def load_or_make_key(path: Path) -> Key:
    """Read a key, or create a random one if the file does not exist; processes that race get the same key.

    Raises:
        OutputError: As `load_key`, or it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = path.with_name(f".{path.name}.partial-{secrets.token_hex(4)}")
        if not path.exists():
            descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(secrets.token_hex(_KEY_BYTES).encode() + b"\n")
                    file.flush()
                    os.fsync(descriptor)
                with suppress(FileExistsError):  # another process was first: use its key
                    path.hardlink_to(own)
            finally:
                own.unlink(missing_ok=True)
    except OSError as error:
        raise write_error(path, error) from error

    return load_key(path)


class EncryptedFile:
    """An encrypted file that is being written; on disk it always ends with a complete or an incomplete chunk.

    Args:
        path: The file; it must not exist.
        key: Key of the site's recordings.
        about: Description of the file: not encrypted, but authenticated.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, key: Key, about: dict[str, str]) -> None:
        salt = secrets.token_bytes(_SALT_BYTES)
        text = json.dumps(about, sort_keys=True).encode()
        self._header = _MAGIC + salt + struct.pack(">H", len(text)) + text
        self._cipher = key.cipher(salt)
        self._count = 0
        self._hash = hashlib.sha256()
        self.size = 0
        """Number of bytes on disk."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

        try:
            self._put(self._header)
        except OSError:
            self.close()
            path.unlink()
            raise

    def append(self, data: bytes, *, last: bool = False) -> None:
        """Write one chunk.

        Raises:
            OSError: It cannot be written; nothing of this chunk is left, and no further chunk can be written.
        """
        number = self._count
        self._count += 1  # first: a nonce must never be used twice, even if its chunk is incomplete
        sealed = self._cipher.encrypt(_nonce(number, last=last), data, self._header)
        self._put(struct.pack(">I", len(sealed)) + sealed)

    def finish(self, data: bytes) -> str:
        """Write the last chunk, flush the file to disk and return its SHA-256 in hexadecimal.

        Raises:
            OSError: It cannot be written.
        """
        self.append(data, last=True)
        os.fsync(self._descriptor)
        self.close()
        return self._hash.hexdigest()

    def sync(self) -> None:
        """Bring what was written so far to the disk.

        Raises:
            OSError: It cannot be done.
        """
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; safe to repeat."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            with suppress(OSError):  # readers also detect an incomplete chunk
                os.ftruncate(self._descriptor, self.size)
                os.lseek(self._descriptor, self.size, os.SEEK_SET)
            raise
        self._hash.update(data)
        self.size += len(data)


class EncryptedReader:
    """Decrypts an encrypted file and checks everything that it returns.

    Args:
        path: The file.
        key: Key of the site's recordings.

    Raises:
        SourceError: It cannot be read, or is not an encrypted file of passerby.
    """

    def __init__(self, path: Path, key: Key) -> None:
        self._path = path
        self._key = key
        self.about: dict[str, str] = {}
        """The file's description; verified once the first chunk was returned."""
        self.cut_off = False
        """Whether the end was missing: the writer was killed or is still writing. Known after the last chunk."""

    def chunks(self) -> Iterator[bytes]:
        """Yield the decrypted chunks, in order, each verified.

        Raises:
            SourceError: The file was changed or damaged, or this is not its key.
        """
        try:
            with self._path.open("rb") as file:
                yield from self._opened(file)
        except OSError as error:
            msg = f"{self._path}: cannot be read ({error.strerror})"
            raise SourceError(msg) from error

    def _opened(self, file: BinaryIO) -> Iterator[bytes]:
        header = _header(file, self._path)
        if header is None:
            self.cut_off = True
            return

        self.about = _about(header)
        cipher = self._key.cipher(header[len(_MAGIC) : len(_MAGIC) + _SALT_BYTES])

        for count in itertools.count():
            length = file.read(4)
            size = struct.unpack(">I", length)[0] if len(length) == 4 else 0
            sealed = file.read(size) if size <= _LONGEST else b""
            if len(length) < 4 or (size <= _LONGEST and len(sealed) < size):
                self.cut_off = True
                return
            data, last = self._checked(cipher, sealed, header, count)
            yield data
            if last:
                break

        if file.read(1):
            msg = f"{self._path}: something was added after its end; the file was changed"
            raise SourceError(msg)

    def _checked(self, cipher: AESGCM, sealed: bytes, header: bytes, count: int) -> tuple[bytes, bool]:
        for last in (False, True):
            with suppress(InvalidTag):
                return cipher.decrypt(_nonce(count, last=last), sealed, header), last
        msg = f"{self._path}: part {count + 1} was changed or damaged, or {self._key.path} is not its key"
        raise SourceError(msg)


def claims(path: Path) -> dict[str, str]:
    """Return what a sealed file says that it is, unchecked; {} = nothing that can be read.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file, suppress(SourceError):
        header = _header(file, path)
        return {} if header is None else _about(header)
    return {}


def _header(file: BinaryIO, path: Path) -> bytes | None:
    """Return the header; None = its end is missing."""
    start = file.read(len(_MAGIC) + _SALT_BYTES + 2)
    if start[: len(_MAGIC)] != _MAGIC[: len(start)]:
        msg = f"{path}: not a recording of passerby, or damaged"
        raise SourceError(msg)
    length = struct.unpack(">H", start[-2:])[0] if len(start) == len(_MAGIC) + _SALT_BYTES + 2 else 1 << 16
    text = file.read(length)
    return None if len(text) < length else start + text


def _about(header: bytes) -> dict[str, str]:
    with suppress(ValueError):  # damage: no chunk will fit this header
        said = json.loads(header[len(_MAGIC) + _SALT_BYTES + 2 :])
        if isinstance(said, dict):
            return {str(name): str(value) for name, value in said.items()}
    return {}


def _nonce(count: int, *, last: bool) -> bytes:
    return struct.pack(">11sB", count.to_bytes(11, "big"), last)
