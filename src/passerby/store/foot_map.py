"""Stores maps of foot points: one row for each zone and hour; of two for one hour the better observed stays."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from passerby.measure.foot_map import HOUR_S, FootMap
from passerby.measure.place import Space
from passerby.store.schema import FOOT_MAP
from passerby.store.write import insert_of

DAY_S = 86_400
_MICROSECONDS = 1_000_000
_KEY = ("site", "place", "start_s")
_CONTENT = ("observed_us", "space", "side", "left", "top", "columns", "counts")


def write_foot_maps(connection: Connection, maps: Iterable[tuple[str, FootMap]]) -> None:
    """Write maps, each with the name of its site; a repeat changes nothing."""
    given = [
        {
            "site": site,
            "place": each.place,
            "start_s": each.start_s,
            "observed_us": round(each.observed_s * _MICROSECONDS),
            "space": each.space.value,
            "side": each.side,
            "left": each.left,
            "top": each.top,
            "columns": each.columns,
            "counts": json.dumps(each.counts, separators=(",", ":")),
        }
        for site, each in maps
    ]
    if not given:
        return
    insert = insert_of(connection)(FOOT_MAP)
    better = insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: insert.excluded[name] for name in _CONTENT},
        where=insert.excluded.observed_us > FOOT_MAP.c.observed_us,
    )
    connection.execute(better, given)


def read_foot_maps(connection: Connection, site: str, place: str, *, start_s: float, end_s: float) -> list[FootMap]:
    """Return the maps of the hours that begin within a span of time, oldest first."""
    of = FOOT_MAP.c
    chosen = select(FOOT_MAP).where(of.site == site, of.place == place, of.start_s >= start_s, of.start_s < end_s)
    return [
        FootMap(
            row.place,
            row.start_s,
            row.observed_us / _MICROSECONDS,
            Space(row.space),
            row.side,
            row.left,
            row.top,
            row.columns,
            tuple(json.loads(row.counts)),
        )
        for row in connection.execute(chosen.order_by(of.start_s))
    ]


def erase_foot_maps(connection: Connection, now_s: float, days: float) -> None:
    """Erase maps that are older than allowed."""
    connection.execute(delete(FOOT_MAP).where(FOOT_MAP.c.start_s <= now_s - days * DAY_S - HOUR_S))
