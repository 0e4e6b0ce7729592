"""Reads and binds edits files: one line says what is wrong, and an edits file of another recording is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from passerby.errors import SourceError, UsageError
from passerby.review.edits import EDITS_VERSION, RecordingBinding, RecordingEdits
from passerby.settings.remedy import remedy

_MOST_BYTES: Final = 64 << 20
_CHUNK: Final = 1 << 20
_WORDS: Final = {
    part: {"__all__": {"reason", "basis", "ground", "by", "at", "second_look"}}
    for part in ("added", "opened", "visible", "muted")
}
"""What a person says of a change, which changes nothing in picture or sound."""
_SEE: Final = "see docs/reference/edits-file.md"


def binding(
    recording: Path, salt: str = "", *, random_hex: Callable[[int], str] = secrets.token_hex
) -> RecordingBinding:
    """Return what binds edits to a recording: a hash that tells nobody which recording it is without having it.

    Args:
        recording: The file.
        salt: 32 hexadecimal digits ("" = new ones).
        random_hex: Makes them.

    Raises:
        SourceError: It cannot be read.
    """
    salt = salt or random_hex(16)
    digest = hmac.new(bytes.fromhex(salt), digestmod=hashlib.sha256)
    try:
        with recording.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        msg = f"{recording}: cannot be read ({error.strerror}); check the name"
        raise SourceError(msg) from error
    return RecordingBinding(salt=salt, hmac_sha256=digest.hexdigest())


def changes_hmac(edits: RecordingEdits) -> str:
    """Return a hash of all that edits change in picture and sound; reasons, names and reviews are not part of it.

    Args:
        edits: The edits; their salt is its key, so that nobody can guess from it what was drawn.

    Returns:
        64 hexadecimal digits.
    """
    drawn = edits.model_dump(
        mode="json", include={"added": True, "opened": True, "visible": True, "muted": True}, exclude=_WORDS
    )
    text = json.dumps(drawn, sort_keys=True, separators=(",", ":"))
    return hmac.new(bytes.fromhex(edits.recording.salt), text.encode(), hashlib.sha256).hexdigest()


def read_edits(path: Path) -> RecordingEdits:
    """Read an edits file.

    Raises:
        UsageError: It cannot be read, is from a newer version, or is wrong; one line names file and field.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            msg = f"{path}: larger than {_MOST_BYTES >> 20} MB; an edits file never is"
            raise UsageError(msg)
        found = json.loads(text, object_pairs_hook=_once)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); give an edits file that passerby review wrote"
        raise UsageError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path}: not an edits file in JSON ({error}); {_SEE}"
        raise UsageError(msg) from error

    version = found.get("edits_version") if isinstance(found, dict) else None
    if isinstance(version, int) and version > EDITS_VERSION:
        msg = f"{path}: edits_version {version} is newer than this passerby knows ({EDITS_VERSION}); update passerby"
        raise UsageError(msg)
    try:
        return RecordingEdits.model_validate_json(text)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
        msg = f"{path}: {fault_of(faults[0])}{more}; {_SEE}"
        raise UsageError(msg) from error


def require_bound(edits: RecordingEdits, path: Path, recording: Path) -> None:
    """Refuse edits that are for another recording.

    Raises:
        UsageError: They are.
        SourceError: The recording cannot be read.
    """
    if binding(recording, edits.recording.salt) != edits.recording:
        msg = f"{path}: made for another recording, or {recording.name} has changed since; review this recording again"
        raise UsageError(msg)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a duplicate key: the parser would drop the first, and with it cover."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        twice = sorted({key for key in names if names.count(key) > 1})
        msg = f"{', '.join(twice)} is given twice"
        raise ValueError(msg)
    return found


def fault_of(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """Return one error as `opened 2, box: ...`, counted from 1."""
    names: list[str] = []
    for part in error["loc"]:
        if isinstance(part, int) and names:
            names[-1] = f"{names[-1]} {part + 1}"
        else:
            names.append(str(part))
    if error["type"] == "extra_forbidden":
        text = "no such key"
    elif error["type"] == "missing":
        text = "is missing"
    else:
        text = remedy(error, None, quote='"')
    return f"{', '.join(names)}: {text}" if names else text
