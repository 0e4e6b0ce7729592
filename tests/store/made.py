"""Signals made for tests."""

from __future__ import annotations

from datetime import timedelta

from passerby.measure.foot_map import FootMap
from passerby.measure.place import Space
from passerby.measure.reading import Quantity
from passerby.signals.signal import PlaceSignal, utc

NOON_S = 1_795_348_800
"""2026-11-22T12:00:00Z."""


def signal(value, start_s=0, *, length_s=1, coverage=1.0, quantity=Quantity.OCCUPANCY, **changes):
    start = utc(NOON_S + start_s)
    usual = {"site": "arena", "place": "gate", "estimator": "tracks", "kind": ""}
    return PlaceSignal(
        quantity=quantity,
        value=value,
        window_start=start,
        window_end=start + timedelta(seconds=length_s),
        coverage=coverage,
        **(usual | changes),
    )


def foot_map(**changes):
    usual = {"place": "hall", "start_s": NOON_S, "observed_s": 3600.0, "space": Space.GROUND, "side": 1.0}
    usual |= {"left": 0, "top": 0, "columns": 2, "counts": (5, 0)}
    return FootMap(**(usual | changes))
