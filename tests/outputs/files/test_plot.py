from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from passerby.errors import OutputError, UsageError
from passerby.measure.reading import Quantity
from passerby.outputs.files.plot import check_plot, write_plot
from passerby.signals.signal import PlaceSignal, utc


def signal(quantity, place, minute, value):
    return PlaceSignal(
        site="demo",
        place=place,
        quantity=quantity,
        kind="person" if quantity is Quantity.CROSSINGS_IN else "",
        value=value,
        window_start=utc(60 * minute),
        window_end=utc(60 * minute + 60),
        coverage=1.0,
        estimator="tracks",
    )


@pytest.mark.parametrize("name", ["plot.png", "plot.svg"])
def test_signals_become_a_picture(tmp_path, name):
    pytest.importorskip("matplotlib")
    target = tmp_path / name
    told = [signal(Quantity.OCCUPANCY, "hall", n, n % 5) for n in range(20)]
    told += [signal(Quantity.CROSSINGS_IN, "door", n, 1) for n in range(20)]
    write_plot(target, told)
    assert target.stat().st_size > 5000
    with pytest.raises(OutputError, match="exists"):
        check_plot(target)


def test_what_nothing_tells_of_has_no_panel(tmp_path):
    pytest.importorskip("matplotlib")
    counted, crossed = tmp_path / "counted.svg", tmp_path / "crossed.svg"
    occupied = [signal(Quantity.OCCUPANCY, "hall", n, 1) for n in range(5)]
    write_plot(counted, occupied)
    write_plot(crossed, [*occupied, signal(Quantity.CROSSINGS_IN, "door", 0, 1)])
    assert counted.read_text().count('id="axes_') == 1
    assert crossed.read_text().count('id="axes_') == 2


def texts(path):
    """Return the texts in an SVG, which matplotlib writes as comments beside their shapes."""
    return re.findall(r"<!-- (.*?) -->", path.read_text())


def at(quantity, minute, value, **more):
    start = datetime(2026, 10, 24, 23, minute, tzinfo=UTC)
    moved = {"window_start": start, "window_end": start + timedelta(minutes=1)}
    return signal(quantity, "door", minute, value).model_copy(update=moved | more)


def test_a_plot_has_its_date_the_clocks_of_the_zone_and_whole_numbers(tmp_path):
    pytest.importorskip("matplotlib")
    target = tmp_path / "plot.svg"
    write_plot(target, [at(Quantity.CROSSINGS_IN, n, n % 2) for n in range(4)], zone=ZoneInfo("Europe/Vienna"))
    shown = texts(target)
    assert "2026-10-25, time in Europe/Vienna" in shown
    assert "01:00" in shown
    assert {"0", "1", "2"} <= set(shown)
    assert not [each for each in shown if re.fullmatch(r"\d+\.\d+", each)]


def test_a_line_that_nobody_crossed_is_drawn_as_zero(tmp_path):
    pytest.importorskip("matplotlib")
    target = tmp_path / "plot.svg"
    write_plot(target, [at(Quantity.CROSSINGS_IN, n, 0) for n in range(4)])
    assert {"door, in, person", "0", "1"} <= set(texts(target))


def test_a_lower_bound_is_drawn_as_one(tmp_path):
    pytest.importorskip("matplotlib")
    target = tmp_path / "plot.svg"
    told = [at(Quantity.OCCUPANCY, n, 3, low=3.0, estimator="lower bound") for n in range(4)]
    write_plot(target, told)
    assert "door (at least)" in texts(target)


def test_a_recording_of_which_nobody_said_when_it_began_has_no_date(tmp_path):
    pytest.importorskip("matplotlib")
    target = tmp_path / "plot.svg"
    write_plot(target, [signal(Quantity.OCCUPANCY, "hall", n, 1) for n in range(4)])
    assert "time since the recording began, for no start was given" in texts(target)
    assert not [each for each in texts(target) if "1970" in each]


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match="use one of these extensions"):
        check_plot(tmp_path / "plot.gif")
