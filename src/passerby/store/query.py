"""Reads signals: stored ones, or computed from shorter windows if the requested ones are not stored."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from passerby.measure.reading import Aggregate, Quantity
from passerby.signals.selection import Chart, Selection, SeriesKey
from passerby.signals.signal import PlaceSignal
from passerby.signals.tally import MICROSECONDS, PERSON, observed_us
from passerby.signals.window import WindowLength, roll_up, spanned, window_at
from passerby.store.row import Row, signal_of
from passerby.store.schema import SERIES, SIGNAL

_HOUR_S = 3600
_QUARTER_S = 900
_MADE_OF = {WindowLength.TEN_SECONDS: (1, 10), WindowLength.FIVE_MINUTES: (60,), WindowLength.HALF_HOUR: (_QUARTER_S,)}
"""Stored windows from which shorter windows than an hour are computed that are not stored themselves."""
_SHARES = frozenset(each for each in Quantity if each.aggregate is Aggregate.SHARE)
_OF_SHARES = _SHARES | {Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT}
"""A share and the counts that it is computed from: adjacent in order of name."""


def read(connection: Connection, wanted: Selection) -> Iterator[PlaceSignal]:
    """Yield the signals of a selection, sorted by what they are about and then by time."""
    first_s, last_s = _edges(wanted)
    if first_s >= last_s:
        return
    sources = _sources(wanted, first_s, last_s)
    found = connection.execution_options(yield_per=10_000).execute(_rows(wanted, sources, first_s, last_s))
    rows = (Row(*each) for each in found)
    if sources == (wanted.length.seconds,):
        yield from map(signal_of, rows)
        return

    for _, together in groupby(rows, key=_made_together):
        best: dict[tuple[str, str, datetime], PlaceSignal] = {}
        for _, of_length in groupby(sorted(together, key=_length_s), key=_length_s):
            for signal in roll_up(map(signal_of, of_length), wanted.length, wanted.zone):
                known = best.setdefault((signal.quantity, signal.kind, signal.window_start), signal)
                if observed_us(signal) > observed_us(known):
                    best[signal.quantity, signal.kind, signal.window_start] = signal
        made = (best[about] for about in sorted(best))
        yield from (each for each in made if _is_wanted(each, wanted))


def _is_wanted(signal: PlaceSignal, wanted: Selection) -> bool:
    """Return whether a signal was requested: counts may have been read only to compute a share."""
    of_quantity = not wanted.quantities or signal.quantity in wanted.quantities
    return of_quantity and (not wanted.kinds or signal.kind in wanted.kinds)


def _length_s(row: Row) -> int:
    return row.length_s


def _made_together(row: Row) -> tuple[str, ...]:
    """Return the key of rows that are combined together: a share needs both counts of its line."""
    return (row.site, row.place) if row.quantity in _OF_SHARES else row[:4]


def charts(connection: Connection, wanted: Selection) -> list[Chart]:
    """Return the signals of a selection in columns, for drawing; faster than `read` if the windows are stored."""
    first_s, last_s = _edges(wanted)
    if _sources(wanted, first_s, last_s) != (wanted.length.seconds,):
        return [_chart(key, list(of_series)) for key, of_series in groupby(read(connection, wanted), key=_about)]
    keys = {row.series: row for row in connection.execute(_limit(select(SERIES), wanted))}
    kept = SIGNAL.c
    found = connection.execute(
        select(kept.series, kept.start_s, kept.value, kept.observed_us, kept.low, kept.high)
        .where(kept.length_s == wanted.length.seconds, kept.series.in_(keys))
        .where(kept.start_s >= first_s, kept.start_s < last_s)
        .order_by(kept.series, kept.start_s)
    )
    rows = found.cursor.fetchall()  # plain tuples: half the time for a day of 50 places
    numbers, starts_s, values, observed, lows, highs = zip(*rows, strict=True) if rows else ((),) * 6
    whole_us = wanted.length.seconds * MICROSECONDS
    coverages = [each / whole_us for each in observed]
    made, first = [], 0

    while first < len(rows):
        last = bisect_right(numbers, numbers[first], first)
        key = keys[numbers[first]]
        part = slice(first, last)
        about = SeriesKey(key.site, key.place, Quantity(key.quantity), key.kind)
        made.append(Chart(*about, starts_s[part], values[part], coverages[part], lows[part], highs[part]))
        first = last

    return sorted(made, key=lambda chart: (chart.site, chart.place, chart.quantity, chart.kind))


def known(connection: Connection) -> list[SeriesKey]:
    """Return what signals are about, sorted."""
    of = SERIES.c
    found = connection.execute(select(of.site, of.place, of.quantity, of.kind))
    return sorted(SeriesKey(site, place, Quantity(quantity), kind) for site, place, quantity, kind in found)


def extent_s(connection: Connection) -> tuple[int, int] | None:
    """Return the first and last second, UTC since 1970, of hours with a signal; None if there are none."""
    kept = SIGNAL.c
    hours = select(func.min(kept.start_s), func.max(kept.start_s)).where(kept.length_s == _HOUR_S)
    first, last = connection.execute(hours).one()
    return None if first is None else (first, last + _HOUR_S)


def _about(signal: PlaceSignal) -> SeriesKey:
    return SeriesKey(signal.site, signal.place, signal.quantity, signal.kind)


def _chart(key: SeriesKey, signals: list[PlaceSignal]) -> Chart:
    starts_s = [int(signal.window_start.timestamp()) for signal in signals]
    columns = ([getattr(each, name) for each in signals] for name in ("value", "coverage", "low", "high"))
    return Chart(*key, starts_s, *columns)


def _edges(wanted: Selection) -> tuple[int, int]:
    """Return the first second, and the one after the last, of the whole windows of a selection."""
    start_s = wanted.start.timestamp()
    end_s = wanted.end.timestamp()
    first = window_at(start_s, wanted.length, wanted.zone)
    last = window_at(end_s, wanted.length, wanted.zone)
    return (first[0] if first[0] == start_s else first[1]), (last[0] if last[0] == end_s else last[1])


def _sources(wanted: Selection, first_s: int, last_s: int) -> tuple[int, ...]:
    """Return the stored lengths of windows from which the requested ones are computed."""
    if wanted.length.seconds < _HOUR_S:
        return _MADE_OF.get(wanted.length, (wanted.length.seconds,))
    windows = spanned(first_s, last_s, wanted.length, wanted.zone)
    on_the_hour = all(edge % _HOUR_S == 0 for window in windows for edge in window)
    return (_HOUR_S,) if on_the_hour else (_QUARTER_S,)


def _rows(wanted: Selection, lengths_s: tuple[int, ...], first_s: int, last_s: int) -> Select[*tuple[Any, ...]]:
    kept, of = SIGNAL.c, SERIES.c
    about = (of.site, of.place, of.quantity, of.kind)
    columns = (*about, kept.length_s, kept.start_s, kept.value, kept.observed_us, kept.estimator, kept.low, kept.high)
    if wanted.quantities & _SHARES and lengths_s != (wanted.length.seconds,):
        kinds = wanted.kinds and wanted.kinds | {"", PERSON}
        wanted = replace(wanted, quantities=wanted.quantities | _OF_SHARES, kinds=kinds)
    chosen = _limit(select(*columns).join_from(SERIES, SIGNAL), wanted)
    inside = chosen.where(kept.length_s.in_(lengths_s), kept.start_s >= first_s, kept.start_s < last_s)
    return inside.order_by(*about, kept.length_s, kept.start_s)


def _limit(statement: Select[*tuple[Any, ...]], wanted: Selection) -> Select[*tuple[Any, ...]]:
    given: list[tuple[ColumnElement[str], frozenset[str]]] = [
        (SERIES.c.site, wanted.sites),
        (SERIES.c.place, wanted.places),
        (SERIES.c.quantity, frozenset(each.value for each in wanted.quantities)),
        (SERIES.c.kind, wanted.kinds),
    ]
    for column, names in given:
        if names:
            statement = statement.where(column.in_(sorted(names)))
    return statement
