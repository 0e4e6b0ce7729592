"""Publishes one state for each alert rule: that of its worst open alert."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from passerby.alerts.alert import Alert, AlertState
from passerby.alerts.register import AlertNews, AlertRegister


class AlertPublisher:
    """Publishes the states of all rules when it is entered, and each change until it is left.

    Args:
        register: The alerts.
        publish: Takes the worst open alert of a rule, or the last one, and the number of its open alerts.
    """

    def __init__(self, register: AlertRegister, publish: Callable[[Alert, int], None]) -> None:
        self._register = register
        self._publish = publish
        self._listening = ExitStack()

    def __enter__(self) -> Self:
        """Start: what a killed gateway could not publish is published now."""
        for rule in dict.fromkeys(each.about.rule for each in self._register.alerts()):
            self._publish_rule(rule)
        self._listening.enter_context(self._register.listen(self._changed))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self._listening.close()

    def _changed(self, news: AlertNews) -> None:
        if news.alert is not None:
            self._publish_rule(news.alert.about.rule)

    def _publish_rule(self, rule: str) -> None:
        alerts = [each for each in self._register.alerts() if each.about.rule == rule]
        opened = [each for each in alerts if each.open]
        if not alerts:
            return
        self._publish(max(opened, key=_urgency) if opened else alerts[-1], len(opened))


def _urgency(alert: Alert) -> tuple[bool, bool, int, float]:
    raised = alert.state is AlertState.RAISED
    return not alert.about.drill, raised, alert.severity.rank, alert.raised_s
