"""Opens streams of cameras with FFmpeg (RTSP, HTTP, HLS) and files that stand in for one."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from passerby.errors import AbsentError, RefusedError, SourceError
from passerby.media.address import Address, Transport, without_secrets
from passerby.media.camera.arrival import Arrival
from passerby.media.camera.bits import BitCounter
from passerby.media.camera.host_guard import HostGuard, pass_all_through_the_guard
from passerby.media.camera.rtsp_guard import RtspGuard
from passerby.media.camera.rtsp_redirect import elsewhere, followed
from passerby.media.files.container import open_recording
from passerby.media.limits import MAX_LIVE_PIXELS
from passerby.media.samples import sample_aspect_ratio

OPEN_TIMEOUT_S = 6.0
SILENCE_S = 4.0
"""A connection counts as lost after this time without a packet; FFmpeg needs as long again to close it."""

_BUSY_WAITS_S = (0.5, 1.5)
"""An RTSP camera that answers "server error" is asked again after these times: it may still be closing the connection
on which it was asked for redirects."""

_UNDECODED_S = 20.0
"""Packets without a picture for this long are not video; cameras send keyframes up to 10 s apart."""

_RTSP: Final = {
    "protocol_whitelist": "rtsp,rtsps,rtp,srtp,udp,tcp,tls",
    "allowed_media_types": "video",
    "fflags": "nobuffer",
    "probesize": "32",  # the session description gives the codec: the first picture arrives 1-3 s earlier
    "analyzeduration": "0",
    "buffer_size": str(1 << 21),  # UDP: a keyframe arrives in one burst
}
_HTTP: Final = {
    "protocol_whitelist": "http,https,httpproxy,tcp,tls,crypto",  # a playlist must not open files of this machine
    "format_whitelist": "mpjpeg,hls,mpegts,h264,hevc,mov,mp4,flv,live_flv,matroska,webm",
    "analyzeduration": "500000",
    "live_start_index": "-1",
    "http_persistent": "0",  # each request takes the guard's look at where it goes
}
_TIMELESS = frozenset({"mpjpeg", "h264", "hevc"})
"""Formats without timestamps: FFmpeg generates them from a nominal rate."""

_REASONS: Final[dict[type[Exception], str]] = {
    av.error.HTTPUnauthorizedError: "it rejects the user or password; check this camera's username and password",
    av.error.HTTPForbiddenError: "this user may not see the stream; give the user permission in the camera's settings",
    av.error.HTTPNotFoundError: "it has no stream at this address; check the path",
    ConnectionRefusedError: "connection refused; check that the camera is on and the port is right",
    av.error.ExitError: "it does not answer",
    TimeoutError: "it does not answer",
    av.error.InvalidDataError: "it sends data that is not video",
    av.error.OptionNotFoundError: "it cannot be opened this way; check the address",
    av.error.ProtocolNotFoundError: "address not supported; use rtsp://, http://, /dev/video0 or a file",
}
_OTHER_TRANSPORT: Final = (
    "it does not send in this way (RTSP 461); set transport: udp for this camera, or tcp if it is udp"
)
_REFUSALS = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)


class NetworkStream:
    """A connection to a camera by RTSP or HTTP(S): a `Connection`.

    Args:
        address: Its address, with credentials.
        transport: Transport of RTSP packets.

    Raises:
        RefusedError: The user or password is wrong, or its pictures are too large for live use.
        SourceError: It does not answer, or sends no video.
    """

    def __init__(self, address: Address, *, transport: Transport) -> None:
        self._guard: HostGuard | RtspGuard
        waits_s: tuple[float, ...] = ()
        if address.scheme.startswith("rtsp"):
            self._guard = RtspGuard(followed(address))
            url, options = self._guard.url, _RTSP | {"rtsp_transport": transport.value}
            waits_s = _BUSY_WAITS_S
        else:
            pass_all_through_the_guard()
            self._guard = HostGuard(address)
            url, options = address.url, _HTTP | {"http_proxy": self._guard.url}

        try:
            self._container = self._opened(url, options, waits_s=waits_s)
        except SourceError:
            self._guard.close()
            raise

        try:
            self._stream = _only_video(self._container)
        except SourceError:
            self.close()
            raise

        self.codec = self._stream.codec_context.name
        form = self._container.format.name.split(",")[0]
        self._timeless = form in _TIMELESS
        self.paced = form == "hls"  # a whole segment arrives at once
        self.looped = False

    def __iter__(self) -> Iterator[Arrival]:
        """Yield pictures until the camera ends the stream.

        Raises:
            SourceError: The connection is lost, or the data cannot be decoded.
        """
        began = time.monotonic()
        try:
            for arrival in _decoded(self._container, self._stream, timeless=self._timeless):
                yield arrival
                began = time.monotonic()
        except (av.FFmpegError, SourceError) as error:
            raise self._reason(error, silent_s=time.monotonic() - began, patience_s=SILENCE_S) from None
        if self._guard.elsewhere and (self.paced or isinstance(self._guard, RtspGuard)):
            raise elsewhere(self._guard.elsewhere)

    def close(self) -> None:
        """Close the connection; safe to repeat."""
        self._container.close()
        self._guard.close()

    def _opened(self, url: str, options: dict[str, str], *, waits_s: Iterable[float]) -> InputContainer:
        av.logging.set_libav_level(av.logging.PANIC)  # FFmpeg's own lines contain the password
        limits_s = (OPEN_TIMEOUT_S, SILENCE_S)
        waits = iter(waits_s)
        while True:
            began = time.monotonic()
            try:
                return av.open(url, options=options, timeout=limits_s, metadata_errors="ignore")
            except (av.FFmpegError, ValueError) as error:  # its text contains the password as well
                wait_s = next(waits, None) if isinstance(error, av.error.HTTPServerError) else None
                if wait_s is None:
                    silent_s = time.monotonic() - began
                    raise self._reason(error, silent_s=silent_s, patience_s=OPEN_TIMEOUT_S) from None
            time.sleep(wait_s)

    def _reason(self, error: Exception, *, silent_s: float, patience_s: float) -> SourceError:
        """Return our error for one of FFmpeg's, with what the guard knows of it."""
        if self._guard.elsewhere:
            return elsewhere(self._guard.elsewhere)
        if self._guard.failure is not None:
            error = self._guard.failure
        elif isinstance(error, av.error.InvalidDataError) and silent_s > 0.9 * patience_s:
            error = TimeoutError()  # what was cut off by our own patience is no video, FFmpeg says
        return error if isinstance(error, SourceError) else _translated(error)


