"""What rules look at: one number about a place, a camera or the gateway over a span of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.signals.selection import Chart
from passerby.signals.signal import PlaceSignal


class SubjectKind(StrEnum):
    """Kind of thing that an alert is about; never a person."""

    PLACE = "place"
    CAMERA = "camera"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What an alert is about.

    Args:
        kind: Place, camera or gateway.
        name: Its name; that of the gateway is empty.
    """

    kind: SubjectKind
    name: str = ""

    def __str__(self) -> str:
        """Return its name with its kind."""
        return f"{self.kind} {self.name}".strip()


GATEWAY = Subject(SubjectKind.GATEWAY)
CAMERA_FAULT = "camera_fault"
"""1 while a camera sends no usable picture or has a fault, else 0."""
COVER_FAILURE = "cover_failure"
"""1 while a camera's pictures are covered whole because they cannot be inspected, else 0."""
WATCHDOG_FINDING = "watchdog_finding"
"""1 while a camera is covered whole because a watchdog found somebody uncovered, else 0; absent if none looks."""
SERVICEABILITY = "serviceability"
"""Share of the last 24 hours with a usable, correctly covered picture, 0 to 1."""
DISK_FREE = "disk_free_gb"
"""Free space where the state folder is, GB."""
NOT_STORED = "signals_not_stored"
"""1 while signals are lost because they cannot be written to the disk, else 0."""
CLOCK_JUMP = "clock_jump_s"
"""By how much the system's clock was set since the last observation, s, without sign."""
_WITHOUT_PICTURE = frozenset({CameraState.NO_PICTURE, CameraState.ABSENT, CameraState.REFUSED, CameraState.DOWN})


@dataclass(frozen=True, slots=True)
class Observation:
    """One number about one subject; the time is part of it, so that rules need no clock.

    Args:
        subject: What it is about.
        quantity: What was measured, such as density.
        value: In the unit of the quantity.
        start_s: Start of its span, UTC since 1970, s.
        end_s: End of its span, s.
        coverage: Share of the span that was observed, 0 to 1.
        at_least: The true value may be higher.
        counts: The value is a number of events in the span, so that spans add up.
        kind: Class that was counted; "" = all.
    """

    subject: Subject
    quantity: str
    value: float
    start_s: float
    end_s: float
    coverage: float = 1.0
    at_least: bool = False
    counts: bool = False
    kind: str = ""

    @property
    def length_s(self) -> float:
        """Length of the span, s."""
        return self.end_s - self.start_s


def of_signal(signal: PlaceSignal) -> Observation:
    """Return a signal as rules see it."""
    return Observation(
        Subject(SubjectKind.PLACE, signal.place),
        signal.quantity.value,
        signal.value,
        signal.window_start.timestamp(),
        signal.window_end.timestamp(),
        signal.coverage,
        at_least=signal.is_lower_bound,
        counts=signal.quantity.aggregate.value in {"sum", "event"},
        kind=signal.kind,
    )


def of_chart(chart: Chart, length_s: float) -> Iterator[Observation]:
    """Yield stored signals in columns as rules see them.

    Args:
        chart: The signals of one quantity of one place.
        length_s: Length of its windows, s.
    """
    subject = Subject(SubjectKind.PLACE, chart.place)
    counts = chart.quantity.aggregate.value in {"sum", "event"}
    columns = zip(chart.starts_s, chart.values, chart.coverages, chart.lows, chart.highs, strict=True)
    for start_s, value, coverage, low, high in columns:
        yield Observation(
            subject,
            chart.quantity.value,
            value,
            start_s,
            start_s + length_s,
            coverage,
            at_least=low is not None and high is None,
            counts=counts,
            kind=chart.kind,
        )


def of_status(status: CameraStatus, now_s: float, step_s: float) -> Iterator[Observation]:
    """Yield a camera's status as rules see it; a camera that is starting is not observed.

    Args:
        status: The status.
        now_s: The time, UTC since 1970, s.
        step_s: Time since the last status, s.
    """
    if status.state is CameraState.STARTING:
        return
    whole = status.state is CameraState.COVERED_WHOLE or (
        status.state not in _WITHOUT_PICTURE and status.redaction is Redaction.WHOLE
    )
    figures = {
        CAMERA_FAULT: float(status.state in _WITHOUT_PICTURE or bool(status.faults)),
        COVER_FAILURE: float(whole),
    }
    if (share := status.serviceability.get("24h")) is not None:
        figures[SERVICEABILITY] = share
    subject = Subject(SubjectKind.CAMERA, status.camera)
    for quantity, value in figures.items():
        yield Observation(subject, quantity, value, now_s - step_s, now_s)
