"""What a node writes down about a camera: the windows that a gateway would make, lasting changes, failures of cover."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.made import NOON_S

from passerby.audit.entry import AuditEntry, AuditKind, decoded
from passerby.cluster.camera_facts import CameraFacts
from passerby.cluster.node_record import parsed_health, parsed_signals
from passerby.cluster.node_spool import NodeSpool
from passerby.cluster.placement_spool import PlacementSpool, SpoolLimits
from passerby.health.status import CameraState, CameraStatus
from passerby.measure.reading import Quantity, Reading
from passerby.store.delivery import NodeOrigin, RecordKind
from passerby.store.row import Row

DOOR = NodeOrigin("a1", "arena", "door", 5)
USUAL = SpoolLimits()


class Written:
    """A camera's facts, with a clock that is set by hand, and what of them is on the disk."""

    def __init__(self, folder: Path, limits: SpoolLimits = USUAL) -> None:
        self.folder = folder
        self.now_s = 0.0
        self.failures: list[str] = []
        clocks: dict[str, Callable[[], float]] = {
            "clock": lambda: NOON_S + self.now_s,
            "monotonic": lambda: self.now_s,
        }
        spool = PlacementSpool(folder, DOOR, limits=limits)
        self.facts = CameraFacts(spool, DOOR, failed=self.failures.append, **clocks)

    def of(self, kind: RecordKind) -> list[tuple[int, bytes]]:
        found, _ = NodeSpool(self.folder, "a1").take("arena", most_bytes=10**6)
        return [record for each in found if each.kind is kind for record in each.records]

    @property
    def rows(self) -> list[Row]:
        signals = self.of(RecordKind.SIGNALS)
        return [row for record in signals for row in parsed_signals(*record, may=lambda _: True).signals]

    @property
    def states(self) -> list[str]:
        return [row.state for record in self.of(RecordKind.HEALTH) for row in parsed_health(*record).health]

    @property
    def entries(self) -> list[AuditEntry]:
        return [decoded(data) for _, data in self.of(RecordKind.AUDIT)]

    def status(self, state: CameraState, now_s: float, detail: str = "") -> None:
        self.now_s = now_s
        self.facts.status(CameraStatus("door", state, since_s=NOON_S + now_s, detail=detail))


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


def reading(second: float, value: float, quantity: Quantity = Quantity.OCCUPANCY) -> Reading:
    return Reading("yard", quantity, value, NOON_S + second, 1.0, 1.0, "tracks")


def test_readings_become_the_seconds_that_a_gateway_stores(written: Written) -> None:
    for second in range(1, 8):
        written.facts.measured([reading(second, second)])
    early = [(row.place, row.start_s - NOON_S, row.value, row.observed_us) for row in written.rows]
    assert early[:3] == [("yard", 0, 1.0, 10**6), ("yard", 1, 2.0, 10**6), ("yard", 2, 3.0, 10**6)]
    written.facts.close()
    assert [row.value for row in written.rows] == [1, 2, 3, 4, 5, 6, 7]
    written.facts.measured([reading(9, 9)])
    written.facts.close()
    assert len(written.rows) == 7


def test_an_event_is_written_at_once(written: Written) -> None:
    written.facts.measured([reading(1, 1.0, Quantity.ZONE_ENTRY), reading(1, 4.0)])
    assert [row.quantity for row in written.rows] == ["zone_entry"]


def test_readings_with_impossible_times_are_left_out(written: Written, caplog: pytest.LogCaptureFixture) -> None:
    written.facts.measured([Reading("yard", Quantity.OCCUPANCY, 1.0, 1e13, 1.0, 1.0, "tracks")])
    assert "readings_refused" in caplog.messages
    assert not written.rows


def test_changes_of_status_that_last_are_written_once(written: Written) -> None:
    written.status(CameraState.STARTING, 0)
    for second in range(1, 5):
        written.status(CameraState.OK, second)
    written.status(CameraState.NO_PICTURE, 5)
    for second in range(6, 20):
        written.status(CameraState.OK, second)
    assert written.states == ["starting", "ok"]
    written.status(CameraState.DOWN, 20, "it ended")
    assert written.states == ["starting", "ok", "down"]


def test_failures_of_cover_are_entries_for_the_audit_log(written: Written) -> None:
    written.status(CameraState.STARTING, 0)
    for second in range(1, 10):
        written.status(CameraState.COVERED_WHOLE, second, "a detector hangs")
    for second in range(10, 20):
        written.status(CameraState.OK, second)
    failed, restored = written.entries
    assert (failed.kind, failed.subject, failed.details) == (
        AuditKind.COVER_FAILED,
        "door",
        {"reason": "a detector hangs"},
    )
    assert restored.kind is AuditKind.COVER_RESTORED
    assert restored.details["now"] == "ok"
    assert failed.at_s < restored.at_s
    assert restored.details["lasted_s"] == pytest.approx(restored.at_s - failed.at_s, abs=0.1)


def test_a_camera_that_stops_while_covered_whole_says_so(written: Written) -> None:
    written.status(CameraState.STARTING, 0)
    for second in range(1, 10):
        written.status(CameraState.COVERED_WHOLE, second)
    written.facts.close()
    assert [each.details.get("now") for each in written.entries] == [None, "the camera stopped"]


def test_a_fact_that_cannot_be_written_is_reported_and_a_signal_is_not(tmp_path: Path) -> None:
    written = Written(tmp_path, SpoolLimits(fact_bytes=10))
    written.facts.measured([reading(1, 1.0, Quantity.ZONE_ENTRY)])
    assert not written.failures
    written.status(CameraState.DOWN, 1)
    (failure,) = written.failures
    assert "none may be lost" in failure
    assert json.loads(written.of(RecordKind.SIGNALS)[0][1])
