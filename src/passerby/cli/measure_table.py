"""The tables of `passerby measure`: lines, zones, and quantities without a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from passerby.cli.number import number
from passerby.measure.reading import Quantity

if TYPE_CHECKING:
    from passerby.reports.measurement import PlaceSummary

KINDS = ("person", "bicycle", "motorcycle", "car", "bus", "truck")
LINE_COLUMNS = ("line", "class", "in", "out", "flow, 1/s", "coverage")
ZONE_COLUMNS = ("zone", "persons", "peak", "1/m2", "peak", "level", "m/s", "dwell, s", "coverage")
OTHER_COLUMNS = ("place", "also", "class", "value", "unit")
NOTHING = {"", "-"}
PIPE_COLUMNS = 160
"""Line length where there is no terminal to ask."""
SHOWN = {
    *(Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT, Quantity.FLOW, Quantity.OCCUPANCY, Quantity.PEAK_OCCUPANCY),
    *(Quantity.DENSITY, Quantity.PEAK_DENSITY, Quantity.LEVEL_OF_SERVICE, Quantity.MEAN_SPEED, Quantity.MEAN_DWELL),
    *(Quantity.SPEED_P15, Quantity.SPEED_P50, Quantity.SPEED_P85, Quantity.SPECIFIC_FLOW),
}
"""Quantities that have a column, or that appear only in the signals."""

Group = tuple[str, Sequence["PlaceSummary"]]
"""A heading and its places; "" means no heading."""


def show_tables(groups: Sequence[Group]) -> None:
    """Print one table of lines, one of zones and one of the rest on stdout."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - not needed for the help
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PIPE_COLUMNS
    for columns, rows_of in ((LINE_COLUMNS, _line_rows), (ZONE_COLUMNS, _zone_rows), (OTHER_COLUMNS, _other_rows)):
        rows_by_heading = [(heading, [row for place in places for row in rows_of(place)]) for heading, places in groups]
        shown = [column for column in range(len(columns)) if _has_value(rows_by_heading, column)]
        table = Table(box=SIMPLE_HEAD)
        for column in shown:
            first = column == 0
            table.add_column(columns[column], justify="left" if first else "right", no_wrap=not first, overflow="fold")
        for heading, rows in rows_by_heading:
            if heading and rows:
                table.add_row(heading)
            for name, *cells in rows:
                table.add_row(f"  {name}" if heading else name, *(cells[column - 1] for column in shown[1:]))
        if table.row_count:
            console.print(table)


def _has_value(rows_by_heading: Sequence[tuple[str, list[list[str]]]], column: int) -> bool:
    """Return whether any row has a value in a column."""
    return any(row[column] not in NOTHING for _, rows in rows_by_heading for row in rows)


def _line_rows(place: PlaceSummary) -> list[list[str]]:
    return [_line_row(place, kind) for kind in KINDS if place.value(Quantity.CROSSINGS_IN, kind) is not None]


def _line_row(place: PlaceSummary, kind: str) -> list[str]:
    flow = _shown(place, Quantity.FLOW, ".3f") if kind == "person" else ""
    counts = [_shown(place, each, ".0f", kind) for each in (Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT)]
    return [place.place, kind, *counts, flow, f"{place.coverage:.0%}"]


def _zone_rows(place: PlaceSummary) -> list[list[str]]:
    from passerby.measure.service_level import letter  # noqa: PLC0415 - as above

    if place.value(Quantity.OCCUPANCY) is None:
        return []
    level = place.value(Quantity.LEVEL_OF_SERVICE)
    row = [
        place.place,
        _shown(place, Quantity.OCCUPANCY, ".2f"),
        _shown(place, Quantity.PEAK_OCCUPANCY, ".0f"),
        _shown(place, Quantity.DENSITY, ".3f"),
        _shown(place, Quantity.PEAK_DENSITY, ".3f"),
        letter(level) if level is not None else "-",
        _shown(place, Quantity.MEAN_SPEED, ".2f"),
        _shown(place, Quantity.MEAN_DWELL, ".0f"),
        f"{place.coverage:.0%}",
    ]
    return [row]


def _other_rows(place: PlaceSummary) -> list[list[str]]:
    return [
        [place.place, quantity.replace("_", " "), kind, _shown(place, quantity, ".3f", kind), quantity.unit]
        for quantity, kind in place.values
        if quantity not in SHOWN
    ]


def _shown(place: PlaceSummary, quantity: Quantity, form: str, kind: str = "") -> str:
    return number(place.value(quantity, kind), form, place.bounds.get((quantity, kind), (None, None)))
