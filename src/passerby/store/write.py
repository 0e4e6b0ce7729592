"""Writes signals so that a repeat changes nothing, and updates the roll-ups.

- Of two signals with the same key, the one that observed more of its window stays; on a tie, the first.
- Minutes are computed from seconds or tens of seconds, quarter hours from minutes, hours from quarter hours: each
  window that contains a new row is recomputed from all its rows, in the same transaction. By the same rule, it replaces
  the old one only if it observed no less: rows that retention has deleted still count in their roll-ups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import BigInteger, Double, Integer

from passerby.measure.reading import LOWER_BOUND, Aggregate, Quantity
from passerby.signals.tally import MIXED, PERSON
from passerby.store.row import Row
from passerby.store.schema import ARRIVALS, SERIES, SIGNAL

ROLLED_UP = {1: 60, 10: 60, 60: 900, 900: 3600}
"""Lengths of windows from which longer ones are computed, s."""
RowKey = tuple[str, str, str, str]
Insert = sqlite.Insert | postgresql.Insert
_ABOUT = ("site", "place", "quantity", "kind")
_KEY = ("length_s", "series", "start_s")
_CONTENT = ("value", "observed_us", "estimator", "arrived", "low", "high")


def write(connection: Connection, rows: Sequence[Row]) -> None:
    """Write rows and the roll-ups that contain them, in the transaction of a connection."""
    if not rows:
        return
    next_arrival = update(ARRIVALS).values(last=ARRIVALS.c.last + 1).returning(ARRIVALS.c.last)
    arrived = connection.execute(next_arrival).scalar_one()
    numbers = _numbers(connection, {row[:4] for row in rows})
    given = [
        {
            "length_s": row.length_s,
            "series": numbers[row[:4]],
            "start_s": row.start_s,
            "value": row.value,
            "observed_us": row.observed_us,
            "estimator": row.estimator,
            "arrived": arrived,
            "low": row.low,
            "high": row.high,
        }
        for row in rows
    ]
    given.sort(key=itemgetter(*_KEY))  # neighbours share a page
    connection.execute(_insert_better(connection), given)
    touched = defaultdict(set)
    for row in rows:
        touched[row.length_s].add((numbers[row[:4]], row.start_s))
    _roll_all_up(connection, touched, {numbers[row[:4]]: row.quantity for row in rows}, arrived)


def _numbers(connection: Connection, keys: set[RowKey]) -> dict[RowKey, int]:
    """Return the number of each series, adding new ones; looked up each time, because the file may be replaced."""
    columns = [SERIES.c[name] for name in _ABOUT]
    of_sites = select(*columns, SERIES.c.series).where(SERIES.c.site.in_(sorted({key[0] for key in keys})))
    numbers = {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(of_sites)}
    missing = [dict(zip(_ABOUT, key, strict=True)) for key in sorted(keys - numbers.keys())]
    if missing:
        connection.execute(insert_of(connection)(SERIES).on_conflict_do_nothing(), missing)
        numbers = {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(of_sites)}
    return numbers


def _roll_all_up(
    connection: Connection, touched: dict[int, set[tuple[int, int]]], quantities: dict[int, str], arrived: int
) -> None:
    for fine_s, coarse_s in ROLLED_UP.items():
        windows = {(series, start - start % coarse_s) for series, start in touched.get(fine_s, ())}
        by_aggregate: defaultdict[Aggregate, list[dict[str, int]]] = defaultdict(list)
        for series, start in sorted(windows):
            parameters = {"of": series, "from": start, "to": start + coarse_s}
            parameters |= {"fine": fine_s, "coarse": coarse_s, "now": arrived}
            by_aggregate[Quantity(quantities[series]).aggregate].append(parameters)
        for aggregate, each in by_aggregate.items():
            connection.execute(_roll_up(connection, aggregate), each)
        touched.setdefault(coarse_s, set()).update(windows)


def insert_of(connection: Connection) -> type[Insert]:
    """Return the kind of insertion that a database has for rows which may be there already."""
    return sqlite.Insert if connection.dialect.name == "sqlite" else postgresql.Insert


def _insert_better(connection: Connection) -> Insert:
    insert = insert_of(connection)(SIGNAL)
    return insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: insert.excluded[name] for name in _CONTENT},
        where=insert.excluded.observed_us > SIGNAL.c.observed_us,
    )


def _roll_up(connection: Connection, aggregate: Aggregate) -> Insert:
    """Return the statement that recomputes one window; several estimators become mixed, unless one is a bound."""
    row = SIGNAL.c
    one = func.min(row.estimator)
    estimators = func.max(row.estimator)
    bounds = func.sum(case((row.estimator == literal_column(f"'{LOWER_BOUND}'"), 1), else_=0))
    made = (
        select(
            _parameter("coarse", Integer),
            _parameter("of", Integer),
            _parameter("from", BigInteger),
            _value(aggregate, lambda table: table.c.value),
            cast(func.sum(row.observed_us), BigInteger),
            case(
                (one == estimators, one),
                (bounds > 0, literal_column(f"'{LOWER_BOUND}'")),
                else_=literal_column(f"'{MIXED}'"),
            ),
            _parameter("now", BigInteger),
            *_bounds(aggregate),
        )
        .where(_inside(SIGNAL))
        .having(func.count() > 0)
    )
    insert = insert_of(connection)(SIGNAL).from_select([*_KEY, *_CONTENT], made)
    new = insert.excluded
    as_much = and_(new.observed_us == row.observed_us, new.value != row.value)

    return insert.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: new[name] for name in _CONTENT},
        where=or_(new.observed_us > row.observed_us, as_much),
    )


def _parameter(name: str, kind: type[Integer | BigInteger]) -> ColumnElement[int]:
    return cast(bindparam(name, type_=kind), kind)


def _inside(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.series == bindparam("of", type_=Integer), _within(table))


def _within(table: FromClause) -> ColumnElement[bool]:
    return and_(
        table.c.length_s == bindparam("fine", type_=Integer),
        table.c.start_s >= bindparam("from", type_=BigInteger),
        table.c.start_s < bindparam("to", type_=BigInteger),
    )


def _bounds(aggregate: Aggregate) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Return low and high of a window; a value without bounds is its own, and one lower bound removes the high."""
    row = SIGNAL.c
    if aggregate is Aggregate.SHARE:
        return null(), null()
    known = func.count(row.low) > 0
    open_ = func.sum(case((and_(row.low.is_not(None), row.high.is_(None)), 1), else_=0)) > 0
    low = _value(aggregate, lambda table: func.coalesce(table.c.low, table.c.value))
    high = _value(aggregate, lambda table: func.coalesce(table.c.high, table.c.value))
    return case((known, low), else_=null()), case((and_(known, not_(open_)), high), else_=null())


