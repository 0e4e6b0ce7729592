"""Writes and reads C2PA manifests: the signature of a site under a copy, in a format that others read too."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import c2pa

from passerby.errors import OutputError, SourceError, UsageError
from passerby.outputs.partial import temporary_name, write_error
from passerby.release.site_key import SiteKey

KINDS: Final = {
    ".avif": "image/avif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".webp": "image/webp",
}
"""Endings of copies that can hold a manifest."""
_UNTRUSTED: Final = "signingCredential.untrusted"
_EXPIRED: Final = "signingCredential.expired"
_STAMP_TRUSTED: Final = "timeStamp.trusted"
_OFFLINE: Final = {"remote_manifest_fetch": False, "ocsp_fetch": False}


@dataclass(frozen=True, slots=True)
class FoundManifest:
    """What a file's manifest is worth, and what it holds.

    Args:
        intact: Whether the file is as it was when it was signed.
        trusted: Whether an authority that was given vouches for the signer.
        faults: Codes of C2PA for what is wrong.
        signer: Who signed, as their certificate has it; anybody can write any name into a certificate of their own.
        signed_at: When, by a time stamp ("" = there is none).
        stamp_trusted: Whether an authority that was given vouches for the time stamp.
        expired: Whether the signer's certificate has expired, and no time stamp shows that it signed before.
        assertions: What is claimed about the file, by label.
    """

    intact: bool
    trusted: bool
    faults: tuple[str, ...]
    signer: str
    signed_at: str
    assertions: Mapping[str, Any]
    stamp_trusted: bool = False
    expired: bool = False


def require_signable(path: Path) -> None:
    """Refuse a copy that cannot hold a manifest.

    Raises:
        UsageError: It cannot.
    """
    if path.suffix.lower() not in KINDS:
        msg = f"{path}: a file of this kind cannot hold a signature; sign MP4, MOV, JPEG, PNG, WebP, AVIF or TIFF files"
        raise UsageError(msg)


def write_manifest(
    source: Path, target: Path, manifest: Mapping[str, Any], key: SiteKey, *, timestamp_url: str = ""
) -> None:
    """Write a signed copy of a file; it gets its name when it is complete, and may replace the file itself.

    Args:
        source: The file; a manifest that it has is replaced.
        target: The signed file.
        manifest: What is claimed, as C2PA's builder takes it.
        key: Signs.
        timestamp_url: Service for a time stamp, which gets a hash and nothing else; "" = none, and no network is used.

    Raises:
        UsageError: A file of this kind cannot hold a manifest.
        OutputError: It cannot be signed or written; no partial file is left.
    """
    require_signable(source)
    partial = temporary_name(target)
    info = c2pa.C2paSignerInfo(
        key.algorithm.encode(), key.certificates, key.private, timestamp_url.encode() if timestamp_url else None
    )
    settings = {"verify": {"verify_after_sign": False, **_OFFLINE}, "builder": {"thumbnail": {"enabled": False}}}
    try:
        with partial.open("x+b") as file, source.open("rb") as original:
            with (
                c2pa.Signer.from_info(info) as signer,
                c2pa.Context(c2pa.Settings.from_dict(settings)) as context,
                c2pa.Builder(json.dumps(manifest), context) as builder,
            ):
                builder.sign(signer, KINDS[source.suffix.lower()], original, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except c2pa.C2paError as error:
        how = f"; check {timestamp_url}" if timestamp_url else ""
        msg = f"{source}: cannot be signed ({error}){how}"
        raise OutputError(msg) from error
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        partial.unlink(missing_ok=True)


def read_manifest(path: Path, authorities: bytes = b"") -> FoundManifest | None:
    """Check a file's signature, without a network, and return what it claims; None = it is not signed.

    Args:
        path: The file.
        authorities: Certificates of authorities that vouch for signers, PEM; b"" = none is known.

    Raises:
        SourceError: The file cannot be read.
    """
    if path.suffix.lower() not in KINDS:
        return None
    settings: dict[str, Any] = {"verify": {"verify_trust": True, **_OFFLINE}}
    if authorities:
        settings["trust"] = {"trust_anchors": authorities.decode()}
    try:
        with path.open("rb") as file, c2pa.Context(c2pa.Settings.from_dict(settings)) as context:
            reader = c2pa.Reader.try_create(KINDS[path.suffix.lower()], file, context=context)
            if reader is None:
                return None
            with reader:
                return _found(json.loads(reader.json()))
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); check the name"
        raise SourceError(msg) from error
    except (c2pa.C2paError, ValueError) as error:
        return _unreadable(error)


def _unreadable(error: Exception) -> FoundManifest:
    """Return a manifest that holds nothing: the file was cut off, or changed where its parts are listed."""
    fault = f"it cannot be read: {' '.join(str(error).split())}"
    return FoundManifest(intact=False, trusted=False, faults=(fault,), signer="", signed_at="", assertions={})


def _found(store: dict[str, Any]) -> FoundManifest:
    active = store["manifests"][store["active_manifest"]]
    results = store.get("validation_results", {})
    parts = [
        results.get("activeManifest", {}),
        *(each.get("validationDeltas", {}) for each in results.get("ingredientDeltas", [])),
    ]
    faults = [each["code"] for part in parts for each in part.get("failure", [])]
    signature = active.get("signature_info", {})
    return FoundManifest(
        intact=not set(faults) - {_UNTRUSTED, _EXPIRED},
        trusted=store.get("validation_state") == "Trusted",
        faults=tuple(dict.fromkeys(faults)),
        signer=str(signature.get("issuer") or signature.get("common_name") or ""),
        signed_at=str(signature.get("time") or ""),
        assertions={each["label"]: each.get("data") for each in active.get("assertions", [])},
        stamp_trusted=any(each["code"] == _STAMP_TRUSTED for part in parts for each in part.get("success", [])),
        expired=_EXPIRED in faults,
    )
