"""Tries a camera in a process of its own, so that no raw picture is ever in that of the web server.

The address goes in by standard input, as JSON, and never into the list of processes; the answer comes out as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import Final

from passerby.errors import AbsentError, RefusedError, SourceError
from passerby.media.address import Address, Transport
from passerby.media.camera.probe import ProbeResult, probe

LONGEST_S: Final = 20.0
_KINDS: Final = {kind.__name__: kind for kind in (RefusedError, AbsentError, SourceError)}


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
    order = json.dumps({"url": address.url, "transport": transport.value})
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", __name__],
            input=order,
            capture_output=True,
            text=True,
            timeout=longest_s,
            check=False,
        )
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        msg = f"{address}: sends nothing that can be used within {longest_s:.0f} s; check the address"
        raise SourceError(msg) from error
    except ValueError as error:
        msg = f"{address}: the attempt failed; try again, and see the log of the camera"
        raise SourceError(msg) from error
    if "error" in said:
        raise _KINDS[said["error"]](said["detail"])
    return ProbeResult(**said)


def _main() -> None:
    order = json.load(sys.stdin)
    try:
        said = asdict(probe(Address(order["url"]), transport=Transport(order["transport"])))
    except SourceError as error:
        kind = type(error).__name__
        said = {"error": kind if kind in _KINDS else SourceError.__name__, "detail": str(error)}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    _main()
