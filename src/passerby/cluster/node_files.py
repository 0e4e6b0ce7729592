"""What a machine needs to join a cluster: a shared secret, and certificates of an authority that only this site has."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from passerby.errors import UsageError
from passerby.outputs.partial import write_error

SECRET: Final = "secret"  # noqa: S105 - the name of a file
AUTHORITY: Final = "authority.pem"
AUTHORITY_KEY: Final = "authority-key.pem"
CERTIFICATE: Final = "node.pem"
KEY: Final = "node-key.pem"
NODES: Final = "nodes"
_AUTHORITY_VALID: Final = timedelta(days=3650)
_NODE_VALID: Final = timedelta(days=825)


@dataclass(frozen=True, slots=True)
class NodeFiles:
    """The folder that a node joins with.

    Args:
        folder: Holds the secret, the authority's certificate, and the node's certificate and key.
    """

    folder: Path

    @property
    def secret(self) -> Path:
        """File of the secret that all nodes share."""
        return self.folder / SECRET

    @property
    def authority(self) -> Path:
        """Certificate of the authority that signed those of all nodes."""
        return self.folder / AUTHORITY

    @property
    def certificate(self) -> Path:
        """This node's certificate."""
        return self.folder / CERTIFICATE

    @property
    def key(self) -> Path:
        """This node's private key."""
        return self.folder / KEY

    def require(self, *, now: datetime) -> None:
        """Refuse a folder that no node can join with.

        Args:
            now: The current time, with its zone.

        Raises:
            UsageError: A file is missing or damaged, the certificate is another authority's or has expired, or others
                can read the key.
        """
        for path in (self.secret, self.authority, self.certificate, self.key):
            if not path.is_file():
                msg = f"{path}: absent; make the folder with passerby cluster init, and copy nodes/NAME to this machine"
                raise UsageError(msg)
        for path in (self.secret, self.key):
            if path.stat().st_mode & 0o077:
                msg = f"{path}: other users of this machine can read it; run chmod 600 {path}"
                raise UsageError(msg)
        if not self.secret.read_text(encoding="utf-8", errors="replace").strip():
            msg = f"{self.secret}: empty; copy the folder again from where passerby cluster init made it"
            raise UsageError(msg)
        self._require_certificate(now)

    def _require_certificate(self, now: datetime) -> None:
        try:
            own = x509.load_pem_x509_certificate(self.certificate.read_bytes())
            authority = x509.load_pem_x509_certificate(self.authority.read_bytes())
            key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        except (ValueError, TypeError) as error:
            msg = f"{self.folder}: a certificate or key is damaged; copy the folder again"
            raise UsageError(msg) from error
        try:
            own.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
            msg = f"{self.certificate}: not signed by {self.authority}; copy both from the same passerby cluster init"
            raise UsageError(msg) from error
        if key.public_key() != own.public_key():
            msg = f"{self.key}: does not belong to {self.certificate}; copy both from the same folder"
            raise UsageError(msg)
        if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
            until = own.not_valid_after_utc
            msg = f"{self.certificate}: not valid now (until {until:%Y-%m-%d}); run passerby cluster init again"
            raise UsageError(msg)


def make_node_files(folder: Path, nodes: Iterable[str], *, now: datetime) -> list[NodeFiles]:
    """Make an authority and a secret if there are none, and a folder for each node that has none or an expired one.

    Args:
        folder: Where they are made; it holds the authority's key, so it stays with whoever runs the site.
        nodes: Addresses or host names under which the other nodes reach each node.
        now: The current time, with its zone.

    Returns:
        The folder of each node.

    Raises:
        UsageError: A name cannot be one, or the authority's files are damaged.
        OutputError: A file cannot be written.
    """
    named = list(dict.fromkeys(nodes))
    for name in named:
        if not name or "/" in name or name.startswith(".") or not name.isascii() or " " in name:
            msg = f"node {name!r}: not an address or host name; write one such as 10.0.0.5 or hall.example.org"
            raise UsageError(msg)
    try:
        for each in (folder, folder / NODES):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (folder / SECRET).exists():
            _write(folder / SECRET, secrets.token_hex(32).encode())
        authority, key = _authority(folder, now)
        return [_node(folder / NODES / name, name, (authority, key), now) for name in named]
    except OSError as error:
        raise write_error(folder, error) from error


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    path, key_path = folder / AUTHORITY, folder / AUTHORITY_KEY
    if path.exists() or key_path.exists():
        try:
            found = x509.load_pem_x509_certificate(path.read_bytes())
            key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            msg = f"{folder}: {AUTHORITY} or {AUTHORITY_KEY} is missing or damaged; restore both, or use a new folder"
            raise UsageError(msg) from error
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == found.public_key():
            return found, key
        msg = f"{folder}: {AUTHORITY_KEY} does not belong to {AUTHORITY}; restore both, or use a new folder"
        raise UsageError(msg)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "passerby cluster")])
    made = (
        _builder(name, name, key.public_key(), (now, _AUTHORITY_VALID))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_path, _private(key))
    _write(path, made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _node(
    folder: Path, name: str, signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey], now: datetime
) -> NodeFiles:
    """Return a node's folder, made anew unless what it holds is still good."""
    files = NodeFiles(folder)
    authority, authority_key = signer
    try:
        files.require(now=now)
    except UsageError:
        folder.mkdir(exist_ok=True, mode=0o700)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        made = (
            _builder(subject, authority.subject, key.public_key(), (now, _NODE_VALID))
            .add_extension(x509.SubjectAlternativeName(_names(name)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(both), critical=False)
            .sign(authority_key, hashes.SHA256())
        )
        _write(files.key, _private(key))
        _write(files.certificate, made.public_bytes(serialization.Encoding.PEM))
        _write(files.authority, authority.public_bytes(serialization.Encoding.PEM))
        _write(files.secret, (folder.parent.parent / SECRET).read_bytes())
    return files


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: tuple[datetime, timedelta]
) -> x509.CertificateBuilder:
    now, valid = life
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + valid)
    )


def _names(name: str) -> list[x509.GeneralName]:
    """Return what a node's certificate is for: its name, and itself seen from itself."""
    found: list[x509.GeneralName] = []
    for text in dict.fromkeys((name, "127.0.0.1", "localhost")):
        try:
            found.append(x509.IPAddress(ip_address(text)))
        except ValueError:
            found.append(x509.DNSName(text))
    return found


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
