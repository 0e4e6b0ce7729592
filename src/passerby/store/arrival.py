"""Stores what the nodes of a cluster hand over: rows and how far they have arrived, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sqlalchemy import Connection, and_, bindparam, delete, insert, select, update

from passerby.store.delivery import (
    DeliveryCounts,
    DeliveryMark,
    HealthRow,
    NodeDelivery,
    NodeOrigin,
    PlacedCamera,
    RecordKind,
)
from passerby.store.row import Row
from passerby.store.schema import DELIVERED, HEALTH, PLACED
from passerby.store.write import insert_of, write

DAY_S = 86_400
HEALTH_DAYS = 90
"""How long changes of health, and what has arrived from placements that ended, are stored, days."""


_About: TypeAlias = tuple[NodeOrigin, RecordKind]


@dataclass(slots=True)
class _Fresh:
    """What is new in a delivery."""

    mark: DeliveryMark
    counts: DeliveryCounts
    signals: list[Row] = field(default_factory=list)
    health: list[tuple[int, int, HealthRow]] = field(default_factory=list)


def receive(
    connection: Connection, deliveries: Iterable[NodeDelivery], placed: Iterable[PlacedCamera]
) -> dict[_About, tuple[DeliveryMark, DeliveryCounts]]:
    """Write what is new of deliveries, and how far they have arrived, in the transaction of a connection.

    Args:
        connection: In a transaction that writes.
        deliveries: What nodes hand over; each placement and kind once.
        placed: The placements that the gateway knows of.

    Returns:
        How far each has arrived now, and what has changed.
    """
    given = sorted(deliveries, key=lambda each: (each.origin, each.kind))  # all programs lock them in one order
    if not given:
        return {}
    marks = _locked_marks(connection, given)
    fresh_origins = (each.origin.placed for each in given if not marks[_about(each)].number)
    _note_placements(connection, {*placed, *fresh_origins})
    epochs = _epochs(connection, {each.origin.camera for each in given}, {each.origin.site for each in given})
    found = {_about(each): _fresh(each, marks[_about(each)], _later_s(epochs, each.origin)) for each in given}
    write(connection, [row for fresh in found.values() for row in fresh.signals])
    health = [_health(origin, *row) for (origin, _), fresh in found.items() for row in fresh.health]
    if health:
        connection.execute(insert(HEALTH), health)
    _set_marks(connection, {about: fresh.mark for about, fresh in found.items()})
    return {about: (fresh.mark, fresh.counts) for about, fresh in found.items()}


def marks_of(connection: Connection, site: str) -> dict[_About, DeliveryMark]:
    """Return how far the records of all placements of a site have arrived."""
    return _marks(connection.execute(select(DELIVERED).where(DELIVERED.c.site == site)))


def placements(connection: Connection, site: str) -> list[PlacedCamera]:
    """Return the placements of a site's cameras that are known."""
    of = PLACED.c
    rows = connection.execute(select(of.site, of.camera, of.epoch).where(of.site == site))
    return [PlacedCamera(*row) for row in rows]


def health_of(connection: Connection, site: str, camera: str, since_s: float) -> list[HealthRow]:
    """Return the changes of a camera's status that nodes have handed over, oldest first."""
    of = HEALTH.c
    chosen = (
        select(of.at_us, of.state, of.redaction, of.faults, of.detail)
        .where(of.site == site, of.camera == camera, of.at_us >= round(since_s * 1e6))
        .order_by(of.at_us, of.epoch, of.number, of.part)
    )
    return [HealthRow(*row) for row in connection.execute(chosen)]


def erase_deliveries(connection: Connection, now_s: float) -> None:
    """Erase changes of health that are older than `HEALTH_DAYS`, and placements that ended before."""
    old_s = now_s - HEALTH_DAYS * DAY_S
    connection.execute(delete(HEALTH).where(HEALTH.c.at_us < round(old_s * 1e6)))
    for table in (DELIVERED, PLACED):
        of = table.c
        later = table.alias()
        newer = select(later.c.epoch).where(
            later.c.site == of.site, later.c.camera == of.camera, later.c.epoch > of.epoch, later.c.epoch < old_s * 1e9
        )
        connection.execute(delete(table).where(newer.exists()))


