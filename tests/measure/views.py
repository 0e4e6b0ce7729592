"""Moments made by hand: what measures see."""

from __future__ import annotations

import numpy as np

from passerby.measure.measure import Span
from passerby.measure.view import Steps, View
from passerby.vision.detections import Kind

SECOND = Span(1.0, 1.0, 1.0)


def steps(*ends, kind=Kind.PERSON, times_s=(0.0, 1.0)):
    """Return steps from a start to an end each, as ((x0, y0), (x1, y1))."""
    made = np.array(ends, float).reshape(-1, 2, 2)
    return Steps(made, np.tile(times_s, (len(made), 1)), np.full(len(made), kind, np.int8))


def view(points=(), *, moves=(), velocities=None, kind=Kind.PERSON, time_s=0.5, span_s=0.5):
    """Return a moment on calibrated ground, the same in metres and pixels."""
    places = np.array(points, float).reshape(-1, 2)
    speeds = np.zeros_like(places) if velocities is None else np.array(velocities, float).reshape(-1, 2)
    kinds = np.full(len(places), kind, np.int8)
    made = steps(*moves, kind=kind)
    return View(time_s, span_s, places, places, speeds, kinds, made, made)


def values(readings, kind=None):
    """Return value by quantity."""
    return {each.quantity: each.value for each in readings if kind is None or each.kind == kind}
