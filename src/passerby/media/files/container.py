"""Opens recordings by their content, with limits, and explains in one line what is wrong with a bad one."""

from __future__ import annotations

import os
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from passerby.errors import SourceError
from passerby.media.file_name import why_no_file
from passerby.media.limits import MAX_PIXELS, check_size

_NOT_RECORDINGS = frozenset({"tty", "concat", "hls", "dash", "sdp", "rtsp", "rtp", "lavfi", "imf"})
"""Formats that render text or open other files and addresses: a recording is a single file."""

_OPEN_OPTIONS = {
    "protocol_whitelist": "file",  # a file that refers to another file or an address opens nothing
    "max_pixels": str(MAX_PIXELS),
}

_IMAGE_BRANDS = {
    b"avif": "AVIF",
    b"avis": "moving AVIF",
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1"), "HEIC"),
    **dict.fromkeys((b"hevc", b"hevx", b"msf1"), "moving HEIC"),
}
"""What an ISO base media file says it is (ISO/IEC 23008-12, annex B; AV1 Image File Format, section 6)."""


def open_recording(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a file and choose its picture stream: the default one, else the largest; never a cover image.

    Raises:
        SourceError: The file is missing, empty, not a recording, has no pictures, or is encrypted.
    """
    check_file(path)
    _refuse_image(path)
    av.logging.set_libav_level(av.logging.PANIC)  # FFmpeg's own messages name no file and no remedy
    try:
        container = av.open(f"file:{path}", options=dict(_OPEN_OPTIONS), metadata_errors="ignore")
    except (av.FFmpegError, ValueError) as error:
        msg = f"{path}: not a readable recording or picture, or the file is cut off; copy it again"
        raise SourceError(msg) from error
    try:
        return container, _picture_stream(path, container)
    except SourceError:
        container.close()
        raise


def check_file(path: Path) -> None:
    """Refuse anything but a readable file that is not empty.

    Raises:
        SourceError: It is missing, a folder, a device, not readable, or empty.
    """
    reason = why_no_file(str(path))
    if reason:
        raise SourceError(reason)
    if not path.exists():
        msg = f"{path}: no such file; check the name"
        raise SourceError(msg)

    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not a regular file"
        msg = f"{path}: this is {kind}; name a recording or picture"
        raise SourceError(msg)

    if not os.access(path, os.R_OK):
        msg = f"{path}: no permission to read it; change its permissions"
        raise SourceError(msg)

    if path.stat().st_size == 0:
        msg = f"{path}: the file is empty (0 bytes); copy it again"
        raise SourceError(msg)


def _refuse_image(path: Path) -> None:
    """Refuse an image in a container that is made for video too: FFmpeg would show one tile or one frame of it.

    Raises:
        SourceError: It is one.
    """
    with path.open("rb") as file:
        head = file.read(12)
    kind = _IMAGE_BRANDS.get(head[8:12], "") if head[4:8] == b"ftyp" else ""
    if kind:
        msg = f"{path}: a {kind} image, which this build cannot read; convert it to JPEG or PNG first"
        raise SourceError(msg)


def _picture_stream(path: Path, container: InputContainer) -> VideoStream:
    if set(container.format.name.split(",")) & _NOT_RECORDINGS:
        msg = f"{path}: {container.format.name} is text or a list of other files; name the recording itself"
        raise SourceError(msg)

    name = container.format.name
    if name == "image2" or (name.endswith("_pipe") and name != "jpeg_pipe"):  # a single image that Pillow did not read
        msg = f"{path}: the image is damaged, or its format is not supported; convert it to JPEG or PNG first"
        raise SourceError(msg)

    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        msg = f"{path}: contains no pictures, only {_kinds(container)}; there is nothing to cover"
        raise SourceError(msg)

    known = [stream for stream in moving if getattr(stream, "codec_context", None)]  # PyAV's types claim there is one
    if not known:
        msg = f"{path}: its pictures are in a codec that cannot be decoded here; convert it to H.264 first"
        raise SourceError(msg)

    if any(stream.disposition & Disposition.dependent for stream in known):
        msg = f"{path}: the picture is stored in tiles (HEIC); convert it to JPEG first"
        raise SourceError(msg)

    stream = max(known, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height))
    if stream.codec_tag in {"encv", "drmi"}:
        msg = f"{path}: the pictures are encrypted; decrypt it first"
        raise SourceError(msg)

    if stream.width and stream.height:  # the size of some streams is known only with the first picture
        check_size(stream.width, stream.height, name=str(path))

    return stream


def _kinds(container: InputContainer) -> str:
    return " and ".join(sorted({stream.type for stream in container.streams})) or "nothing recognisable"
