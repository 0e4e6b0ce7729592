"""A TLS certificate of the gateway's own, for sites that have none: made at the first start, renewed before it ends."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from passerby.outputs.partial import write_error

_CERTIFICATE: Final = "web-certificate.pem"
_KEY: Final = "web-key.pem"
_VALID: Final = timedelta(days=397)  # browsers refuse longer ones
_RENEWED: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A certificate that the gateway made for itself.

    Args:
        path: The certificate, PEM.
        key: Its private key, PEM.
        fingerprint: SHA-256 of the certificate, as browsers show it.
    """

    path: Path
    key: Path
    fingerprint: str


def own_certificate(state_folder: Path, names: Iterable[str], *, now: datetime) -> OwnCertificate:
    """Return the gateway's own certificate; a new one if there is none, it ends soon, or it lacks a name.

    Args:
        state_folder: Where it is stored, with its key.
        names: Host names and IP addresses under which browsers find the gateway, besides this machine's own.
        now: The current time, with its zone.

    Raises:
        OutputError: It cannot be read or written.
    """
    path, key = state_folder / _CERTIFICATE, state_folder / _KEY
    wanted = {"localhost", "127.0.0.1", "::1", socket.gethostname().casefold(), *(name.casefold() for name in names)}
    wanted -= {"0.0.0.0", "::"}  # noqa: S104 - all addresses is no name
    try:
        found = _read(path, key)
        if found is None or found.not_valid_after_utc - now < _RENEWED or not wanted <= _names(found):
            found = _make(path, key, sorted(wanted), now)
    except OSError as error:
        raise write_error(path, error) from error
    return OwnCertificate(path, key, found.fingerprint(hashes.SHA256()).hex(":").upper())


def _read(path: Path, key: Path) -> x509.Certificate | None:
    """Return the certificate if there is one and its key belongs to it."""
    with suppress(FileNotFoundError, ValueError):
        found = x509.load_pem_x509_certificate(path.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), None)
        if private.public_key() == found.public_key():
            return found
    return None


def _names(certificate: x509.Certificate) -> set[str]:
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = {str(each) for each in extension.get_values_for_type(x509.IPAddress)}
    return addresses | set(extension.get_values_for_type(x509.DNSName))


def _make(path: Path, key: Path, names: list[str], now: datetime) -> x509.Certificate:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "passerby gateway")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([_name(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    _write(key, private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    _write(path, made.public_bytes(pem))
    return made


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, completely or not at all."""
    new = path.with_name(f".{path.name}.partial-{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
