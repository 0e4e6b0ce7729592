"""Asks every node for what it has written down, and stores it: each record once, whatever fails in between."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from passerby.assembly.outlets import legal_holds_file, recording_limits
from passerby.audit.entry import AuditEntry
from passerby.cluster.cluster_recordings import FILE, ClusterRecordings
from passerby.cluster.delivery_receiver import DeliveryReceiver
from passerby.cluster.engine import ClusterNode, NoAnswer
from passerby.cluster.fleet import Fleet
from passerby.cluster.node_agent import MOST_BYTES, NodeAgent, NodeNews
from passerby.cluster.node_recordings import NodeRecordings
from passerby.cluster.node_report import REPORTED_CLOCK_S, clock_ahead_s
from passerby.cluster.recording_agent import RecordingPlace
from passerby.errors import PasserbyError
from passerby.gateway.cluster_source import ClusterInfo, NodeInfo, NodeState
from passerby.outputs.recording.archive import RecordingArchive
from passerby.outputs.recording.legal_hold import LegalHolds
from passerby.settings.site.site import SiteSettings
from passerby.store.delivery import NodeOrigin, RecordKind

ASK_S = 2.0
POLL_S = 0.5
SILENCE_S = 8.0
"""A node that has not answered for this long is shown as silent."""
LOOK_S = 1.0
FAREWELL_S = 5.0
TEND_S = 30.0
"""How often nodes are asked what they have recorded, and let erase what is too much."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Asked:
    """What is known of a node that is asked."""

    node: ClusterNode
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    news: NodeNews | None = None
    heard_s: float | None = None
    heard_at_s: float = float("-inf")
    ahead_s: float | None = None
    problem: str = ""
    recordings: NodeRecordings | None = None


