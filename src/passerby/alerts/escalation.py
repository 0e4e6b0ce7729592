"""Informs the next contact when nobody acknowledges an alert in time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from passerby.alerts.alert import Alert, AlertState
from passerby.alerts.event import AlertEvent, AlertEventKind
from passerby.alerts.rule import AlertRule
from passerby.settings.site.alert_rule import Severity


class Escalation:
    """How long each alert has waited for an acknowledgement, on a clock that never jumps.

    Args:
        alerts: Alerts of an earlier run, with the time for which they have waited, s.
    """

    def __init__(self, alerts: Mapping[str, float] | None = None) -> None:
        self._waited_s: dict[str, float] = dict(alerts or {})
        self._steady_s: float | None = None

    def due(
        self, alerts: Iterable[Alert], rules: Iterable[AlertRule], *, now_s: float, steady_s: float, number: int
    ) -> list[AlertEvent]:
        """Return the escalations that are due.

        An alert that was raised in quiet hours waits from their end on: nobody has been informed of it yet.

        Args:
            alerts: One alert of each group that waits for an acknowledgement.
            rules: All rules.
            now_s: The time, UTC since 1970, s.
            steady_s: Time that has passed since the start, on a clock that never jumps, s.
            number: Number of the first event.
        """
        # the clock begins anew with other rules
        passed_s = 0.0 if self._steady_s is None else max(0.0, steady_s - self._steady_s)
        self._steady_s = steady_s
        by_name = {(rule.name, rule.severity): rule for rule in rules}
        events: list[AlertEvent] = []
        waiting: dict[str, float] = {}
        for alert in alerts:
            rule = by_name.get((alert.about.rule, alert.severity))
            if rule is None or not _audible(alert, rule):
                continue
            waited_s = self._waited_s.get(alert.id, -passed_s) + passed_s
            waiting[alert.id] = waited_s
            if alert.level < len(rule.escalation) and waited_s >= rule.escalation[alert.level].after_s:
                step = rule.escalation[alert.level]
                event = AlertEvent(number + len(events), AlertEventKind.ESCALATED, alert.id, now_s)
                events.append(_informing(event, step.contact, alert.level + 1, waited_s))
        self._waited_s = waiting
        return events


def waited_before(alerts: Iterable[Alert], now_s: float) -> dict[str, float]:
    """Return for how long alerts of an earlier run have waited by the system's clock, s; never less than zero."""
    return {each.id: max(0.0, now_s - _since_s(each)) for each in alerts if each.state is AlertState.RAISED}


def _since_s(alert: Alert) -> float:
    """Return since when an alert waits for an acknowledgement: it may have been acknowledged before it recurred."""
    again = (each.time_s for each in alert.notes if each.what is AlertEventKind.RECURRED)
    return max(alert.raised_s, *again, alert.raised_s)


def _audible(alert: Alert, rule: AlertRule) -> bool:
    """Return whether somebody was informed, or nobody is to be informed but later contacts."""
    return alert.informed or not rule.contacts or alert.severity is Severity.CRITICAL


def _informing(event: AlertEvent, contact: str, level: int, waited_s: float) -> AlertEvent:
    note = f"not acknowledged for {waited_s / 60:.0f} min"
    return AlertEvent(event.number, event.kind, event.alert, event.time_s, note=note, inform=(contact,), level=level)
