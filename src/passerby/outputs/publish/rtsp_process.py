"""One publishing session in a separate process: `python -m passerby.outputs.publish.rtsp_process`.

FFmpeg's RTSP client holds Python's global lock while it connects, so a server that does not answer would block
the camera's process. Here it blocks nothing else. Stdin: a line of JSON with url, transport, width and height, then
packets: `HEAD` and data. Stdout: one `TAKEN` for each packet, or `REFUSED` or `FAILED` with a reason, then the end.
The address is passed on stdin because other users can read a command line.
"""

from __future__ import annotations

import json
import signal
import struct
import sys
from typing import Final

import av
from av.error import FFmpegError, HTTPForbiddenError, HTTPUnauthorizedError
from av.packet import Packet

from passerby.media.address import without_secrets
from passerby.outputs.stream.segment_muxer import MICROSECOND

HEAD: Final = struct.Struct(">IQB")
"""Number of data bytes, time since the start of the session in µs, whether it is a keyframe."""
TAKEN, REFUSED, FAILED = b".", b"R", b"F"
PATIENCE_S: Final = 15
"""A server that accepts no data for this long ends the session: the alarm ends this process even if it is blocked."""


def main() -> int:
    """Publish what arrives on stdin until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the gateway handles Ctrl-C and ends this process by closing stdin
    av.logging.set_libav_level(av.logging.PANIC)
    session = json.loads(sys.stdin.buffer.readline())
    try:
        _publish(session)
    except (HTTPUnauthorizedError, HTTPForbiddenError):
        return _answer(REFUSED, "the server rejected the user or password")
    except (FFmpegError, OSError, ValueError) as error:
        return _answer(FAILED, without_secrets(getattr(error, "strerror", "") or str(error)))
    return 0


def _publish(session: dict[str, str | int]) -> None:
    with av.open(str(session["url"]), "w", format="rtsp", options={"rtsp_transport": str(session["transport"])}) as out:
        stream = out.add_mux_stream("h264", width=session["width"], height=session["height"], time_base=MICROSECOND)
        while len(head := sys.stdin.buffer.read(HEAD.size)) == HEAD.size:
            size, time_us, key = HEAD.unpack(head)
            packet = Packet(sys.stdin.buffer.read(size))
            packet.pts = packet.dts = time_us
            packet.time_base = MICROSECOND
            packet.stream = stream
            packet.is_keyframe = bool(key)
            signal.alarm(PATIENCE_S)
            out.mux(packet)
            signal.alarm(0)
            sys.stdout.buffer.write(TAKEN)
            sys.stdout.buffer.flush()
        signal.alarm(PATIENCE_S)  # for disconnecting


def _answer(kind: bytes, reason: str) -> int:
    sys.stdout.buffer.write(kind + reason.encode())
    sys.stdout.buffer.flush()
    return 1


if __name__ == "__main__":
    sys.exit(main())
