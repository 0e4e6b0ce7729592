"""Time stamps of checkpoints by a service that others trust (RFC 3161); the service gets a hash, nothing else."""

from __future__ import annotations

import urllib.request
from datetime import datetime
from http.client import HTTPException
from typing import Final

from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from passerby.errors import AuditError, UsageError

TIMEOUT_S: Final = 20.0
_LARGEST: Final = 100_000  # bytes; an answer with its certificates has a few thousand
_GRANTED: Final = (0, 1)  # granted, granted with modifications


def request_timestamp(url: str, message: bytes) -> bytes:
    """Ask a service for a time stamp, and return its answer, to be stored.

    Args:
        url: Of the service, http or https.
        message: What is stamped; only its SHA-512 is sent.

    Raises:
        AuditError: The service cannot be reached, refuses, or answers something else.
    """
    request = TimestampRequestBuilder().data(message).build()
    post = urllib.request.Request(  # noqa: S310 - http and https only: the settings check it
        url, request.as_bytes(), {"Content-Type": "application/timestamp-query"}
    )
    try:
        with urllib.request.urlopen(post, timeout=TIMEOUT_S) as answer:  # noqa: S310 - as above
            data: bytes = answer.read(_LARGEST)
    except (OSError, HTTPException) as error:
        msg = f"{url}: no time stamp ({error}); check timestamp_url and the network"
        raise AuditError(msg) from error
    response = _response(url, data)
    told = response.tst_info
    if told.nonce != request.nonce or told.message_imprint.message != request.message_imprint.message:
        msg = f"{url}: the time stamp is of something else; use another service"
        raise AuditError(msg)
    return data


def stamped_at(data: bytes, message: bytes, root: bytes) -> datetime:
    """Return when a message was stamped, once the time stamp is verified.

    Args:
        data: The time stamp.
        message: What was stamped.
        root: Certificate of the authority that the service belongs to, PEM.

    Raises:
        UsageError: The certificate is none.
        AuditError: The time stamp is not of this message, or not by this authority.
    """
    try:
        certificate = x509.load_pem_x509_certificate(root)
    except ValueError as error:
        msg = "the file of the time-stamping authority is not a certificate (PEM)"
        raise UsageError(msg) from error
    response = _response("the file", data)
    try:
        VerifierBuilder().add_root_certificate(certificate).build().verify_message(response, message)
    except VerificationError as error:
        msg = f"the time stamp is not valid: {error}"
        raise AuditError(msg) from error
    return response.tst_info.gen_time


def _response(name: str, data: bytes) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(data)
        granted = response.status in _GRANTED
    except ValueError as error:
        msg = f"{name}: not a time stamp"
        raise AuditError(msg) from error
    if not granted:
        msg = f"{name}: the service refused a time stamp: {', '.join(response.status_string) or response.status}"
        raise AuditError(msg)
    return response
