"""Where a gateway stores what nodes hand over: signals and health in its database, the rest in its audit log."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable

from passerby.audit.entry import AuditEntry
from passerby.cluster.node_agent import NodeNews
from passerby.cluster.node_record import parsed_entry, parsed_health, parsed_signals
from passerby.cluster.node_spool import SpooledRecords
from passerby.errors import AuditError, StoreError
from passerby.gateway.believable import TURN
from passerby.gateway.node_audit import NodeAudit
from passerby.settings.load import places_of
from passerby.settings.site.site import SiteSettings
from passerby.store.delivery import DeliveryMark, NodeDelivery, NodeOrigin, PlacedCamera, RecordKind
from passerby.store.row import Row
from passerby.store.store import Store

log = logging.getLogger(__name__)

_About = tuple[NodeOrigin, RecordKind]


class DeliveryReceiver:
    """Stores what nodes hand over, each record once; its methods may be called from any thread.

    Args:
        site: The site.
        append: Writes an entry into the audit log.
        placed: Returns the placements that the gateway made last: camera and epoch.
    """

    def __init__(
        self,
        site: SiteSettings,
        append: Callable[[AuditEntry], int],
        *,
        placed: Callable[[], list[tuple[str, int]]],
    ) -> None:
        self._placed = placed
        self._audit = NodeAudit(site.state_folder, append)
        self._store: Store | None = None
        self._opened = ""
        self._marks: dict[_About, DeliveryMark] = {}
        self._noted: set[PlacedCamera] = set()
        self._epochs: defaultdict[str, set[int]] = defaultdict(set)
        self.problem = ""
        """Why something cannot be stored at present, with the fix; "" = everything can."""
        self._busy = threading.Lock()
        self.reload(site)

    def reload(self, site: SiteSettings) -> None:
        """Take another site file."""
        self._site = site
        self._owners = {place: camera for camera, places in places_of(site).items() for place in places}
        self._others = {area.name for area in site.signals.areas} | {each.place for each in site.signals.counters}

    def receive(self, news: NodeNews) -> dict[_About, int]:
        """Store what a node hands over; return the highest number that has arrived, by placement and kind.

        What cannot be stored is absent, and `problem` says why; it stays on the node.
        """
        given = [each for each in news.records if each.origin.site == self._site.site and each.origin.node == news.node]
        with self._busy:
            self._learn(given)
            done: list[_About] = []
            problems = []
            for receive in (self._receive_rows, self._receive_entries):
                try:
                    done += receive(given)
                except (StoreError, AuditError) as error:
                    problems.append(str(error))
            self.problem = "; ".join(problems)
            return {about: self._marks[about].number for about in done}

    def totals(self) -> tuple[int, int, str]:
        """Return the records that were lost, the rows that were refused, and why nothing can be stored; quick."""
        marks = list(self._marks.values())
        return sum(mark.lost for mark in marks), sum(mark.refused for mark in marks), self.problem

    def close(self) -> None:
        """Close the database."""
        with self._busy:
            self._close_store()

    def _receive_rows(self, given: list[SpooledRecords]) -> list[_About]:
        """Store signals and health in the database, in one transaction."""
        deliveries = [self._delivery(each) for each in given if each.kind is not RecordKind.AUDIT]
        if not deliveries:
            return []
        placed = {PlacedCamera(self._site.site, camera, epoch) for camera, epoch in self._placed()}
        try:
            done = self._opened_store().receive(deliveries, placed - self._noted)
        except StoreError:
            self._close_store()  # next time, it is opened again and its schema updated
            raise
        self._noted |= placed
        for (origin, kind), (mark, counts) in done.items():
            if counts.lost or counts.refused:
                more = {"camera": origin.camera, "lost": counts.lost, "refused": counts.refused, "late": counts.late}
                log.warning("node_records_missing", extra=more)
            self._marks[origin, kind] = mark
        return list(done)

    def _receive_entries(self, given: list[SpooledRecords]) -> list[_About]:
        """Write failures of cover into the audit log."""
        done: list[_About] = []
        for each in given:
            if each.kind is RecordKind.AUDIT:
                entries = [(number, parsed_entry(data, camera=each.origin.camera)) for number, data in each.records]
                mark = self._audit.receive(each.origin, entries, until_s=self._later_s(each.origin))
                self._note(each.origin, each.kind, mark)
                done.append((each.origin, each.kind))
        return done

    def _delivery(self, given: SpooledRecords) -> NodeDelivery:
        if given.kind is RecordKind.HEALTH:
            return NodeDelivery(given.origin, given.kind, tuple(parsed_health(*each) for each in given.records))
        may = lambda row: self._may(given.origin.camera, row)  # noqa: E731 - for one camera
        return NodeDelivery(given.origin, given.kind, tuple(parsed_signals(*each, may=may) for each in given.records))

    def _may(self, camera: str, row: Row) -> bool:
        """Return whether a camera can have measured a row; places that are gone since are believed."""
        if row.site != self._site.site or row.length_s != 1 or row.place in self._others:
            return False
        return all(self._owners.get(part, camera) == camera for part in row.place.split(TURN))

    def _note(self, origin: NodeOrigin, kind: RecordKind, mark: DeliveryMark) -> None:
        before = self._marks.get((origin, kind), DeliveryMark())
        if mark.refused > before.refused or mark.lost > before.lost:
            log.warning("node_records_missing", extra={"camera": origin.camera, "kind": kind.value})
        self._marks[origin, kind] = mark

    def _learn(self, given: list[SpooledRecords]) -> None:
        """Take the placements that show in what nodes hand over, and those of this gateway."""
        for camera, epoch in [*self._placed(), *((each.origin.camera, each.origin.epoch) for each in given)]:
            self._epochs[camera].add(epoch)

    def _later_s(self, origin: NodeOrigin) -> float:
        later = [epoch for epoch in self._epochs[origin.camera] if epoch > origin.epoch]
        return min(later) / 1e9 if later else float("inf")

    def _opened_store(self) -> Store:
        address = self._site.signals.store.get_secret_value() or str(self._site.state_folder / "signals.db")
        if self._store is not None and self._opened != address:
            self._close_store()
        if self._store is None:
            self._opened = address
            self._noted.clear()
            self._store = Store(address, create=True)
            self._marks |= self._store.delivered(self._site.site)
            for each in self._store.placed(self._site.site):
                self._epochs[each.camera].add(each.epoch)
        return self._store

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
