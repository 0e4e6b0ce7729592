from __future__ import annotations

import codecs
import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.store.made import NOON_S, signal

from passerby.errors import UsageError
from passerby.measure.reading import Quantity
from passerby.outputs.files.signal_file import TableStyle, write_signals
from passerby.outputs.files.signal_source import SignalFile
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength

VIENNA = ZoneInfo("Europe/Vienna")
SIGNALS = [
    signal(3, 0, length_s=10, low=2.0, high=5.0, estimator="density map"),
    signal(4, 10, length_s=10, low=4.0, estimator="lower bound"),
    signal(0.1 + 0.2, 20, length_s=10, place="Öst, gate"),
    signal(2, 30, length_s=10, quantity=Quantity.CROSSINGS_IN, kind="person"),
]


def wanted(length=WindowLength.TEN_SECONDS, **options):
    return Selection(length, utc(NOON_S), utc(NOON_S + 3600), **options)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_what_was_written_is_read_as_it_was(tmp_path, ending):
    path = tmp_path / f"signals.{ending}"
    write_signals(path, SIGNALS)
    key = lambda each: (each.place, each.quantity, each.window_start)  # noqa: E731 - of both sides
    assert sorted(SignalFile(path).read(wanted()), key=key) == sorted(SIGNALS, key=key)
    assert SignalFile(path).window is WindowLength.TEN_SECONDS


def test_a_file_answers_with_longer_windows_and_refuses_shorter_ones(tmp_path):
    path = tmp_path / "signals.csv"
    write_signals(path, SIGNALS)
    file = SignalFile(path)
    (told,) = file.read(
        wanted(WindowLength.FIVE_MINUTES, places=frozenset({"gate"}), quantities=frozenset({"occupancy"}))
    )
    assert (told.value, told.low, told.high, told.estimator) == (3.5, 3.0, None, "lower bound")
    with pytest.raises(UsageError, match="has windows of 10 s; shorter ones of 1s cannot be made"):
        list(file.read(wanted(WindowLength.SECOND)))
    assert file.extent() == (utc(NOON_S), utc(NOON_S + 40))


def test_a_file_of_the_first_version_has_its_lower_bounds(tmp_path):
    path = tmp_path / "old.csv"
    write_signals(path, [SIGNALS[1]])
    rows = list(csv.reader(io.StringIO(path.read_text())))
    cells = [[*row[:10], "1" if row is not rows[0] else "schema_version"] for row in rows]
    path.write_text("\n".join(map(",".join, cells)))
    (told,) = SignalFile(path).read(wanted())
    assert (told.value, told.low, told.high) == (4, 4, None)


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "site,place\nx,y\n"])
def test_what_is_no_file_of_signals_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "other.csv"
    path.write_text(text)
    if not text:
        assert SignalFile(path).extent() is None
        return
    with pytest.raises(UsageError, match=r"other\.csv:2"):
        SignalFile(path)


def test_csv_for_spreadsheets_has_its_mark_and_the_clocks_of_the_zone(tmp_path):
    path = tmp_path / "signals.csv"
    write_signals(path, SIGNALS, style=TableStyle(bom=True, zone=VIENNA))
    written = path.read_bytes()
    assert written.startswith(codecs.BOM_UTF8)
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8-sig"))))
    assert rows[0]["window_start, Europe/Vienna"] == "2026-11-22 13:00:00"
    with pytest.raises(UsageError, match="was written for spreadsheets"):
        SignalFile(path)


def test_xlsx_holds_numbers_and_times_and_no_formulas(tmp_path):
    openpyxl = pytest.importorskip("zipfile")
    path = tmp_path / "signals.xlsx"
    assert write_signals(path, SIGNALS, style=TableStyle(zone=VIENNA)) == 4
    with openpyxl.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert (
            "window_start, Europe/Vienna" in sheet + book.read("xl/sharedStrings.xml").decode()
            if ("xl/sharedStrings.xml" in book.namelist())
            else "window_start, Europe/Vienna" in sheet
        )
    days = (utc(NOON_S) + timedelta(hours=1)).replace(tzinfo=None) - utc(0).replace(
        tzinfo=None, year=1899, month=12, day=30
    )
    assert f"<v>{days / timedelta(days=1):.17g}"[:14] in sheet
    assert "<f>" not in sheet
