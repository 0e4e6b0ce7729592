"""Codecs for covered copies, their containers and settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import av

from passerby.errors import UsageError
from passerby.media.layout import Layout

CONTAINERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".ts": "mpegts",
    ".mts": "mpegts",
    ".m2ts": "mpegts",
    ".flv": "flv",
    ".3gp": "3gp",
    ".3g2": "3g2",
}
"""FFmpeg's container name for each extension; AVI is not supported: it cannot store exact timestamps."""

DEFAULT_SUFFIX = ".mp4"


@dataclass(frozen=True, slots=True)
class CodecProfile:
    """Settings of one codec.

    Args:
        encoder: FFmpeg's name for the encoder.
        crf: Default quality; lower is better and larger.
        effort: Encoder options that set its effort if the caller gives no preset.
        preset_option: FFmpeg's name for the preset option.
        containers: FFmpeg's names for the containers that can hold it.
        layouts: FFmpeg's pixel format for each layout that it can write.
        odd_layouts: The same for odd sizes: H.264 and H.265 cannot write those in 4:2:0, so they use 4:4:4.
        options: More encoder options.
        field_option: Name of the encoder's own parameters if it can keep fields separate; "" = it cannot.
    """

    encoder: str
    crf: int
    effort: dict[str, str]
    preset_option: str
    containers: frozenset[str]
    layouts: dict[Layout, str]
    odd_layouts: dict[Layout, str]
    options: dict[str, str] = field(default_factory=dict)
    field_option: str = ""


_HALF_CHROMA = {Layout.YUV420: "yuv420p", Layout.YUV420_10: "yuv420p10le"}
_FULL_CHROMA = {Layout.YUV420: "yuv444p", Layout.YUV420_10: "yuv444p10le"}

CODECS = {
    "h264": CodecProfile(
        encoder="libx264",
        crf=23,
        # Per frame of 720p: 7 ms of one core (ultrafast alone 6, superfast 8-13, veryfast 8-25), and files
        # 15-30 % smaller than ultrafast at 0.4-2.5 dB more. Without B-frames, timestamps need no shift.
        effort={"preset": "ultrafast", "x264-params": "cabac=1:deblock=0,0:subme=1"},
        preset_option="preset",
        containers=frozenset({"mp4", "mov", "matroska", "mpegts", "flv", "3gp", "3g2"}),
        layouts=_HALF_CHROMA,
        odd_layouts=_FULL_CHROMA,
        # A browser that seeks decodes from the key frame before: of 1080p, x264's own 250 frames took up to 540 ms.
        options={"g": "100"},
        field_option="x264-params",
    ),
    "h265": CodecProfile(
        encoder="libx265",
        crf=23,
        effort={"preset": "ultrafast"},  # 720p: 18-43 ms
        preset_option="preset",
        containers=frozenset({"mp4", "mov", "matroska", "mpegts"}),
        layouts=_HALF_CHROMA,
        odd_layouts=_FULL_CHROMA,
        options={"x265-params": "info=0:log-level=none"},
    ),
    "av1": CodecProfile(
        encoder="libsvtav1",
        crf=32,
        effort={"preset": "10"},  # 720p: 13-21 ms, the smallest files for that time
        preset_option="preset",
        containers=frozenset({"mp4", "matroska", "webm"}),
        layouts=_HALF_CHROMA,
        odd_layouts=_HALF_CHROMA,
    ),
    "vp9": CodecProfile(
        encoder="libvpx-vp9",
        crf=32,
        effort={"cpu-used": "8"},  # 720p: 8-22 ms
        preset_option="cpu-used",
        containers=frozenset({"mp4", "matroska", "webm"}),
        layouts={Layout.YUV420: "yuv420p"},
        odd_layouts={Layout.YUV420: "yuv420p"},
        options={"b": "0", "deadline": "realtime", "row-mt": "1"},
    ),
}


def available_codecs() -> tuple[str, ...]:
    """Return the codecs that the installed FFmpeg can write."""
    return tuple(name for name, codec in CODECS.items() if codec.encoder in av.codecs_available)


def codec_named(name: str) -> CodecProfile:
    """Return a codec by name.

    Raises:
        UsageError: There is no codec of this name, or the installed FFmpeg cannot write it.
    """
    if name not in available_codecs():
        msg = f"codec {name!r}: not available; choose one of {', '.join(available_codecs())}"
        raise UsageError(msg)
    return CODECS[name]


def container_for(path: Path, codec: str) -> str:
    """Return FFmpeg's name for the container that belongs to a file's extension.

    Raises:
        UsageError: The codec is unknown, or the extension belongs to no container that can hold it.
    """
    able = codec_named(codec).containers
    container = CONTAINERS.get(path.suffix.lower(), "")
    if container not in able:
        extensions = ", ".join(suffix for suffix, name in CONTAINERS.items() if name in able)
        msg = f"{path}: a file with extension {path.suffix or '(none)'} cannot hold {codec}; use one of {extensions}"
        raise UsageError(msg)
    return container


def target_suffix(source: Path, codec: str) -> str:
    """Return the extension for the covered copy of a recording: the recording's own if that can hold the codec."""
    able = codec_named(codec).containers
    return source.suffix if CONTAINERS.get(source.suffix.lower(), "") in able else DEFAULT_SUFFIX
