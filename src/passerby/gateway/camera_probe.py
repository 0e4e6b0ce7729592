"""Tries a camera in a process of its own, so that no raw picture is ever in that of the web server.

The address goes in by standard input, as JSON, and never into the list of processes; the answer comes out as JSON. A
picture comes out covered, by the same loop that covers the cameras of a site, or not at all.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from passerby.errors import (
    AbsentError,
    DetectorError,
    ModelError,
    OutputError,
    PasserbyError,
    RefusedError,
    SourceError,
    UsageError,
)
from passerby.media.address import Address, Transport
from passerby.media.camera.probe import ProbeResult, probe
from passerby.process.core_dump import forbid_core_dumps
from passerby.settings.site.camera import CameraSettings

LONGEST_S: Final = 20.0
PICTURE_LONGEST_S: Final = 60.0
"""A picture needs the networks, which are loaded first."""
_ERRORS: Final = (
    AbsentError, DetectorError, ModelError, OutputError, RefusedError, SourceError, UsageError,
)  # fmt: skip
_KINDS: Final = {kind.__name__: kind for kind in _ERRORS}


@dataclass(frozen=True, slots=True)
class TriedPicture:
    """A covered picture of a camera that is not in the site yet.

    Args:
        jpeg: The picture.
        whole: Why all of it is covered; "" = only parts are, or nobody is seen.
    """

    jpeg: bytes
    whole: str


def probe_apart(address: Address, *, transport: Transport, longest_s: float = LONGEST_S) -> ProbeResult:
    """Connect to a camera from another process, read for three seconds, and disconnect.

    Args:
        address: Of the camera; it can lead only to its own host and port.
        transport: Of RTSP.
        longest_s: Time after which the attempt ends, s.

    Raises:
        RefusedError: It rejects the password, or its stream can never be used.
        SourceError: It does not answer or sends no pictures.
    """
    return ProbeResult(**_asked(address, {"transport": transport.value}, longest_s))


def covered_picture_apart(
    address: Address,
    *,
    transport: Transport,
    state_folder: Path,
    width_px: int,
    longest_s: float = PICTURE_LONGEST_S,
) -> TriedPicture:
    """Connect to a camera from another process, and return its first picture that the networks have covered.

    Args:
        address: Of the camera; it can lead only to its own host and port.
        transport: Of RTSP.
        state_folder: Where compiled networks are cached.
        width_px: Width of the picture; a smaller one keeps its size.
        longest_s: Time after which the attempt ends, s.

    Raises:
        RefusedError: It rejects the password, or its stream can never be used.
        SourceError: It does not answer or sends no pictures.
        ModelError: A network is missing or damaged: nothing can be covered, and nothing is shown.
        DetectorError: A network fails: as above.
    """
    order = {"transport": transport.value, "width_px": width_px, "state_folder": str(state_folder)}
    said = _asked(address, order, longest_s)
    return TriedPicture(base64.b64decode(said["jpeg"]), said["whole"])


def _asked(address: Address, order: Mapping[str, object], longest_s: float) -> dict[str, Any]:
    """Return what another process says; errors are those that it met."""
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", __name__],
            input=json.dumps({"url": address.url, **order}),
            capture_output=True,
            text=True,
            timeout=longest_s,
            check=False,
        )
        said = dict(json.loads(done.stdout))
    except subprocess.TimeoutExpired as error:
        msg = f"{address}: sends nothing that can be used within {longest_s:.0f} s; check the address"
        raise SourceError(msg) from error
    except ValueError as error:
        msg = f"{address}: the attempt failed; try again, and see the log of the camera"
        raise SourceError(msg) from error
    if "error" in said:
        raise _KINDS[said["error"]](said["detail"])
    return said


def _covered(order: dict[str, Any]) -> dict[str, str]:
    from passerby.assembly.first_picture import first_picture  # noqa: PLC0415 - loads networks, only in the process apart
    from passerby.outputs.stream.jpeg import covered_jpeg  # noqa: PLC0415 - as above

    camera = CameraSettings.model_validate(
        {
            "name": "probe",
            "address": order["url"],
            "transport": order["transport"],
            "purpose": "Show a covered picture before the camera is added.",
            "legal_basis": "legitimate_interests",
        }
    )
    shown = first_picture(camera, state_folder=Path(order["state_folder"]))
    jpeg = covered_jpeg(shown.frame, shown.redaction, width_px=order["width_px"])
    return {"jpeg": base64.b64encode(jpeg).decode(), "whole": shown.frame.whole}


def _main() -> None:
    forbid_core_dumps()
    order = json.load(sys.stdin)
    said: dict[str, Any]
    try:
        if "width_px" in order:
            said = _covered(order)
        else:
            said = asdict(probe(Address(order["url"]), transport=Transport(order["transport"])))
    except PasserbyError as error:
        kind = type(error).__name__
        said = {"error": kind if kind in _KINDS else SourceError.__name__, "detail": str(error)}
    json.dump(said, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # a feed or detector that hangs in another thread must not keep the process alive


if __name__ == "__main__":
    _main()
