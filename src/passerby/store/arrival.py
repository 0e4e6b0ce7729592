"""Stores what the nodes of a cluster hand over: rows and how far they have arrived, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

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


@dataclass(slots=True)
class _Fresh:
    """What is new in a delivery."""

    mark: DeliveryMark
    counts: DeliveryCounts
    signals: list[Row] = field(default_factory=list)
    health: list[tuple[int, int, HealthRow]] = field(default_factory=list)


def receive(
    connection: Connection, deliveries: Iterable[NodeDelivery], placed: Iterable[PlacedCamera]
) -> dict[tuple[NodeOrigin, RecordKind], tuple[DeliveryMark, DeliveryCounts]]:
    """Write what is new of deliveries, and how far they have arrived, in the transaction of a connection.

    Args:
        connection: In a transaction that writes.
        deliveries: What nodes hand over; each placement and kind once.
        placed: The placements that the gateway knows of.

    Returns:
        How far each has arrived now, and what has changed.
    """
    given = sorted(deliveries, key=lambda each: (each.origin, each.kind))  # all programs lock them in one order
    marks = {each: _locked_mark(connection, each) for each in given}
    _note_placements(connection, {*placed, *(each.origin.placed for each in given if not marks[each].number)})
    done = {}
    for each in given:
        fresh = _fresh(each, marks[each], _later(connection, each.origin))
        write(connection, fresh.signals)
        if fresh.health:
            connection.execute(insert(HEALTH), [_health(each.origin, *row) for row in fresh.health])
        _set_mark(connection, each, fresh.mark)
        done[each.origin, each.kind] = fresh.mark, fresh.counts
    return done


def marks_of(connection: Connection, site: str) -> dict[tuple[NodeOrigin, RecordKind], DeliveryMark]:
    """Return how far the records of all placements of a site have arrived."""
    rows = connection.execute(select(DELIVERED).where(DELIVERED.c.site == site))
    return {
        (NodeOrigin(row.node, row.site, row.camera, row.epoch), RecordKind(row.kind)): DeliveryMark(
            row.number, row.lost, row.refused
        )
        for row in rows
    }


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


def _locked_mark(connection: Connection, delivery: NodeDelivery) -> DeliveryMark:
    """Return how far a delivery had arrived; nobody else changes that until the transaction ends."""
    own = _key(delivery)
    first = {**own, "camera": delivery.origin.camera, "number": 0, "lost": 0, "refused": 0}
    connection.execute(insert_of(connection)(DELIVERED).on_conflict_do_nothing(), [first])
    of = DELIVERED.c
    row = connection.execute(select(of.number, of.lost, of.refused).where(_is(own)).with_for_update()).one()
    return DeliveryMark(*row)


def _set_mark(connection: Connection, delivery: NodeDelivery, mark: DeliveryMark) -> None:
    values = {"number": mark.number, "lost": mark.lost, "refused": mark.refused}
    connection.execute(update(DELIVERED).where(_is(_key(delivery))).values(**values))


def _later(connection: Connection, origin: NodeOrigin) -> float:
    """Return when a later placement of the camera began, UTC since 1970, s; infinity = this is the last one."""
    of = PLACED.c
    later = and_(of.site == origin.site, of.camera == origin.camera, of.epoch > origin.epoch)
    epoch = connection.execute(select(func.min(of.epoch)).where(later)).scalar_one()
    return float("inf") if epoch is None else epoch / 1e9


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


def _key(delivery: NodeDelivery) -> dict[str, object]:
    origin = delivery.origin
    return {"node": origin.node, "site": origin.site, "epoch": origin.epoch, "kind": delivery.kind.value}


def _is(key: Mapping[str, object]) -> ColumnElement[bool]:
    return and_(*(DELIVERED.c[name] == value for name, value in key.items()))