def _note_placements(connection: Connection, known: Iterable[PlacedCamera]) -> None:
    rows = [each._asdict() for each in sorted(known)]  # sorted: no two programs wait for each other
    if rows:
        connection.execute(insert_of(connection)(PLACED).on_conflict_do_nothing(), rows)


def _locked_marks(connection: Connection, given: Sequence[NodeDelivery]) -> dict[_About, DeliveryMark]:
    """Return how far deliveries had arrived; nobody else changes that until the transaction ends."""
    first = [{**_key(_about(each)), "number": 0, "lost": 0, "refused": 0} for each in given]
    connection.execute(insert_of(connection)(DELIVERED).on_conflict_do_nothing(), first)
    of = DELIVERED.c
    wanted = and_(
        of.site.in_({each.origin.site for each in given}), of.epoch.in_({each.origin.epoch for each in given})
    )
    chosen = select(DELIVERED).where(wanted).order_by(of.node, of.site, of.camera, of.epoch, of.kind).with_for_update()
    return _marks(connection.execute(chosen))


def _marks(rows: Iterable[Any]) -> dict[_About, DeliveryMark]:
    return {
        (NodeOrigin(row.node, row.site, row.camera, row.epoch), RecordKind(row.kind)): DeliveryMark(
            row.number, row.lost, row.refused
        )
        for row in rows
    }


def _set_marks(connection: Connection, marks: Mapping[_About, DeliveryMark]) -> None:
    of = DELIVERED.c
    own = and_(*(of[name] == bindparam(f"of_{name}") for name in (*NodeOrigin._fields, "kind")))
    rows = [
        {f"of_{name}": value for name, value in _key(about).items()}
        | {"number": m.number, "lost": m.lost, "refused": m.refused}
        for about, m in marks.items()
    ]
    connection.execute(update(DELIVERED).where(own), rows)


def _epochs(connection: Connection, cameras: set[str], sites: set[str]) -> dict[tuple[str, str], list[int]]:
    """Return the epochs of cameras, by site and camera."""
    of = PLACED.c
    found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in connection.execute(select(PLACED).where(of.site.in_(sites), of.camera.in_(cameras))):
        found[row.site, row.camera].append(row.epoch)
    return found


def _later_s(epochs: Mapping[tuple[str, str], Sequence[int]], origin: NodeOrigin) -> float:
    """Return when a later placement of the camera began, UTC since 1970, s; infinity = this is the last one."""
    later = [epoch for epoch in epochs.get((origin.site, origin.camera), ()) if epoch > origin.epoch]
    return min(later) / 1e9 if later else float("inf")


def _fresh(delivery: NodeDelivery, mark: DeliveryMark, until_s: float) -> _Fresh:
    """Return what of a delivery has not arrived yet and may be stored."""
    counts = DeliveryCounts()
    fresh = _Fresh(mark, counts)
    number = mark.number
    for record in delivery.records:
        if record.number <= number:
            continue
        counts.lost += record.number - number - 1
        number = record.number
        signals = [row for row in record.signals if row.start_s < until_s]
        health = [row for row in record.health if row.at_us / 1e6 < until_s]
        late = len(record.signals) - len(signals) + len(record.health) - len(health)
        counts.late += late
        counts.refused += late + record.refused
        counts.stored += len(signals) + len(health)
        fresh.signals += signals
        fresh.health += [(number, part, row) for part, row in enumerate(health)]
    fresh.mark = DeliveryMark(number, mark.lost + counts.lost, mark.refused + counts.refused)
    return fresh


def _health(origin: NodeOrigin, number: int, part: int, row: HealthRow) -> dict[str, object]:
    return {**origin._asdict(), **row._asdict(), "number": number, "part": part}


def _about(delivery: NodeDelivery) -> _About:
    return delivery.origin, delivery.kind


def _key(about: _About) -> dict[str, object]:
    origin, kind = about
    return {**origin._asdict(), "kind": kind.value}
