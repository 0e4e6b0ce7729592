"""A camera on a node and a gateway, each killed again and again; prints how many records each camera was told are safe.

killed.py ADDRESS FOLDER SEED     run by the test, as a process without threads that may fork

The gateway is killed at a step that is drawn from all lines of the code that stores and acknowledges, so that no place
between two steps is left out for being short.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from tests.store import made

from passerby.audit.audit_log import AuditLog
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.cluster.delivery_receiver import DeliveryReceiver
from passerby.cluster.node_agent import NodeAgent
from passerby.cluster.node_program import NODE_STATE
from passerby.cluster.node_record import health_record, signal_record
from passerby.cluster.placement_spool import PlacementSpool, SpoolLimits
from passerby.cluster.spool_folder import node_id
from passerby.health.status import CameraState, CameraStatus
from passerby.settings.site.site import SiteSettings
from passerby.store.delivery import NodeOrigin, RecordKind
from passerby.store.store import Store

LIVES = 8
MOST = 40
"""Records of each kind in one life."""
LIFE_S = 1000
STEPS = 25_000
"""About two rounds of asking, storing and acknowledging 20 records of each kind."""
OURS = ("/passerby/cluster/", "/passerby/store/", "/passerby/storage/", "/passerby/audit/", "/passerby/gateway/")


def epoch_of(life: int) -> int:
    return (made.NOON_S + life * LIFE_S) * 10**9


def camera(folder: Path, life: int, told: int) -> None:
    """Write records until killed, and say so after each round of three."""
    origin = NodeOrigin(node_id(folder), "arena", "door", epoch_of(life))
    spool = PlacementSpool(folder / "cluster-spool", origin, limits=SpoolLimits(segment_bytes=1500))
    for number in itertools.count():
        second = life * LIFE_S + number
        entry = AuditEntry(AuditKind.COVER_FAILED, made.NOON_S + second, None, "door", {"reason": f"{life}.{number}"})
        spool.append(RecordKind.SIGNALS, signal_record([made.signal(second, second)]))
        spool.append(RecordKind.HEALTH, health_record(CameraStatus("door", CameraState.OK), made.NOON_S + second))
        spool.append(RecordKind.AUDIT, entry.encoded())
        os.write(told, b".")
        if number >= MOST:
            time.sleep(60)


def gateway(address: str, folder: Path, last_step: int | None) -> None:
    """Take what the node has until everything has arrived; with a last step, until killed there."""
    os.environ[NODE_STATE] = str(folder / "node")
    settings = {"site": "arena", "state_folder": folder / "gateway", "signals": {"store": address}}
    usual = {"name": "door", "address": "x.mp4", "purpose": "See that it works.", "legal_basis": "consent"}
    site = SiteSettings.model_validate({**settings, "cameras": [usual]})
    if last_step is not None:
        sys.settrace(killed_at(last_step))
    log = AuditLog(folder / "gateway", "test")
    receiver, agent, arrived = DeliveryReceiver(site, log.append, placed=list), NodeAgent(), {}
    while True:
        news = agent.news("arena", [(*about, number) for about, number in arrived.items()])
        if last_step is None and not news.records:
            os._exit(0)
        arrived = receiver.receive(news)
        if receiver.problem:
            print(receiver.problem, file=sys.stderr)


def killed_at(last_step: int) -> Any:
    steps = itertools.count()

    def trace(frame: FrameType, _event: str, _argument: object) -> Any:
        if not any(part in frame.f_code.co_filename for part in OURS):
            return None
        if next(steps) >= last_step:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def forked(work: Any, *arguments: Any) -> int:
    process = os.fork()
    if process:
        return process
    try:
        work(*arguments)
    finally:
        os._exit(3)  # an error: its traceback is on stderr


def main() -> None:
    address, folder, seed = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    chance = random.Random(seed)
    for each in ("node", "gateway"):
        (folder / each).mkdir()
    Store(address, create=True).close()
    AuditLog(folder / "gateway", "test").close()
    acknowledged = []
    for life in range(LIVES):
        hear, told = os.pipe()
        writer = forked(camera, folder / "node", life, told)
        os.close(told)
        with os.fdopen(hear, "rb") as pipe:
            first = len(pipe.read(chance.randrange(MOST)))  # however slow the machine is
            taker = forked(gateway, address, folder, chance.randrange(STEPS))
            _, status = os.waitpid(taker, 0)
            assert os.WIFSIGNALED(status), status
            os.kill(writer, signal.SIGKILL)
            os.waitpid(writer, 0)
            acknowledged.append(first + len(pipe.read()))
    _, status = os.waitpid(forked(gateway, address, folder, None), 0)
    assert status == 0, status
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
