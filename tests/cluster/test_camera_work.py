"""What waits on a node for the gateway: no picture that nobody watches, and every reading until it has arrived."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from passerby.cluster import camera_work
from passerby.cluster.camera_work import CameraWork, Mail
from passerby.cluster.epoch import EpochFile
from passerby.errors import OutputError
from passerby.gateway import wire
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.measure.reading import Quantity, Reading
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture

READING = wire.Measured((Reading("yard", Quantity.OCCUPANCY, 1.0, 10.0, 1.0, 1.0, "tracks"),))
SMALL = WallPicture(np.zeros(6, np.uint8), 2, 2, 1.0, Redaction.ACTIVE)


def packet(time_s: float, *, key: bool = False, size: int = 3) -> StreamPacket:
    return StreamPacket(StreamName.FULL, b"\0" * size, key, time_s, 64, 48, Redaction.ACTIVE)


def test_pictures_leave_the_node_only_while_somebody_watches() -> None:
    mail = Mail(lost=lambda _: None)
    mail.put("door", packet(1.0, key=True))
    mail.put("door", SMALL)
    assert mail.take(0, 0.0) == ([], [])
    mail.note(wire.CameraOrder(Demand.BEGIN, StreamName.FULL))
    mail.note(wire.CameraOrder(mosaic=True))
    for each in (packet(2.0), packet(3.0, key=True), packet(4.0), SMALL):
        mail.put("door", each)
    sent, _ = mail.take(0, 0.0)
    assert [wire.unpacked(each) for each in sent[:2]] == [packet(3.0, key=True), packet(4.0)]
    assert isinstance(wire.unpacked(sent[2]), WallPicture)
    mail.note(wire.CameraOrder(Demand.END, StreamName.FULL))
    mail.note(wire.CameraOrder(mosaic=False))
    mail.put("door", packet(5.0, key=True))
    mail.put("door", SMALL)
    assert mail.take(0, 0.0) == ([], [])


def test_a_gateway_that_does_not_ask_gets_pictures_from_the_next_keyframe_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_work, "MOST_BYTES", 1000)
    lost: list[StreamName] = []
    mail = Mail(lost=lost.append)
    mail.note(wire.CameraOrder(Demand.BEGIN, StreamName.FULL))
    mail.put("door", packet(1.0, key=True, size=2000))
    mail.put("door", packet(2.0))
    assert lost == [StreamName.FULL]
    mail.put("door", packet(3.0))
    mail.put("door", packet(4.0, key=True))
    sent, _ = mail.take(0, 0.0)
    assert [wire.unpacked(each) for each in sent] == [packet(4.0, key=True)]


def test_readings_stay_until_they_are_acknowledged_and_only_the_last_status_waits() -> None:
    mail = Mail(lost=lambda _: None)
    for number in range(3):
        mail.put("door", READING)
        mail.set_status(CameraStatus("door", CameraState.OK, frames_total=number))
    messages, readings = mail.take(0, 0.0)
    (status,) = map(wire.unpacked, messages)
    assert isinstance(status, CameraStatus)
    assert status.frames_total == 2
    assert [number for number, _ in readings] == [1, 2, 3]
    assert mail.take(2, 0.0) == ([], readings[2:])
    assert mail.take(3, 0.0) == ([], [])


def test_of_two_processes_for_one_camera_the_one_that_was_placed_later_runs_it(tmp_path: Path) -> None:
    early, late = EpochFile(tmp_path, "door"), EpochFile(tmp_path, "door")
    early.claim(5)
    late.claim(7)
    assert early.latest() == 7
    with pytest.raises(OutputError, match=r"placed again \(epoch 7\) after this process \(epoch 5\)"):
        early.claim(5)
    EpochFile(tmp_path, "yard").claim(5)


def test_a_question_about_an_earlier_placement_gets_no_picture() -> None:
    work = CameraWork.__new__(CameraWork)
    work._camera, work._epoch, work._process = "door", 7, None
    parcel = work.exchange(5, [], 0, 0.0)
    assert (parcel.epoch, parcel.messages, parcel.ended) == (7, [], "it was placed again")
