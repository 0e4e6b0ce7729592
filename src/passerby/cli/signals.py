"""`passerby signals`: show or export the stored signals about places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from passerby.cli.moment import moment
from passerby.cli.number import number
from passerby.errors import StoreError, UsageError
from passerby.measure.reading import Quantity
from passerby.signals.selection import Selection
from passerby.signals.signal import PlaceSignal, utc
from passerby.signals.window import WindowLength, time_zone, window_at

if TYPE_CHECKING:
    from passerby.outputs.files.signal_source import SignalFile
    from passerby.store.store import Store

MINUTE_S = 60
WIDE = 200
"""Line length where there is no terminal to ask."""
Choice = TypeVar("Choice", bound=StrEnum)

app = typer.Typer(help="Show or export stored signals about places.")


class OutputFormat(StrEnum):
    """Format in which signals are shown."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"


AddressOption = Annotated[
    str,
    typer.Argument(
        metavar="STORE",
        envvar="PASSERBY_STORE",
        help="File such as signals.db, postgresql://user@host/database (password from PGPASSWORD or ~/.pgpass), or "
        "a .csv, .jsonl or .parquet file that passerby measure wrote.",
    ),
]
SiteOption = Annotated[list[str] | None, typer.Option(help="Site; may be repeated. Default: all.")]
PlaceOption = Annotated[list[str] | None, typer.Option(help="Place; may be repeated. Default: all.")]
WhatOption = Annotated[
    list[str] | None, typer.Option(help="Quantity, such as occupancy; may be repeated. Default: all.")
]
KindOption = Annotated[list[str] | None, typer.Option(help="Class, such as car; may be repeated. Default: all.")]
StartOption = Annotated[
    str, typer.Option("--from", help="Start, as 2026-11-22T08:00. Default: the first stored signal.")
]
EndOption = Annotated[
    str, typer.Option("--to", help="End (not included), in the same format. Default: the last signal.")
]
WindowOption = Annotated[str, typer.Option(help=f"Length of the windows: {', '.join(WindowLength)}.")]
ZoneOption = Annotated[
    str, typer.Option(help="Time zone of hours, days and times without an offset, such as Europe/Vienna.")
]


@app.command()
def query(
    store: AddressOption,
    site: SiteOption = None,
    place: PlaceOption = None,
    quantity: WhatOption = None,
    kind: KindOption = None,
    start: StartOption = "",
    end: EndOption = "",
    window: Annotated[
        str,
        typer.Option(help=f"Length of the windows: {', '.join(WindowLength)}. Default: 1h, or the length in the file."),
    ] = "",
    zone: ZoneOption = "UTC",
    form: Annotated[
        str, typer.Option("--format", help="Output format: table, csv or jsonl.")
    ] = OutputFormat.TABLE.value,
) -> None:
    """Show stored signals; exit status 1 if there are none."""
    from passerby.outputs.files.signal_file import as_csv  # noqa: PLC0415 - not needed for the help

    shown = _choice(OutputFormat, form, "--format")
    where = time_zone(zone)
    with _opened(store) as opened:
        window = window or str(getattr(opened, "window", WindowLength.HOUR))
        wanted = _wanted(opened, where, length=window, times=(start, end), names=(site, place, quantity, kind))
        signals = _some(opened, wanted)
        if shown is OutputFormat.TABLE:
            _table(signals, where)
        elif shown is OutputFormat.CSV:
            for number, signal in enumerate(signals):
                typer.echo(as_csv([signal], head=not number), nl=False)
        else:
            for signal in signals:
                typer.echo(signal.to_json())


