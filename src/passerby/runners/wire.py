"""What a camera's process and the gateway say to each other: bytes with a small header, never pickles.

A worker decodes what strangers send. Whatever it says is checked here before anybody believes it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from pydantic import TypeAdapter, ValidationError

from passerby.errors import MeasureError, OutputError
from passerby.measure.reading import Reading
from passerby.outputs.live_hub import Demand
from passerby.outputs.stream_packet import StreamName, StreamPacket
from passerby.outputs.wall import WallPicture
from passerby.signals.camera import CameraStatus, Redaction

MAX_BYTES = 16 << 20
"""No picture, however large, is more than this when encoded."""
_STREAMS = tuple(StreamName)
_REDACTIONS = tuple(Redaction)
_PACKET = struct.Struct("<cBBBdHH")  # tag, stream, key, redaction, time, width, height
_WALL = struct.Struct("<cBdHH")  # tag, redaction, time, width, height
_STATUS = TypeAdapter(CameraStatus)


@dataclass(frozen=True, slots=True)
class Order:
    """What the gateway asks of a camera's process.

    Args:
        demand: What viewers ask of a stream; None = nothing.
        stream: Which stream.
        mosaic: Whether small pictures for a mosaic are wanted; None = as before.
        stop: Whether to complete what was begun, and end.
    """

    demand: Demand | None = None
    stream: StreamName = StreamName.FULL
    mosaic: bool | None = None
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a camera's process ends.

    Args:
        reason: In one line, without secrets.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of places.

    Args:
        readings: Numbers about places.
    """

    readings: tuple[Reading, ...]


Message: TypeAlias = StreamPacket | WallPicture | CameraStatus | Measured | Ending
_ORDER = TypeAdapter(Order)
_ENDING = TypeAdapter(Ending)
_MEASURED = TypeAdapter(Measured)


def packed(message: Message | Order) -> bytes:
    """Return a message as bytes."""
    match message:
        case StreamPacket():
            head = (
                b"P",
                _STREAMS.index(message.stream),
                message.key,
                _REDACTIONS.index(message.redaction),
                message.time_s,
                message.width,
                message.height,
            )
            return _PACKET.pack(*head) + message.data
        case WallPicture():
            head_of_wall = (_REDACTIONS.index(message.redaction), message.time_s, message.width, message.height)
            return _WALL.pack(b"W", *head_of_wall) + message.packed.tobytes()
        case CameraStatus():
            return b"S" + _STATUS.dump_json(message)
        case Measured():
            return b"R" + _MEASURED.dump_json(message)
        case Ending():
            return b"E" + _ENDING.dump_json(message)
        case Order():
            return b"O" + _ORDER.dump_json(message)


def unpacked(data: bytes) -> Message:
    """Return what a camera's process says.

    Raises:
        OutputError: It is not what was agreed.
    """
    try:
        match data[:1]:
            case b"P":
                _, stream, key, redaction, time_s, width, height = _PACKET.unpack_from(data)
                about = (width, height, _REDACTIONS[redaction])
                return StreamPacket(_STREAMS[stream], data[_PACKET.size :], bool(key), time_s, *about)
            case b"W":
                _, redaction, time_s, width, height = _WALL.unpack_from(data)
                samples = np.frombuffer(data, np.uint8, offset=_WALL.size)
                return WallPicture(samples, width, height, time_s, _REDACTIONS[redaction])
            case b"S":
                return _STATUS.validate_json(data[1:])
            case b"R":
                return _MEASURED.validate_json(data[1:])
            case b"E":
                return _ENDING.validate_json(data[1:])
    except (struct.error, IndexError, ValidationError, MeasureError) as error:
        msg = f"a camera's process sent nonsense ({type(error).__name__})"
        raise OutputError(msg) from error
    msg = "a camera's process sent nonsense (unknown message)"
    raise OutputError(msg)


def order(data: bytes) -> Order:
    """Return what the gateway asks.

    Raises:
        OutputError: It is not what was agreed.
    """
    try:
        return _ORDER.validate_json(data[1:])
    except ValidationError as error:
        msg = "the gateway sent nonsense"
        raise OutputError(msg) from error