class LoopedFile:
    """A recording that stands in for a camera: a `Connection`.

    Raises:
        AbsentError: The file is not there, or its disk or share does not answer.
        RefusedError: It holds no pictures.
    """

    paced = True
    looped = True

    def __init__(self, path: Path) -> None:
        try:
            path.stat()
            self._container, self._stream = open_recording(path)
        except OSError as error:  # the file, its folder, or the disk or share that they are on
            msg = f"{path}: it is not there ({error.strerror}); connect the disk or share, or check the name"
            raise AbsentError(msg) from error
        except SourceError as error:
            raise _absent_or_refused(path, error) from error
        try:
            _prepare(self._stream)
        except SourceError:
            self._container.close()
            raise
        self.codec = self._stream.codec_context.name

    def __iter__(self) -> Iterator[Arrival]:
        """Yield pictures up to the end of the file.

        Raises:
            SourceError: The file is damaged.
        """
        try:
            yield from _decoded(self._container, self._stream, timeless=False)
        except av.FFmpegError as error:
            raise _translated(error) from None

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self._container.close()


def _absent_or_refused(path: Path, error: SourceError) -> SourceError:
    """Return what a file that cannot be used means: one that is empty is being copied, one that is gone may return."""
    try:
        empty = path.stat().st_size == 0
    except OSError:
        empty = True
    return AbsentError(str(error)) if empty else RefusedError(str(error))


def _only_video(container: InputContainer) -> VideoStream:
    known = [stream for stream in container.streams.video if getattr(stream, "codec_context", None)]
    if not known:
        msg = "it sends pictures in a codec that cannot be decoded; set the camera to H.264"
        raise RefusedError(msg)
    stream = max(known, key=lambda each: each.width * each.height)
    _prepare(stream)
    return stream


def _prepare(stream: VideoStream) -> None:
    context = stream.codec_context
    if context.width * context.height > MAX_LIVE_PIXELS:  # a decoder holds up to 17 such pictures
        limit = f"{MAX_LIVE_PIXELS / 1e6:.0f} million pixels"
        msg = f"its picture size {context.width}x{context.height} is over the limit of {limit}; choose a smaller stream"
        raise RefusedError(msg)
    context.options = {"max_pixels": str(MAX_LIVE_PIXELS)}
    context.thread_count = 1  # each additional thread adds a picture of delay
    context.flags |= Flags.low_delay


def _decoded(container: InputContainer, stream: VideoStream, *, timeless: bool) -> Iterator[Arrival]:
    """Decode; after an error, everything up to the next keyframe counts as damaged."""
    damaged = ""
    error_text = ""
    shown_at = time.monotonic()
    counter = BitCounter()
    context = stream.codec_context

    for packet in container.demux(stream):
        counter.add(packet.size, key=packet.is_keyframe, pixels=context.width * context.height)
        try:
            pictures = context.decode(_flush_or(packet))
        except EOFError:
            return
        except av.FFmpegError as error:
            pictures = []
            error_text = error.strerror or type(error).__name__
            damaged = f"cannot be decoded: {error_text}"
        for picture in pictures:
            shown_at = time.monotonic()
            damaged = "" if picture.key_frame and not picture.is_corrupt else damaged
            corrupt = "the decoder found damaged data" if picture.is_corrupt else ""
            aspect = sample_aspect_ratio(context.sample_aspect_ratio)
            time_s = None if timeless else _time_s(picture)
            yield Arrival(picture, aspect, time_s, damaged or corrupt, counter.bits_per_pixel)
        if time.monotonic() - shown_at > _UNDECODED_S:
            msg = f"data arrives, but no picture can be decoded{': ' * bool(error_text)}{error_text}"
            raise SourceError(msg)


def _flush_or(packet: Packet[VideoStream]) -> Packet[VideoStream] | None:
    return packet if packet.size else None


def _time_s(picture: av.VideoFrame) -> float | None:
    return None if picture.pts is None or picture.time_base is None else float(picture.pts * picture.time_base)


def _translated(error: Exception) -> SourceError:
    """Return our error for one of FFmpeg's."""
    if isinstance(error, OSError) and error.errno == errno.EPROTONOSUPPORT:
        return SourceError(_OTHER_TRANSPORT)
    for kind, reason in _REASONS.items():
        if isinstance(error, kind):
            return RefusedError(reason) if isinstance(error, _REFUSALS) else SourceError(reason)
    told = getattr(error, "strerror", None) or type(error).__name__
    return SourceError(f"it cannot be read: {without_secrets(told)}; check the address")
