"""The key with which a site signs its copies, and the certificate that others check it by.

A key is a folder: `key.pem` is private, `certificate.pem` is in every signed copy, and `authority.pem` is what others
need to know once, to recognise the site.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ObjectIdentifier

from passerby.errors import OutputError, UsageError
from passerby.release.certificate import CLAIMS, DOCUMENTS, MAIL, common_name, issue

KEY, CERTIFICATE, AUTHORITY = "key.pem", "certificate.pem", "authority.pem"
MOST_YEARS: Final = 10
_MOST_BYTES: Final = 1 << 18
_EARLIER: Final = timedelta(hours=1)
"""A certificate is valid from so long before it is made: clocks of other machines are not exact."""
_PURPOSES: Final = {CLAIMS, DOCUMENTS, MAIL}
"""Purposes that C2PA accepts in the certificate of a signer."""
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}

_Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class SiteKey:
    """A key that can sign now.

    Args:
        name: Who signs, as the certificate has it.
        issuer: Who issued the certificate.
        algorithm: Of the signature, as C2PA names it.
        begins: When the certificate begins to be valid.
        ends: When it ends.
        fingerprint: SHA-256 of the certificate, in hexadecimal.
        certificates: The signer's certificate and those between it and the authority, PEM.
        private: The private key, PEM; never shown.
        authority: Certificate of the authority, PEM; b"" = not in the folder.
    """

    name: str
    issuer: str
    algorithm: str
    begins: datetime
    ends: datetime
    fingerprint: str
    certificates: bytes
    private: bytes = field(repr=False)
    authority: bytes = b""


def create_key(folder: Path, name: str, *, years: int, now: datetime) -> SiteKey:
    """Make a key with a certificate of an authority of its own, whose private key is thrown away.

    Args:
        folder: Where it is written; made if missing.
        name: Of the site, as whoever checks a copy reads it.
        years: How long the certificate is valid.
        now: The time.

    Raises:
        UsageError: There is a key, or the name is not allowed.
        OutputError: It cannot be written.
    """
    name = name.strip()
    if not (0 < len(name) <= 64 and name.isprintable()):
        msg = f"--name: {name!r}: give the name of your organisation, 1 to 64 characters"
        raise UsageError(msg)
    made = issue(name, begins=now - _EARLIER, ends=now + timedelta(days=365 * years))
    _write(folder, made.private, made.certificate, made.authority)
    return load_key(folder, now=now)


def import_key(folder: Path, key: Path, chain: Path, *, now: datetime) -> SiteKey:
    """Take over a key and certificates that an authority issued.

    Args:
        folder: Where they are written; made if missing.
        key: The private key, PEM, without a password.
        chain: The signer's certificate first, then those that issued it, PEM.
        now: The time.

    Raises:
        UsageError: There is a key, or the files do not fit together or cannot sign copies.
        OutputError: They cannot be written.
    """
    private = _private(key)
    certificates = _certificates(chain)
    _require_fit(private, certificates, chain, now)
    sent = [each for each in certificates if each.subject != each.issuer]
    roots = [each for each in certificates if each.subject == each.issuer]
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(folder, secret, _pem(sent), _pem(roots[:1]))
    return load_key(folder, now=now)


def load_key(folder: Path, *, now: datetime) -> SiteKey:
    """Read a key and check that it can sign now.

    Args:
        folder: Where it is.
        now: The time.

    Raises:
        UsageError: It is missing, other users can read it, or its certificate is of another key, expired, or not
            one that C2PA accepts.
    """
    if not folder.is_dir():
        msg = f"{folder}: no such folder; give the folder that passerby keys create made"
        raise UsageError(msg)
    path = folder / CERTIFICATE
    private = _private(folder / KEY)
    certificates = _certificates(path)
    _require_fit(private, certificates, path, now)
    first = certificates[0]
    authority = folder / AUTHORITY
    return SiteKey(
        name=common_name(first.subject),
        issuer=common_name(first.issuer),
        algorithm=_algorithm(private, folder / KEY),
        begins=first.not_valid_before_utc,
        ends=first.not_valid_after_utc,
        fingerprint=first.fingerprint(hashes.SHA256()).hex(),
        certificates=_pem(certificates),
        private=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        authority=_pem(_certificates(authority)) if authority.exists() else b"",
    )


def read_authority(path: Path) -> bytes:
    """Return the certificates of authorities, PEM.

    Raises:
        UsageError: The file cannot be read, or has none.
    """
    return _pem(_certificates(path))


def _require_fit(private: _Private, certificates: list[x509.Certificate], path: Path, now: datetime) -> None:
    """Refuse certificates that are not of this key, or by which no copy can be signed now."""
    first = certificates[0]
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if first.public_key().public_bytes(*public) != private.public_key().public_bytes(*public):
        msg = f"{path}: the first certificate belongs to another key; put the certificate of this key first"
        raise UsageError(msg)
    if first.subject == first.issuer:
        msg = f"{path}: is self-signed, which C2PA does not accept; passerby keys create makes a certificate that works"
        raise UsageError(msg)
    for each, issuer in pairwise(certificates):
        try:
            each.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            names = f"{common_name(issuer.subject)!r} did not issue {common_name(each.subject)!r}"
            msg = f"{path}: {names}; put each certificate before the one that issued it"
            raise UsageError(msg) from error
    if now >= first.not_valid_after_utc:
        msg = f"{path}: expired on {first.not_valid_after_utc:%Y-%m-%d}; make a new key with passerby keys create"
        raise UsageError(msg)
    if now < first.not_valid_before_utc:
        msg = f"{path}: is valid only from {first.not_valid_before_utc:%Y-%m-%d %H:%M} UTC; check this machine's clock"
        raise UsageError(msg)
    if not _purposes(first) & _PURPOSES or _is_authority(first):
        msg = (
            f"{path}: is not a certificate for signing documents; ask your authority for one with the extended key "
            "usage documentSigning or emailProtection"
        )
        raise UsageError(msg)
    _algorithm(private, path)


def _purposes(certificate: x509.Certificate) -> set[ObjectIdentifier]:
    try:
        return set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return set()


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _algorithm(private: _Private, path: Path) -> str:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
        return "ps256"
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    msg = f"{path}: C2PA does not support this kind of key; use P-256, P-384, P-521, Ed25519 or RSA from 2048 bits"
    raise UsageError(msg)


def _private(path: Path) -> _Private:
    """Return a private key from a file that nobody else can read."""
    try:
        with path.open("rb") as file:
            others = stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077
            text = file.read(_MOST_BYTES)
    except OSError as error:
        msg = f"{path}: the private key cannot be read ({error.strerror}); check the name, or restore it from a backup"
        raise UsageError(msg) from error
    if others:
        msg = f"{path}: other users can read or change this private key; run chmod 600 on it"
        raise UsageError(msg)
    try:
        found = load_pem_private_key(text, None)
    except TypeError as error:
        msg = f"{path}: the private key has a password; remove it first, for example with openssl pkey"
        raise UsageError(msg) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        msg = f"{path}: is not a private key in PEM"
        raise UsageError(msg) from error
    if not isinstance(found, _Private):
        msg = f"{path}: C2PA does not support this kind of key; use P-256, Ed25519 or RSA"
        raise UsageError(msg)
    return found


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        with path.open("rb") as file:
            return x509.load_pem_x509_certificates(file.read(_MOST_BYTES))
    except OSError as error:
        msg = f"{path}: the certificate cannot be read ({error.strerror}); check the name"
        raise UsageError(msg) from error
    except ValueError as error:
        msg = f"{path}: has no certificate in PEM"
        raise UsageError(msg) from error


def _write(folder: Path, private: bytes, certificates: bytes, authority: bytes) -> None:
    """Write a new key; what exists is never replaced, because copies may have been signed with it."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        present = [each for each in (KEY, CERTIFICATE, AUTHORITY) if (folder / each).exists()]
        if present:
            msg = f"{folder / present[0]}: exists; give another folder, and keep this one for copies signed with it"
            raise UsageError(msg)
        parts = [(AUTHORITY, authority, 0o644), (CERTIFICATE, certificates, 0o644), (KEY, private, 0o600)]
        for name, content, mode in parts:
            if not content:
                continue
            descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
    except OSError as error:
        msg = f"{folder}: the key cannot be written ({error.strerror}); give a folder that you can write to"
        raise OutputError(msg) from error


def _pem(certificates: list[x509.Certificate]) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)
