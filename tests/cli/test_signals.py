from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.store.made import signal

from passerby.measure.reading import Quantity
from passerby.outputs.files.signal_file import write_signals
from passerby.store import open_store

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "signals.db"
    with open_store(str(path), create=True) as opened:
        opened.write([signal(second % 5, second, quantity=Quantity.CROSSINGS_IN) for second in range(7200)])
        opened.write([signal(3, second, place="door") for second in range(0, 7200, 2)])
    return path


def test_query_shows_a_table_by_default(passerby, store):
    done = passerby("signals", "query", store, "--zone", "Europe/Vienna")
    assert done.returncode == 0, done.stderr
    assert "2026-11-22 13:00+01:00" in done.stdout
    assert "1440" not in done.stdout
    assert "7200" in done.stdout
    assert "50%" in done.stdout


def test_query_writes_what_programs_read(passerby, store):
    given = ("--place", "door", "--window", "15min", "--from", "2026-11-22T13:00", "--to", "2026-11-22T14:00")
    lines = passerby("signals", "query", store, *given, "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["coverage"] for line in lines] == [0.5] * 4
    table = passerby("signals", "query", store, *given, "--format", "csv").stdout.splitlines()
    assert len(table) == 5
    assert table[1].startswith("arena,door,occupancy,,3.0,persons,2026-11-22T13:00:00Z,2026-11-22T13:15:00Z,0.5,tracks")


def test_all_that_is_kept_begins_with_the_window_around_the_first_signal(passerby, store):
    done = passerby("signals", "query", store, "--window", "1d", "--place", "gate", "--format", "jsonl")
    assert json.loads(done.stdout)["coverage"] == pytest.approx(2 / 24)


def test_times_without_a_zone_are_those_of_the_given_one(passerby, store):
    given = ("--from", "2026-11-22T13:00", "--to", "2026-11-22T14:00", "--zone", "Europe/Vienna", "--format", "csv")
    done = passerby("signals", "query", store, *given, "--quantity", "crossings_in")
    assert "2026-11-22T12:00:00Z" in done.stdout


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet"])
def test_export_writes_a_file(passerby, store, tmp_path, name):
    done = passerby("signals", "export", store, "--out", tmp_path / name)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / name}: 240 signals\n"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_lines_of_the_guide_open_an_export_in_duckdb_and_pandas(passerby, store, tmp_path, monkeypatch):
    duckdb, _ = pytest.importorskip("duckdb"), pytest.importorskip("pandas")
    several = [signal(3, start, site=site, place="door") for site in ("hall", "yard") for start in range(5)]
    write_signals(tmp_path / "of_two_recordings.parquet", several)
    again = passerby(
        "signals", "export", tmp_path / "of_two_recordings.parquet", "--out", tmp_path / "november.parquet"
    )
    assert again.returncode == 0, again.stderr
    monkeypatch.chdir(tmp_path)
    guide = (ROOT / "docs/how-to/signals.md").read_text(encoding="utf-8")
    (question,) = re.findall(r'^duckdb -c "(.*)"$', guide, re.MULTILINE)
    assert set(duckdb.sql(question).fetchall()) == {("hall", "door", 3), ("yard", "door", 3)}
    (lines,) = re.findall(r"^```python\n(import pandas.*?)^```", guide, re.MULTILINE | re.DOTALL)
    *before, last = lines.strip().splitlines()
    names = {}
    exec("\n".join(before), names)  # noqa: S102 - our own page
    table = eval(last, names)  # noqa: S307 - as above
    assert set(table["hall", "door"]) == set(table["yard", "door"]) == {3}


def test_the_store_may_be_named_by_the_environment(passerby, store, tmp_path):
    done = passerby("signals", "export", "--out", tmp_path / "a.csv", PASSERBY_STORE=str(store))
    assert done.returncode == 0, done.stderr


def test_an_empty_range_makes_no_file_and_says_what_there_is(passerby, store, tmp_path):
    given = ("--from", "2020-01-01", "--to", "2020-01-02")
    done = passerby("signals", "export", store, "--out", tmp_path / "a.csv", *given)
    assert done.returncode == 1
    assert "no matching signals from 2020-01-01" in done.stderr
    assert "it contains 2026-11-22T12:00Z to 2026-11-22T14:00Z" in done.stderr
    assert not list(tmp_path.iterdir())
    assert passerby("signals", "query", store, *given).returncode == 1


def test_a_place_that_is_not_there_is_named_with_those_that_are(passerby, store):
    done = passerby("signals", "query", store, "--place", "gat")
    assert done.returncode == 2
    assert "--place gat:" in done.stderr
    assert "has no such place; choose from door, gate" in done.stderr
    site = passerby("signals", "query", store, "--site", "aren")
    assert site.returncode == 2
    assert "has no such site; choose from arena" in site.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--window", "7min"], "--window 7min: choose one of 1s, 10s"),
        (["--quantity", "faces"], "--quantity faces: choose one of occupancy"),
        (["--zone", "Mars"], "time zone 'Mars'"),
        (["--from", "yesterday"], "--from yesterday: not a time"),
        (["--from", "2026-11-22", "--to", "2026-11-21"], "must be later than the start"),
        (["--format", "xml"], "--format xml: choose one of table"),
    ],
)
def test_wrong_use_is_one_line_that_says_the_mend(passerby, store, given, said):
    done = passerby("signals", "query", store, *given)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_store_is_said_and_not_made(passerby, tmp_path):
    done = passerby("signals", "query", tmp_path / "absent.db")
    assert done.returncode == 2
    assert "there is no store here" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_password_in_an_address_is_never_shown(passerby, tmp_path):
    secret = "postgresql://ann:pw-123@127.0.0.1:1/db"  # noqa: S105 - of nobody
    done = passerby("signals", "export", secret, "--out", tmp_path / "a.csv")
    assert done.returncode == 1
    assert "the database does not answer" in done.stderr
    assert "pw-123" not in done.stderr + done.stdout


def test_what_measure_wrote_is_queried_like_a_store(passerby, tmp_path):
    path = tmp_path / "hall.csv"
    given = [signal(4, start, length_s=10, low=4.0, estimator="lower bound") for start in range(0, 300, 10)]
    write_signals(path, given)
    done = passerby("signals", "query", path, "--window", "5min", "--place", "gate")
    assert done.returncode == 0, done.stderr
    assert "≥ 4 persons" in done.stdout
    nothing = passerby("signals", "query", path, "--place", "yard")
    assert nothing.returncode == 2
    assert "--place yard" in nothing.stderr
    assert "gate" in nothing.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"PK", "a .xlsx file cannot be read; name a store such as signals.db, or a .csv"),
        ("a.csv", None, "a.csv: cannot be read (No such file or directory)"),
        ("a.db", b"no database at all, but long enough to look like one" * 20, "this is not a database"),
    ],
)
def test_what_is_no_store_is_refused_in_words_with_what_can_be_read(passerby, tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = passerby("signals", "query", tmp_path / name)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Errno" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