class NodeCollector:
    """Takes what the nodes of a cluster hand over, and knows how they are; a `ClusterSource`.

    Args:
        fleet: The nodes.
        clock: The system's clock, UTC since 1970, s.
        monotonic: A clock that never goes back, s.
    """

    def __init__(self, fleet: Fleet, *, clock: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._fleet = fleet
        self._clock, self._monotonic = clock, monotonic
        self._asked: dict[str, _Asked] = {}
        self._receiver: DeliveryReceiver | None = None
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._site: SiteSettings | None = None
        self._recordings: ClusterRecordings | None = None
        self._thread = threading.Thread(target=self._look, name="passerby-nodes", daemon=True)
        self._tending = threading.Thread(target=self._tend, name="passerby-node-recordings", daemon=True)

    def start(self, site: SiteSettings, append: Callable[[AuditEntry], int]) -> None:
        """Begin to ask nodes for what they have; returns at once."""
        self._receiver = DeliveryReceiver(site, append, placed=self._fleet.placed)
        self._fleet.describe = self.info
        self._site = site
        self._thread.start()
        self._tending.start()

    def reload(self, site: SiteSettings) -> None:
        """Take another site file."""
        self._site = site
        if self._receiver is not None:
            self._receiver.reload(site)

    def stop(self) -> None:
        """Stop; what has not arrived stays on the nodes."""
        self._stopped.set()
        for thread in (self._thread, self._tending):
            if thread.is_alive():
                thread.join(FAREWELL_S)
        with self._lock:
            asked = list(self._asked.values())
        for each in asked:
            each.stop.set()
        for each in asked:
            if each.thread is not None:
                each.thread.join(FAREWELL_S)
            if each.recordings is not None:
                each.recordings.close()
        if self._receiver is not None:
            self._receiver.close()

    def info(self) -> ClusterInfo:
        """Return how the nodes are."""
        with self._lock:
            asked = dict(self._asked)
        nodes = [self._measured(info, asked.get(number)) for number, info in self._fleet.nodes().items()]
        placed = {camera for each in nodes for camera in each.cameras}
        without = tuple(camera for camera in sorted(self._fleet.state().cameras) if camera not in placed)
        receiver = self._receiver
        totals = (0, 0, "") if receiver is None else receiver.totals()
        return ClusterInfo(tuple(sorted(nodes, key=lambda each: each.address)), without, *totals)

    def recordings(self, here: RecordingArchive, site: SiteSettings) -> ClusterRecordings:
        """Return the recordings of this machine and of all nodes."""
        if self._recordings is None:
            file = site.state_folder / FILE
            self._recordings = ClusterRecordings(here, file, places=self._places, clock=self._clock)
        self._recordings.here, self._recordings.keep_h = here, site.recording.retention_h
        self._site = site
        return self._recordings

    def _places(self) -> list[NodeRecordings]:
        """Return the nodes that may take part."""
        with self._lock:
            for asked in self._asked.values():
                if asked.recordings is None:
                    alive = partial(self._answers, asked)
                    asked.recordings = NodeRecordings(self._fleet.engine, asked.node, self._where, alive=alive)
            return [each.recordings for each in self._asked.values() if each.recordings is not None]

    def _where(self) -> RecordingPlace:
        """Return where nodes have this site's recordings."""
        site, recordings = self._site, self._recordings
        if site is None:
            return RecordingPlace(self._fleet.site)
        names = {each.name for each in site.cameras} | set(() if recordings is None else recordings.cameras())
        return RecordingPlace(self._fleet.site, tuple(sorted(names)), site.recording.folder, site.recording.key_file)

    def _answers(self, asked: _Asked) -> bool:
        return not asked.stop.is_set() and self._monotonic() - asked.heard_at_s <= SILENCE_S

    def _tend(self) -> None:
        """Learn what nodes have recorded, and let them erase what is too old or too much."""
        while not self._stopped.wait(TEND_S):
            recordings, site = self._recordings, self._site
            if recordings is None or site is None or not (recordings.known or any(c.record for c in site.cameras)):
                continue  # without recordings, nothing need run on the nodes for them
            recordings.refresh()
            for place in self._places():
                if place.alive:
                    try:
                        holds = LegalHolds(legal_holds_file(site)).all()
                        place.sweep(recording_limits(site), holds)
                    except PasserbyError as error:
                        more = {"node": place.address, "reason": str(error)}
                        log.error("recordings_of_node_not_erased", extra=more)  # noqa: TRY400 - the reason is enough

    def _measured(self, info: NodeInfo, asked: _Asked | None) -> NodeInfo:
        if asked is None:
            return info
        state, reason = info.state, info.reason or asked.problem
        if state in {NodeState.OK, NodeState.DRAINED} and self._monotonic() - asked.heard_at_s > SILENCE_S:
            state = NodeState.NEW if asked.news is None and not asked.problem else NodeState.SILENT
        news = asked.news
        return replace(
            info,
            state=state,
            reason=reason,
            clock_ahead_s=asked.ahead_s if asked.ahead_s is not None else info.clock_ahead_s,
            heard_s=asked.heard_s,
            busy_cores=None if news is None else round(news.busy_cores, 2),
            used_mb=None if news is None else round(news.used_mb),
            waiting_bytes=None if news is None else news.waiting_bytes,
        )

    def _look(self) -> None:
        """Ask nodes that are new, and ask those no more that are gone."""
        while not self._stopped.is_set():
            fit = self._fleet.fit()
            with self._lock:
                gone = [self._asked.pop(number) for number in list(self._asked) if number not in fit]
                for number, node in fit.items():
                    if number not in self._asked:
                        asked = self._asked[number] = _Asked(node)
                        name = f"passerby-node-{node.address}"
                        asked.thread = threading.Thread(target=self._ask, args=(asked,), name=name, daemon=True)
                        asked.thread.start()
            for each in gone:
                each.stop.set()
                if each.recordings is not None:
                    each.recordings.close()
            self._stopped.wait(LOOK_S)

    def _ask(self, asked: _Asked) -> None:
        """Ask one node again and again, until it is gone."""
        while not asked.stop.is_set():
            actor = None
            try:
                actor = self._fleet.engine.actor(asked.node, NodeAgent, at_once=2)
                self._exchange(asked, actor)
            except Exception as error:  # noqa: BLE001 - whatever Ray raises: the node is asked again
                self._report(asked, str(error) if isinstance(error, PasserbyError) else type(error).__name__)
            finally:
                if actor is not None:
                    self._fleet.engine.end(actor)
            asked.stop.wait(ASK_S)

    def _exchange(self, asked: _Asked, actor: Any) -> None:  # noqa: ANN401 - Ray's
        """Take what a node has until it is gone, or stops to answer."""
        arrived: dict[tuple[NodeOrigin, RecordKind], int] = {}
        engine, receiver = self._fleet.engine, self._receiver
        site = self._fleet.site
        while not asked.stop.is_set() and receiver is not None:
            begun_s = self._clock()
            question = actor.news.remote(site, [(*about, number) for about, number in arrived.items()])
            answer: object = NoAnswer.SILENT
            while answer is NoAnswer.SILENT and not asked.stop.is_set():
                answer = engine.poll(question, timeout_s=POLL_S)
            if not isinstance(answer, NodeNews):
                if isinstance(answer, NoAnswer):
                    self._report(asked, answer.value)
                return
            self._note(asked, answer, (begun_s, self._clock()))
            arrived = receiver.receive(answer)
            self._report(asked, answer.problem or receiver.problem)
            handed_bytes = sum(len(data) for each in answer.records for _, data in each.records)
            if handed_bytes < MOST_BYTES // 2 or receiver.problem:
                asked.stop.wait(ASK_S)

    def _note(self, asked: _Asked, news: NodeNews, between_s: tuple[float, float]) -> None:
        ahead_s = clock_ahead_s(news.time_s, between_s)
        if abs(ahead_s) > REPORTED_CLOCK_S >= abs(asked.ahead_s or 0.0):
            log.warning("node_clock_differs", extra={"node": asked.node.address, "ahead_s": round(ahead_s, 1)})
        asked.news, asked.ahead_s = news, ahead_s
        asked.heard_s, asked.heard_at_s = self._clock(), self._monotonic()
        self._fleet.note_clock(asked.node.number, ahead_s)

    @staticmethod
    def _report(asked: _Asked, problem: str) -> None:
        if problem and problem != asked.problem:
            log.warning("node_hands_nothing_over", extra={"node": asked.node.address, "reason": problem})
        asked.problem = problem
