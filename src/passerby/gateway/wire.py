"""Messages between a camera's process and the gateway: bytes with a small header, never pickles.

A worker decodes what strangers send, so everything it sends is checked here before it is used.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from math import isfinite
from typing import Annotated, TypeAlias

import numpy as np
from pydantic import Field, TypeAdapter, ValidationError

from passerby.errors import MeasureError, OutputError
from passerby.health.status import LATENCY_BOUNDS_S, CameraStatus, Redaction
from passerby.measure.foot_map import FootMap
from passerby.measure.reading import Reading
from passerby.media.address import without_secrets
from passerby.media.limits import MAX_LIVE_PIXELS
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture

MAX_BYTES = 16 << 20
"""No encoded picture is larger than this."""
MOST_TEXT_BYTES = 1 << 20
"""Largest message that is not a picture."""
LONGEST_LINE = 300
"""Longest reason, characters."""
MOST_REASONS = 100
LATEST_S = 62e9
"""Times are accepted from 1970 to the year 3934, s since 1970."""
LARGEST_COUNT = 2**53
LONGEST_COVER_S = 3600.0
"""One order covers a camera whole for an hour at most."""
_STREAMS = tuple(StreamName)
_REDACTIONS = tuple(Redaction)
_PACKET = struct.Struct("<cBBBdHH")  # tag, stream, key, redaction, time, width, height
_WALL = struct.Struct("<cBdHH")  # tag, redaction, time, width, height
_STATUS = TypeAdapter(CameraStatus)


@dataclass(frozen=True, slots=True)
class CameraOrder:
    """What the gateway asks a camera's process for.

    Args:
        demand: What viewers need of a stream; None = no change.
        stream: Which stream.
        mosaic: Whether small pictures for a mosaic are wanted; None = no change.
        cover_s: From now on, all pictures are covered whole for at least so long, s; 0 = no change. It only adds.
        cover_reason: Why they are.
        stop: Whether to complete the recording and end.
    """

    demand: Demand | None = None
    stream: StreamName = StreamName.FULL
    mosaic: bool | None = None
    cover_s: Annotated[float, Field(ge=0, le=LONGEST_COVER_S, allow_inf_nan=False)] = 0.0
    cover_reason: str = ""
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
    """What was measured at places.

    Args:
        readings: Numbers about places.
        foot_maps: Counts of foot points in the cells of zones, hour by hour.
    """

    readings: tuple[Reading, ...]
    foot_maps: tuple[FootMap, ...] = ()


Message: TypeAlias = StreamPacket | WallPicture | CameraStatus | Measured | Ending
_ORDER = TypeAdapter(CameraOrder)
_ENDING = TypeAdapter(Ending)
_MEASURED = TypeAdapter(Measured)


def packed(message: Message | CameraOrder) -> bytes:
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
        case CameraOrder():
            return b"O" + _ORDER.dump_json(message)


def unpacked(data: bytes) -> Message:
    """Return the message of a camera's process.

    Raises:
        OutputError: It is not a valid message.
    """
    try:
        if data[:1] not in {b"P", b"W"} and len(data) > MOST_TEXT_BYTES:
            raise ValueError  # noqa: TRY301 - reported below in our words
        match data[:1]:
            case b"P":
                _, stream, key, redaction, time_s, width, height = _PACKET.unpack_from(data)
                about = (width, height, _REDACTIONS[redaction])
                return StreamPacket(_STREAMS[stream], data[_PACKET.size :], bool(key), _moment(time_s), *about)
            case b"W":
                _, redaction, time_s, width, height = _WALL.unpack_from(data)
                samples = np.frombuffer(data, np.uint8, offset=_WALL.size)
                if not samples.size:
                    raise ValueError  # noqa: TRY301 - reported below in our words
                return WallPicture(samples, width, height, _moment(time_s), _REDACTIONS[redaction])
            case b"S":
                return _plausible(_STATUS.validate_json(data[1:]))
            case b"R":
                return _MEASURED.validate_json(data[1:])
            case b"E":
                return Ending(one_line(_ENDING.validate_json(data[1:]).reason))
    except (struct.error, IndexError, ValueError, MeasureError) as error:  # pydantic's is a ValueError
        msg = f"a camera's process sent an invalid message ({type(error).__name__})"
        raise OutputError(msg) from error

    msg = "a camera's process sent an invalid message (unknown kind)"
    raise OutputError(msg)


def _plausible(status: CameraStatus) -> CameraStatus:
    """Return a status whose texts are single printable lines, safe for pages, terminals and logs.

    Raises:
        ValueError: It holds impossible numbers, which could break pages and other cameras' figures.
    """
    figures = (status.fps, status.lag_ms, status.latency_sum_s)
    counts = (
        *(status.frames_total, status.restarts, status.tries, status.self_tests, status.self_tests_failed),
        *status.latency_counts,
        *status.withheld.values(),
    )
    _moment(status.since_s)
    if not (
        all(isfinite(figure) and figure >= 0 for figure in figures)
        and all(0 <= count <= LARGEST_COUNT for count in counts)
        and len(status.latency_counts) == len(LATENCY_BOUNDS_S) + 1
        and len(status.withheld) <= MOST_REASONS
        and min(status.width, status.height) >= 0
        and status.width * status.height <= MAX_LIVE_PIXELS  # a notice of this size is drawn when the process is gone
    ):
        raise ValueError

    withheld = {one_line(reason): count for reason, count in status.withheld.items()}

    return replace(
        status,
        detail=one_line(status.detail),
        withheld=withheld,
        serviceability={},  # the gateway adds these three
        serviceability_over_s={},
        fault_since_s={},
    )


def _moment(time_s: float) -> float:
    if not 0 <= time_s <= LATEST_S:
        raise ValueError
    return time_s


def one_line(text: str) -> str:
    """Return a text as one printable line: no line ends, no terminal escapes, no secrets of URLs."""
    printable = "".join(each if each.isprintable() else " " for each in without_secrets(text[: 2 * LONGEST_LINE]))
    return " ".join(printable.split())[:LONGEST_LINE]


def order(data: bytes) -> CameraOrder:
    """Return the order of the gateway.

    Raises:
        OutputError: It is not a valid order.
    """
    try:
        return _ORDER.validate_json(data[1:])
    except ValidationError as error:
        msg = "the gateway sent an invalid order"
        raise OutputError(msg) from error
