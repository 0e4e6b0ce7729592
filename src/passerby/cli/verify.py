"""`passerby verify` and `passerby keys sign`: signatures of covered copies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.signing_library import require_signing
from passerby.errors import SourceError, UsageError
from passerby.process.exit_status import DONE, FAILED, IN_DOUBT

if TYPE_CHECKING:
    from passerby.jobs.signing import Signing
    from passerby.jobs.verifying import CopyVerification

KeyFolder = Annotated[
    Path | None, typer.Option("--sign", help="Sign the copy with this key: a folder that passerby keys create made.")
]
TimestampUrl = Annotated[
    str,
    typer.Option(
        "--timestamp",
        help="Address of a time-stamping service (RFC 3161) that confirms when you signed; it gets a hash only.",
    ),
]
BindSource = Annotated[
    bool,
    typer.Option(
        "--bind-source",
        help="Sign a salted hash of the source too: anyone who has the source can show that the copy was made from it.",
    ),
]


def signing_of(folder: Path | None, timestamp_url: str, *, bind_source: bool) -> Signing | None:
    """Return how copies are signed, from the options of a command; None = not at all.

    Raises:
        UsageError: The key cannot sign, a library is missing, or an option needs a key.
    """
    if folder is None:
        if timestamp_url or bind_source:
            msg = f"{'--timestamp' if timestamp_url else '--bind-source'}: is about the signature; also give --sign"
            raise UsageError(msg)
        return None
    require_signing()
    from passerby.jobs.signing import Signing  # noqa: PLC0415 - loads a library
    from passerby.release.site_key import load_key  # noqa: PLC0415 - as above

    if timestamp_url and not timestamp_url.startswith(("http://", "https://")):
        msg = f"--timestamp {timestamp_url}: give an address that begins with http:// or https://"
        raise UsageError(msg)
    return Signing(load_key(folder, now=datetime.now(UTC)), timestamp_url, bind_source)


def sign(
    copy: Annotated[Path, typer.Argument(help="The covered copy; it is signed in place.")],
    key: Annotated[Path, typer.Option("--key", help="Folder of the key, which passerby keys create made.")],
    report: Annotated[Path, typer.Option(help="The report of the copy; it gets the hash of the signed copy.")],
    timestamp: TimestampUrl = "",
    recording: Annotated[
        Path | None,
        typer.Option(help="The source: sign a salted hash of it too, to prove later that the copy was made from it."),
    ] = None,
) -> None:
    """Sign an existing covered copy."""
    signing = signing_of(key, timestamp, bind_source=recording is not None)
    if signing is None:  # never: the key is required
        return
    from passerby.jobs.redact_file import write_json  # noqa: PLC0415 - loads the networks' runtime
    from passerby.jobs.signing import sign_copy  # noqa: PLC0415 - as above

    try:
        text = report.read_bytes()
    except OSError as error:
        msg = f"{report}: cannot be read ({error.strerror}); give the report that --report wrote with the copy"
        raise SourceError(msg) from error
    write_json(sign_copy(copy, text, signing, recording=recording).decode(), report)
    typer.echo(f'{copy}: signed as "{signing.key.name}"; the report {report} has the new hash')


def verify(
    copy: Annotated[Path, typer.Argument(help="The covered copy.")],
    authority: Annotated[
        list[Path] | None,
        typer.Option(
            help="Certificate that vouches for the signer (authority.pem), from the site itself; may be repeated, for "
            "example for the time-stamping service."
        ),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="The report that came with it: check that too.")] = None,
    recording: Annotated[Path | None, typer.Option(help="The recording: check that the copy was made of it.")] = None,
) -> None:
    """Verify the signature of a covered copy, without a network.

    Exit status: 0 = it is valid, 1 = it is not, 3 = the copy is intact, but nobody confirms the signer.
    """
    require_signing()
    from passerby.jobs.verifying import verify_copy  # noqa: PLC0415 - loads the networks' runtime
    from passerby.release.site_key import read_authority  # noqa: PLC0415 - as above

    authorities = b"".join(read_authority(each) for each in authority or ())
    found = verify_copy(copy, authorities=authorities, report=report, recording=recording)
    for line in _lines(copy, found, asked=bool(authority)):
        typer.echo(line)
    raise typer.Exit(_status(found, asked=bool(authority)))


def _status(found: CopyVerification, *, asked: bool) -> int:
    if found.problems or (asked and not found.trusted):
        return FAILED
    return DONE if found.trusted else IN_DOUBT


def _lines(copy: Path, found: CopyVerification, *, asked: bool) -> list[str]:
    if not found.signer and found.problems:  # not signed, or unreadable
        return [f"{copy}: {problem}" for problem in found.problems]
    if found.problems:
        lines = [f"{copy}: NOT VALID: {problem}" for problem in found.problems]
    else:
        lines = [f"{copy}: unchanged since it was signed"]
    if found.trusted:
        lines.append(f'signed by    "{found.signer}", confirmed by the authority that you gave')
    elif asked:
        lines.append(f'signed by    somebody who calls themselves "{found.signer}"; the authority does NOT confirm it')
    else:
        lines.append(f'signed by    somebody who calls themselves "{found.signer}"; to check it, add --authority')
    lines.append(f"signed at    {_stamped(found)}")
    if not found.problems:
        lines += [f"also checked {text}" for text in found.confirmed]
        lines += _statement_lines(found.statement)
    return lines


def _stamped(found: CopyVerification) -> str:
    if not found.signed_at:
        return "not stated (no time stamp)"
    if found.stamp_trusted:
        return f"{found.signed_at}, by a time stamp that an authority that you gave confirms"
    return f"{found.signed_at} by its time stamp; to confirm it, also give --authority of the time-stamping service"


def _statement_lines(statement: dict[str, object]) -> list[str]:
    from passerby.release.statement import VOUCHES  # noqa: PLC0415 - loads pydantic models

    share, whole = statement.get("covered_share", 0.0), statement.get("frames_covered_whole", 0)
    percent = 100 * share if isinstance(share, float | int) else 0.0
    lines = [
        f"made with    passerby {statement.get('passerby_version')}",
        f"cover        {statement.get('frames')} frames, {percent:.1f} % of the picture on average, "
        f"{whole} frames covered whole",
    ]
    check, hand = statement.get("check"), statement.get("by_hand")
    if isinstance(check, dict):
        lines.append(f"check        {check.get('frames_checked')} frames, {check.get('spots')} suspected spots")
    else:
        lines.append("check        none")
    if isinstance(hand, dict):
        visible = hand.get("visible")
        shown = len(visible) if isinstance(visible, list) else 0
        silenced = f", {hand['silenced']} silenced" if hand.get("silenced") else ""
        lines.append(
            f"by hand      {hand.get('added')} covered, {hand.get('opened')} opened, {shown} left visible on request"
            f"{silenced}"
        )
    else:
        lines.append("by hand      nothing")
    return [*lines, VOUCHES]
