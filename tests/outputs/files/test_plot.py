from __future__ import annotations

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


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match="use one of these extensions"):
        check_plot(tmp_path / "plot.gif")