@app.command()
def export(
    store: AddressOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write: .csv, .jsonl, .parquet or .xlsx.")],
    site: SiteOption = None,
    place: PlaceOption = None,
    quantity: WhatOption = None,
    kind: KindOption = None,
    start: StartOption = "",
    end: EndOption = "",
    window: WindowOption = WindowLength.MINUTE.value,
    zone: ZoneOption = "UTC",
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet", help="Write CSV for Excel: marked as UTF-8, with local times of --zone instead of UTC."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write signals to a file.

    If there are none, the exit status is 1 and no file is written.
    """
    from passerby.outputs.files.signal_file import (  # noqa: PLC0415 - as above
        TableStyle,
        check_signal_file,
        write_signals,
    )

    check_signal_file(out, replace=force)
    with _opened(store) as opened:
        where = time_zone(zone)
        wanted = _wanted(opened, where, length=window, times=(start, end), names=(site, place, quantity, kind))
        count = write_signals(
            out,
            _some(opened, wanted),
            replace=force,
            style=TableStyle(spreadsheet, where if spreadsheet or out.suffix.lower() == ".xlsx" else None),
        )
    typer.echo(f"{out}: {count} signals")


@contextmanager
def _opened(address: str) -> Iterator[Store | SignalFile]:
    """Open the store or signal file at an address."""
    from passerby.outputs.files.signal_source import SignalFile, is_signal_file  # noqa: PLC0415 - as above
    from passerby.store import open_store  # noqa: PLC0415 - as above

    if is_signal_file(address):
        yield SignalFile(Path(address))
        return
    with open_store(address) as store:
        yield store


def _wanted(
    store: Store | SignalFile,
    zone: tzinfo,
    *,
    length: str,
    times: tuple[str, str],
    names: tuple[list[str] | None, list[str] | None, list[str] | None, list[str] | None],
) -> Selection:
    window = _choice(WindowLength, length, "--window")
    site, place, quantity, kind = map(frozenset, (given or () for given in names))
    quantities = frozenset(_choice(Quantity, name, "--quantity") for name in quantity)
    named = zip(times, ("--from", "--to"), strict=True)
    start, end = (moment(text, flag, zone) if text else None for text, flag in named)
    if start is None or end is None:
        extent = store.extent()
        if extent is None:
            msg = f"{store.address}: contains no signals yet; run passerby up with this store first"
            raise StoreError(msg)
        first_s, _ = window_at(extent[0].timestamp(), window, zone)  # the window around the first signal
        start, end = start or utc(first_s), end or extent[1]
    return Selection(window, start, end, zone, site, place, quantities, kind)


def _some(store: Store | SignalFile, wanted: Selection) -> Iterable[PlaceSignal]:
    """Return the signals of a selection.

    Raises:
        UsageError: There are none, because a place or site has another name.
        StoreError: There are none; the message says what the store contains.
    """
    signals = store.read(wanted)
    first = next(signals, None)
    if first is not None:
        return chain([first], signals)
    known = {each.place for each in store.known()}
    extent = store.extent()
    held = f"it contains {extent[0]:%Y-%m-%dT%H:%MZ} to {extent[1]:%Y-%m-%dT%H:%MZ}" if extent else "it is empty"
    if unknown := sorted(wanted.places - known):
        msg = (
            f"--place {unknown[0]}: {store.address} has no such place; choose from {', '.join(sorted(known)) or 'none'}"
        )
        raise UsageError(msg)
    sites = {each.site for each in store.known()}
    if unknown := sorted(wanted.sites - sites):
        msg = f"--site {unknown[0]}: {store.address} has no such site; choose from {', '.join(sorted(sites)) or 'none'}"
        raise UsageError(msg)
    msg = f"{store.address}: no matching signals from {wanted.start.isoformat()} to {wanted.end.isoformat()}; {held}"
    raise StoreError(msg)


def _choice(kind: type[Choice], name: str, flag: str) -> Choice:
    try:
        return kind(name)
    except ValueError as error:
        msg = f"{flag} {name}: choose one of {', '.join(kind)}"
        raise UsageError(msg) from error


def _table(signals: Iterable[PlaceSignal], zone: tzinfo) -> None:
    from rich.console import Console  # noqa: PLC0415 - slow to load
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("window", "place", "quantity", "value", "coverage", "by"):
        table.add_column(name, justify="right" if name in {"value", "coverage"} else "left", no_wrap=True)
    for each in signals:
        start = each.window_start.astimezone(zone)
        shown = start.isoformat(sep=" ", timespec="minutes" if each.length_s >= MINUTE_S else "seconds")
        what = f"{each.quantity} of {each.kind}" if each.kind else each.quantity.value
        value = number(each.value, ".6g", (each.low, each.high)) + ("" if each.unit == "1" else f" {each.unit}")
        table.add_row(shown.replace("+00:00", "Z"), each.place, what, value, f"{each.coverage:.0%}", each.estimator)
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
