"""Payloads of cameras and places for a broker, as JSON that anyone may read."""

from __future__ import annotations

import json

from passerby.alerts.alert import Alert
from passerby.health.status import CameraStatus
from passerby.outputs.mqtt.home_assistant import COUNTS
from passerby.signals.signal import PlaceSignal


def health(status: CameraStatus) -> bytes:
    """Return a camera's health."""
    return json.dumps(
        {
            "state": status.state,
            "fps": round(status.fps, 1),
            "redaction": status.redaction,
            "lag_ms": round(status.lag_ms),
            "faults": sorted(status.faults),
            "serviceability": status.serviceability.get("24h"),
            "serviceability_over_s": round(status.serviceability_over_s.get("24h", 0)),
        }
    ).encode()


def alert_state(alert: Alert, count: int) -> bytes:
    """Return the state of a rule's alert, as JSON that anyone may read.

    Args:
        alert: The worst open alert of the rule, or the last one.
        count: Number of open alerts of the rule.
    """
    return json.dumps(
        {
            "id": alert.id,
            "state": alert.state,
            "severity": alert.severity,
            "kind": alert.about.kind,
            "where": [str(each) for each in alert.about.subjects],
            "active": bool(alert.active),
            "count": count,
            "drill": alert.about.drill,
        }
    ).encode()


def measured(signal: PlaceSignal, total: float) -> bytes:
    """Return a signal; `total` is the sum of all values since the start, for receivers that need a counter."""
    told = {
        "value": signal.value,
        "unit": signal.unit,
        "window_s": signal.length_s,
        "coverage": signal.coverage,
        "ts": signal.window_end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    told |= {end: value for end, value in (("low", signal.low), ("high", signal.high)) if value is not None}
    return json.dumps(told | {"total": total} if signal.quantity.aggregate in COUNTS else told).encode()
