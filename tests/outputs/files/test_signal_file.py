from __future__ import annotations

import csv
import json
import os
import subprocess
from itertools import repeat

import jsonschema
import pytest
from tests.store.made import NOON_S, signal

from passerby.errors import OutputError, UsageError
from passerby.measure.reading import Quantity
from passerby.outputs.files import signal_file
from passerby.outputs.files.signal_file import COLUMNS, check_signal_file, write_signals
from passerby.signals.signal import PlaceSignal, signal_schema_json

SIGNALS = [
    signal(0.1 + 0.2, 0, kind="person", coverage=0.5),
    signal(2, 1, quantity=Quantity.CROSSINGS_IN, place='Öst, "hall"', estimator="density map"),
]


def test_csv_holds_every_column_as_written(tmp_path):
    target = tmp_path / "signals.csv"
    assert write_signals(target, SIGNALS) == 2
    with target.open(newline="", encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert tuple(first) == COLUMNS
    assert float(first["value"]) == 0.1 + 0.2
    assert (first["window_start"], first["unit"]) == ("2026-11-22T12:00:00Z", "persons")
    assert (second["place"], second["window_end"]) == ('Öst, "hall"', "2026-11-22T12:00:02Z")


def test_json_lines_are_what_the_published_schema_says(tmp_path):
    target = tmp_path / "signals.jsonl"
    write_signals(target, SIGNALS)
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert len(lines) == 2
    for line in lines:
        jsonschema.validate(line, json.loads(signal_schema_json()))
        assert set(line) == set(COLUMNS) == set(PlaceSignal.model_fields) | {"unit"}


def test_duckdb_and_pandas_read_parquet_in_one_line(tmp_path, monkeypatch):
    duckdb, pandas = pytest.importorskip("duckdb"), pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal_file, "AT_ONCE", 7)
    many = [signal(value, value, place=f"place {value % 3}") for value in range(60)]
    assert write_signals(tmp_path / "signals.parquet", many) == 60
    told = duckdb.sql("SELECT place, max(value) FROM 'signals.parquet' GROUP BY place ORDER BY place").fetchall()
    assert told == [("place 0", 57), ("place 1", 58), ("place 2", 59)]
    table = pandas.read_parquet("signals.parquet")
    assert list(table.columns) == list(COLUMNS)
    assert table["window_start"][59].timestamp() == NOON_S + 59
    assert str(table["window_start"].dt.tz) == "UTC"


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_of_nothing_no_file_is_made(tmp_path, name):
    assert write_signals(tmp_path / name, []) == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_what_fails_on_the_way_leaves_nothing_behind(tmp_path, name):
    def breaks():
        yield from repeat(SIGNALS[0], 30_000)
        raise OutputError("enough")

    with pytest.raises(OutputError, match="enough"):
        write_signals(tmp_path / name, breaks())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path, name):
    disk = tmp_path / "small"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        with pytest.raises(OutputError, match="the disk is full"):
            write_signals(disk / name, [signal(value * 0.123456789, value) for value in range(30_000)])
        assert not list(disk.iterdir())
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_that_exists_is_replaced_only_when_allowed(tmp_path):
    target = tmp_path / "signals.csv"
    target.write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        write_signals(target, SIGNALS)
    assert target.read_text() == "mine"
    write_signals(target, SIGNALS, replace=True)
    assert target.read_text().startswith("site,")


def test_an_unknown_ending_or_folder_is_refused_before_any_work(tmp_path):
    with pytest.raises(UsageError, match=r"\.csv, \.jsonl, \.parquet or \.xlsx"):
        check_signal_file(tmp_path / "signals.xls", replace=False)
    with pytest.raises(OutputError, match="create it first"):
        check_signal_file(tmp_path / "absent" / "signals.csv", replace=False)
    check_signal_file(tmp_path / "signals.csv", replace=False)
    assert not list(tmp_path.iterdir())
