"""A covered stream as MP4 that can be played while it is written: one fragment per picture, without delay.

FFmpeg's muxer returns a fragment only when the next picture arrives; these few boxes (ISO/IEC 14496-12 and -15) do
not wait for it.
"""

from __future__ import annotations

import re
import struct

from passerby.errors import OutputError
from passerby.outputs.stream.packet import StreamPacket

_START_CODE = re.compile(rb"\x00?\x00\x00\x01")
_SPS, _PPS, _DELIMITER = 7, 8, 9
_SECOND = 1_000_000
_HELD_US = 2 * _SECOND
"""Duration written for a picture: the next one cuts it short, and browsers reject one after a longer gap."""
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_TRACK = 1


def units(data: bytes) -> list[bytes]:
    """Return the units of H.264 data that has start codes, without the start codes."""
    return [unit for unit in _START_CODE.split(data) if unit]


class FragmentedMp4:
    """Creates the fragments of one stream, for Media Source Extensions."""

    def __init__(self) -> None:
        self._parameters: tuple[bytes, bytes] | None = None
        self._first_us = 0
        self._count = 0

    def add(self, packet: StreamPacket) -> bytes:
        """Return a picture as a fragment; before a change of the stream's parameters, preceded by a new header.

        Args:
            packet: The next packet; the first is a keyframe.

        Raises:
            OutputError: The stream does not begin with a keyframe and its parameter sets, or its time went back.
        """
        time_us = round(packet.time_s * _SECOND)
        parts = units(packet.data)
        head = self._head(packet, parts) if packet.key else b""
        if self._parameters is None:
            msg = "a stream must begin with a keyframe and its parameter sets"
            raise OutputError(msg)

        if not self._count:
            self._first_us = time_us
        if time_us < self._first_us:
            msg = "the stream's time went back because the system clock was set; open the stream again"
            raise OutputError(msg)

        self._count += 1
        sample = b"".join(
            struct.pack(">I", len(unit)) + unit for unit in parts if unit[0] & 31 not in {_SPS, _PPS, _DELIMITER}
        )
        moof = self._moof(time_us, len(sample), key=packet.key)

        return head + moof + _box(b"mdat", sample)

    def _head(self, packet: StreamPacket, parts: list[bytes]) -> bytes:
        by_type = {unit[0] & 31: unit for unit in parts}
        parameters = by_type.get(_SPS, b""), by_type.get(_PPS, b"")
        if not all(parameters) or parameters == self._parameters:
            return b""
        self._parameters = parameters
        return _box(b"ftyp", b"iso6\0\0\0\0iso6avc1") + _moov(packet.width, packet.height, *parameters)

    def _moof(self, time_us: int, size: int, *, key: bool) -> bytes:
        flags = 0x02000000 if key else 0x01010000  # depends on no other picture; or does, and is no start point

        def boxes(offset: int) -> bytes:
            run = struct.pack(">IiIII", 1, offset, _HELD_US, size, flags)
            track = _full(b"tfhd", 0, 0x020000, struct.pack(">I", _TRACK))  # offsets are relative to this moof
            track += _full(b"tfdt", 1, 0, struct.pack(">Q", time_us - self._first_us))
            track += _full(b"trun", 0, 0x000701, run)  # offset; duration, size and flags of each
            return _box(b"moof", _full(b"mfhd", 0, 0, struct.pack(">I", self._count)) + _box(b"traf", track))

        return boxes(len(boxes(0)) + 8)


def _moov(width: int, height: int, sps: bytes, pps: bytes) -> bytes:
    movie = struct.pack(">IIIIIHxx8x", 0, 0, _SECOND, 0, 0x10000, 0x100) + _MATRIX + bytes(24) + struct.pack(">I", 2)
    track = struct.pack(">IIIxxxxI8xhhhxx", 0, 0, _TRACK, 0, 0, 0, 0) + _MATRIX
    track += struct.pack(">II", width << 16, height << 16)
    media = struct.pack(">IIIIHxx", 0, 0, _SECOND, 0, 0x55C4)  # "und": no language
    data = _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1) + _full(b"url ", 0, 1, b"")))
    empty = b"".join(
        _full(name, 0, 0, bytes(size)) for name, size in ((b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4))
    )
    table = _full(b"stsd", 0, 0, struct.pack(">I", 1) + _avc1(width, height, sps, pps)) + empty
    inside = _full(b"vmhd", 0, 1, bytes(8)) + data + _box(b"stbl", table)
    handler = _full(b"hdlr", 0, 0, struct.pack(">4x4s12xx", b"vide"))
    whole = _full(b"tkhd", 0, 3, track)
    whole += _box(b"mdia", _full(b"mdhd", 0, 0, media) + handler + _box(b"minf", inside))
    extends = _box(b"mvex", _full(b"trex", 0, 0, struct.pack(">IIIII", _TRACK, 1, 0, 0, 0)))

    return _box(b"moov", _full(b"mvhd", 0, 0, movie) + _box(b"trak", whole) + extends)


def _avc1(width: int, height: int, sps: bytes, pps: bytes) -> bytes:
    config = struct.pack(">B3sBBH", 1, sps[1:4], 0xFF, 0xE1, len(sps)) + sps
    config += struct.pack(">BH", 1, len(pps)) + pps
    sample = struct.pack(">6xH16xHHIIxxxxH32xHh", 1, width, height, 72 << 16, 72 << 16, 1, 24, -1)
    return _box(b"avc1", sample + _box(b"avcC", config))


def _box(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), name) + payload


def _full(name: bytes, version: int, flags: int, payload: bytes) -> bytes:
    return _box(name, struct.pack(">I", version << 24 | flags) + payload)
