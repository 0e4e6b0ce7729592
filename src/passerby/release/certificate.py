"""Issues the certificate of a site that has no authority: by an authority of its own, made for this one certificate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

DOCUMENTS: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""Purpose of a certificate: signing documents (RFC 9336)."""
MAIL: Final = ExtendedKeyUsageOID.EMAIL_PROTECTION
CLAIMS: Final = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
"""Purpose of a certificate: signing claims of C2PA."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key and what others check it by, all PEM.

    Args:
        private: The private key.
        certificate: The certificate of the signer.
        authority: The certificate of the authority that issued it.
    """

    private: bytes = field(repr=False)
    certificate: bytes
    authority: bytes


def issue(name: str, *, begins: datetime, ends: datetime) -> IssuedKey:
    """Make a key and its certificate; the key of the authority that issues it is thrown away.

    So nobody, not even the site, can issue a second certificate that the same authority vouches for.

    Args:
        name: Of the organisation.
        begins: When the certificate begins to be valid, with time zone.
        ends: When it ends.
    """
    root, private = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _named(name, "Authority for covered copies")
    own, by, period = private.public_key(), root.public_key(), (begins, ends)
    authority = (
        _certificate(authority_name, authority_name, by, root=by, period=period)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .sign(root, hashes.SHA256())
    )
    certificate = (
        _certificate(_named(name, name), authority_name, own, root=by, period=period)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENTS, MAIL]), critical=False)
        .sign(root, hashes.SHA256())
    )
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return IssuedKey(secret, certificate.public_bytes(Encoding.PEM), authority.public_bytes(Encoding.PEM))


def common_name(name: x509.Name) -> str:
    """Return the organisation in a name, or what else names it."""
    for kind in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        if found := name.get_attributes_for_oid(kind):
            return str(found[0].value)
    return name.rfc4514_string()


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    root: ec.EllipticCurvePublicKey,
    *,
    period: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(period[0])
        .not_valid_after(period[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not signs,
        crl_sign=not signs,
        encipher_only=False,
        decipher_only=False,
    )


def _named(organisation: str, name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