def _value(aggregate: Aggregate, of: Callable[[FromClause], ColumnElement[Any]]) -> ColumnElement[Any]:
    value = of(SIGNAL)
    match aggregate:
        case Aggregate.MEAN:
            return func.sum(value * SIGNAL.c.observed_us) / cast(func.sum(SIGNAL.c.observed_us), Double)
        case Aggregate.MAX:
            return func.max(value)
        case Aggregate.LAST:
            latest = SIGNAL.alias("latest")
            newest_first = select(of(latest)).where(_inside(latest)).order_by(latest.c.start_s.desc())
            return newest_first.limit(1).scalar_subquery()
        case Aggregate.SUM | Aggregate.EVENT:
            return func.sum(value)
        case Aggregate.SHARE:
            inwards, outwards = _crossed(Quantity.CROSSINGS_IN), _crossed(Quantity.CROSSINGS_OUT)
            weaker = case((inwards < outwards, inwards), else_=outwards)
            return case((inwards + outwards > 0, weaker / (inwards + outwards)), else_=0.0)


def _crossed(quantity: Quantity) -> ColumnElement[float]:
    """Return how many persons crossed the place of the series in the window; these counts are rows of other series."""
    counts = SIGNAL.alias()
    series = SERIES.alias()
    own = SERIES.alias()
    return (
        select(func.coalesce(func.sum(counts.c.value), 0.0))
        .select_from(counts)
        .join(series, series.c.series == counts.c.series)
        .join(own, and_(own.c.site == series.c.site, own.c.place == series.c.place))
        .where(own.c.series == bindparam("of", type_=Integer))
        .where(series.c.quantity == literal_column(f"'{quantity}'"), series.c.kind == literal_column(f"'{PERSON}'"))
        .where(_within(counts))
        .scalar_subquery()
    )
