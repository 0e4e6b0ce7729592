"""A camera's process may break in any way: the gateway ends it, starts another, and ends itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from itertools import count, pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import pytest
from pydantic import SecretStr
from tests.waiting import until

from passerby.gateway import camera_process, rate_limit, supervisor, wire
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_process import CameraProcess
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.camera_worker import NICENESS
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.settings.site.camera import CameraSettings, LegalBasis

CAMERA = CameraSettings(
    name="door", address=SecretStr("clip.mkv"), purpose="See that the gateway works.", legal_basis=LegalBasis.CONSENT
)
TASK = CameraTask(CAMERA)


def stop_in_a_word(_task: str, _folder: str, pipe: Connection) -> NoReturn:
    """Say half a message, and listen to nobody."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe.send_bytes(wire.packed(CameraStatus("door")))
    os.write(pipe.fileno(), (1000).to_bytes(4, "big") + b"P")
    while True:
        time.sleep(1)


def play_on(_task: str, _folder: str, pipe: Connection) -> NoReturn:
    """Send twenty pictures a second, every tenth a keyframe, and signs of life."""
    began_s = time.time()
    for number in count():
        pipe.send_bytes(wire.packed(CameraStatus("door", CameraState.OK, began_s, Redaction.ACTIVE)))
        packet = StreamPacket(StreamName.FULL, b"\0\0\1", number % 10 == 0, time.time(), 64, 48, Redaction.ACTIVE)
        pipe.send_bytes(wire.packed(packet))
        time.sleep(0.05)
    raise AssertionError


def watched(heard: list[CameraStatus], seen: list[wire.Message] | None = None) -> CameraProcess:
    listener = HostListener(
        message=lambda _name, message: None if seen is None else seen.append(message),
        status=heard.append,
        wanted=lambda _name: [wire.CameraOrder(Demand.BEGIN)],
    )
    return CameraProcess(TASK, listener, Path("state"))


def test_a_process_that_stops_in_the_middle_of_a_word_is_ended_with_the_gateway(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_process, "work", stop_in_a_word)
    monkeypatch.setattr(supervisor, "FAREWELL_S", 1.0)
    monkeypatch.setattr(camera_process, "FAREWELL_S", 0.2)
    heard: list[CameraStatus] = []
    process = watched(heard)
    process.start()
    until(lambda: heard)
    pid = process.pid
    assert pid is not None
    time.sleep(2 * camera_process.POLL_S)  # let the rest be listened to
    supervisor._end([process])
    until(lambda: process.pid is None)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_camera_gives_way_to_the_gateway_where_both_want_a_core(tmp_path: Path) -> None:
    process = CameraProcess(
        TASK, HostListener(message=lambda *_: None, status=lambda _: None, wanted=lambda _: []), tmp_path
    )
    process.start()

    def priority() -> int:
        assert process.pid is not None
        return os.getpriority(os.PRIO_PROCESS, process.pid)

    mine = os.getpriority(os.PRIO_PROCESS, 0)
    until(lambda: priority() == max(mine, NICENESS) > 0, not_yet=(AssertionError, ProcessLookupError))
    supervisor._end([process])


def test_viewers_of_a_frozen_process_get_notices_and_later_its_pictures_behind_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera_process, "work", play_on)
    monkeypatch.setattr(camera_process, "QUIET_S", 0.3)
    monkeypatch.setattr(camera_process, "SILENCE_S", 60.0)
    heard: list[CameraStatus] = []
    seen: list[wire.Message] = []

    def shown() -> list[StreamPacket]:
        process.check()
        return [packet for packet in list(seen) if isinstance(packet, StreamPacket)]

    process = watched(heard, seen)
    process.start()
    until(shown)
    pid, stopped_s = process.pid, time.time()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    until(lambda: sum(packet.redaction is Redaction.NONE for packet in shown()) >= 3)
    silent = process.status()  # it is not down: nobody ended it, and it may continue by itself
    assert (silent.state, silent.redaction) == (CameraState.NO_PICTURE, Redaction.NONE)
    assert "no sign of life" in silent.detail
    assert stopped_s - 1 < silent.since_s <= time.time()
    os.kill(pid, signal.SIGCONT)
    until(lambda: shown()[-1].redaction is Redaction.ACTIVE)
    process.stop()
    process.join(20)
    awake = heard[-1]
    assert (awake.state, awake.restarts) == (CameraState.OK, 0)
    assert awake.since_s > silent.since_s
    assert all(a.time_s < b.time_s for a, b in pairwise(shown()))
    assert all(b.key for a, b in pairwise(shown()) if a.redaction is not b.redaction)


def flood(_task: str, _folder: str, pipe: Connection) -> NoReturn:
    """Say the same as fast as it goes."""
    words = wire.packed(CameraStatus("door"))
    while True:
        pipe.send_bytes(words)


def test_a_process_that_floods_the_gateway_is_ended_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_process, "work", flood)
    monkeypatch.setattr(rate_limit, "MOST_MESSAGES_S", 5)  # a busy machine does not hear 1000 things a second
    heard: list[CameraStatus] = []
    process = watched(heard)
    process.start()
    until(lambda: process.status().restarts)
    process.stop()
    process.join(20)
    (reason,) = {status.detail for status in heard if status.state is CameraState.DOWN}
    assert "sent more than 16 MB or 5 messages a second" in reason


class Broken:
    """What starts processes, broken."""

    def __init__(self) -> None:
        self.tried = 0

    def Pipe(self) -> object:  # noqa: N802 - multiprocessing calls it so
        return multiprocessing.Pipe()

    def Process(self, **_more: object) -> Broken:  # noqa: N802 - as above
        return self

    def start(self) -> NoReturn:
        self.tried += 1
        raise EOFError


def test_a_camera_is_tried_again_when_what_starts_processes_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, heard = Broken(), list[CameraStatus]()
    monkeypatch.setattr(camera_process, "_context", lambda: broken)
    process = watched(heard)
    process.start()
    until(lambda: broken.tried >= 3)
    process.stop()
    process.join(20)
    assert heard[-1].state is CameraState.DOWN
    assert "cannot be started" in heard[-1].detail
