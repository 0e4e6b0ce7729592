"""What the nodes of a cluster have spooled and hand over: numbered, so that each record is stored once.

A camera that is placed on a node has an epoch there, and each kind of its records is numbered from 1. The highest
number that has arrived is written in the same transaction as the rows (`store.arrival`): whatever fails in between, a
repeat is known as one. A number that never comes was dropped or damaged there, and is counted as lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from passerby.store.row import Row


class RecordKind(StrEnum):
    """What a record of a node is about."""

    SIGNALS = "signals"
    """Windows of what was measured; if too many wait, the oldest are dropped and counted."""
    HEALTH = "health"
    """Changes of a camera's status; never dropped."""
    AUDIT = "audit"
    """What belongs into the audit log; never dropped."""


class PlacedCamera(NamedTuple):
    """One placement of a camera.

    Args:
        site: Name of the site.
        camera: Name of the camera.
        epoch: A number that grows with each placement, made from the gateway's clock in ns since 1970.
    """

    site: str
    camera: str
    epoch: int


class NodeOrigin(NamedTuple):
    """Where records come from.

    Args:
        node: The node's own identifier, which survives its restart.
        site: Name of the site.
        camera: Name of the camera.
        epoch: Of its placement there, see `PlacedCamera`.
    """

    node: str
    site: str
    camera: str
    epoch: int

    @property
    def placed(self) -> PlacedCamera:
        """The placement, without its node."""
        return PlacedCamera(self.site, self.camera, self.epoch)


class HealthRow(NamedTuple):
    """A change of a camera's status, as the node saw it.

    Args:
        at_us: When, UTC since 1970, µs.
        state: Value of a `CameraState`.
        redaction: Value of a `Redaction`.
        faults: Values of `Fault`s with commas between.
        detail: Why, in one line.
    """

    at_us: int
    state: str
    redaction: str
    faults: str
    detail: str


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """One record.

    Args:
        number: Its number among those of its kind and placement, from 1.
        signals: Signals in it.
        health: Changes of status in it.
        refused: Number of rows in it that cannot be what this camera measured.
    """

    number: int
    signals: tuple[Row, ...] = ()
    health: tuple[HealthRow, ...] = ()
    refused: int = 0


@dataclass(frozen=True, slots=True)
class NodeDelivery:
    """Records of one kind and placement, in the order of their numbers.

    Args:
        origin: Where they come from.
        kind: What they are about.
        records: The records.
    """

    origin: NodeOrigin
    kind: RecordKind
    records: tuple[NodeRecord, ...]


@dataclass(frozen=True, slots=True)
class DeliveryMark:
    """How far the records of one kind and placement have arrived.

    Args:
        number: The highest number that has.
        lost: Records that never will: the node dropped them, or its disk lost them.
        refused: Rows that were refused: a later placement had begun, or the camera cannot have measured them.
    """

    number: int = 0
    lost: int = 0
    refused: int = 0


@dataclass(slots=True)
class DeliveryCounts:
    """What one delivery has changed.

    Args:
        stored: Rows that were written.
        lost: See `DeliveryMark`; only what is new.
        refused: See `DeliveryMark`; only what is new.
        late: Rows that an orphan has made: of `refused`, those after a later placement had begun.
    """

    stored: int = 0
    lost: int = 0
    refused: int = 0
    late: int = 0
