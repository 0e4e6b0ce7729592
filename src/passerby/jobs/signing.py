"""Sign a covered copy with a site's key, and write the report that belongs to the signed file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from passerby.errors import SourceError, UsageError
from passerby.release.manifest import require_signable, write_manifest
from passerby.release.site_key import SiteKey
from passerby.release.statement import manifest_of, with_copy_hash
from passerby.reports.redaction import RedactionReport
from passerby.review.edits_file import binding


@dataclass(frozen=True, slots=True)
class Signing:
    """How copies are signed.

    Args:
        key: Of the site.
        timestamp_url: Service for time stamps; "" = none, and no network is used.
        bind_source: Whether the signature holds a salted hash of the source.
    """

    key: SiteKey
    timestamp_url: str = ""
    bind_source: bool = False


def sign_copy(
    copy: Path, report_file: bytes, signing: Signing, *, target: Path | None = None, recording: Path | None = None
) -> bytes:
    """Sign a covered copy and return its report file, which has the hash of the signed copy.

    Args:
        copy: The covered copy; a signature that it has is replaced.
        report_file: Its report, as it is to be passed on.
        signing: How.
        target: The signed copy (None = in place of the copy).
        recording: Its source, needed to bind the copy to it.

    Raises:
        UsageError: The report is not of this copy, the copy cannot hold a signature, or the source is not given.
        OutputError: It cannot be signed or written.
        SourceError: The copy or the recording cannot be read.
    """
    target = target or copy
    require_signable(copy)
    report = parsed_report(report_file, copy)
    if signing.bind_source and recording is None:
        msg = f"{copy}: --bind-source needs the recording that the copy was made of; name it with --recording"
        raise UsageError(msg)
    source = binding(recording) if signing.bind_source and recording is not None else None
    manifest = manifest_of(report, report_file, copy.suffix, source=source)
    write_manifest(copy, target, manifest, signing.key, timestamp_url=signing.timestamp_url)
    return with_copy_hash(report_file, sha256_of(target))


def parsed_report(report_file: bytes, copy: Path) -> RedactionReport:
    """Return the report of a copy.

    Raises:
        UsageError: It is not a report, or not of this copy.
        SourceError: The copy cannot be read.
    """
    try:
        report = RedactionReport.model_validate_json(report_file)
    except ValidationError as error:
        msg = f"{copy}: what was given as its report is not a report of this passerby; make the copy again"
        raise UsageError(msg) from error
    if report.copy_sha256 != sha256_of(copy):
        msg = f"{copy}: is not the copy that the report is about, or it was changed since; make the copy again"
        raise UsageError(msg)
    return report


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); check the name"
        raise SourceError(msg) from error
