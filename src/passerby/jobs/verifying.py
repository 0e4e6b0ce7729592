"""Verify a signed copy without a network: who signed it, whether it was changed, and what it states."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from passerby.errors import SourceError, UsageError
from passerby.jobs.signing import sha256_of
from passerby.release.manifest import read_manifest
from passerby.release.statement import LABEL, report_digest
from passerby.reports.redaction import RedactionReport
from passerby.review.edits import RecordingBinding
from passerby.review.edits_file import binding

_OUTDATED: Final = (
    "the certificate of its signer has expired, and no time stamp shows that it was signed before; the copy is "
    "unchanged, but anybody who got hold of the old key could have made it"
)


@dataclass(frozen=True, slots=True)
class CopyVerification:
    """What a check of a signed copy found.

    Args:
        signer: Who signed ("" = the copy is not signed).
        trusted: Whether a given authority vouches for the signer.
        signed_at: When, by a time stamp ("" = there is none).
        stamp_trusted: Whether a given authority vouches for the time stamp.
        problems: What does not hold, one line each.
        confirmed: What does, beside the signature.
        statement: What the signature states about the cover (empty = nothing).
    """

    signer: str = ""
    trusted: bool = False
    signed_at: str = ""
    stamp_trusted: bool = False
    problems: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    statement: dict[str, Any] = field(default_factory=dict)


def verify_copy(
    copy: Path, *, authorities: bytes = b"", report: Path | None = None, recording: Path | None = None
) -> CopyVerification:
    """Check a copy's signature, and what is given with it.

    Args:
        copy: The copy.
        authorities: Certificates that vouch for signers, PEM; b"" = none is known.
        report: The report that came with it.
        recording: The recording that it is said to be made of.

    Raises:
        SourceError: A file cannot be read.
    """
    if not copy.is_file():
        msg = f"{copy}: no such file; check the name"
        raise SourceError(msg)
    found = read_manifest(copy, authorities)
    if found is None:
        return CopyVerification(problems=("is not signed: nothing shows who made it, or that it was not changed",))
    if not found.intact:
        fault = f"it was changed after it was signed, or its signature is damaged ({', '.join(found.faults)})"
        return CopyVerification(found.signer, found.trusted, found.signed_at, problems=(fault,))
    statement = found.assertions.get(LABEL)
    problems = [_OUTDATED] if found.expired else []
    confirmed: list[str] = []
    if not isinstance(statement, dict):
        problems.append("it was not signed by passerby last: the signature states nothing about cover")
        statement = {}
    else:
        for name, problem in (
            ("the report belongs to it", _report_problem(copy, report, statement)),
            ("it was made of this recording", _source_problem(recording, statement)),
        ):
            if problem is None:
                continue
            if problem:
                problems.append(problem)
            else:
                confirmed.append(name)
    return CopyVerification(
        signer=found.signer,
        trusted=found.trusted,
        signed_at=found.signed_at,
        stamp_trusted=found.stamp_trusted,
        problems=tuple(problems),
        confirmed=tuple(confirmed),
        statement=statement,
    )


def _report_problem(copy: Path, path: Path | None, statement: dict[str, Any]) -> str | None:
    """Return why a report is not the one that was signed ("" = it is); None = none was given."""
    if path is None:
        return None
    try:
        text = path.read_bytes()
        report = RedactionReport.model_validate_json(text)
        digest = report_digest(text)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); check the name"
        raise SourceError(msg) from error
    except (ValidationError, UsageError):
        return f"{path} is not a report of a covered copy, or it was changed"
    if digest != statement.get("report_sha256"):
        return f"{path} is not the report that was signed, or it was changed since"
    if report.copy_sha256 != sha256_of(copy):
        return f"{path} is the report of another file, or the copy was changed where the signature does not look"
    return ""


def _source_problem(path: Path | None, statement: dict[str, Any]) -> str | None:
    """Return why a recording is not the source of a copy ("" = it is); None = none was given."""
    if path is None:
        return None
    source = statement.get("source")
    if source is None:
        return "it does not say which recording it was made of (it was signed without --bind-source)"
    bound = RecordingBinding.model_validate(source)
    if binding(path, bound.salt) != bound:
        return f"{path} is not the recording that it was made of, or it was changed since"
    return ""
