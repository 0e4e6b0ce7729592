"""Open alerts, and whether alerting works, for Prometheus; drills are left out, because nothing has happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from passerby.alerts.alert import AlertState
from passerby.serve.alert_view import AlertView
from passerby.settings.site.alert_rule import Severity


class AlertCollector:
    """Reports to Prometheus how many alerts are open; those announced as one count as one.

    Args:
        alerts: Those in view.
    """

    def __init__(self, alerts: AlertView) -> None:
        self._alerts = alerts

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers of open and of unacknowledged alerts by severity, and whether alerting works."""
        groups = [each for each in self._alerts.groups() if each.first.open and not each.first.about.drill]
        raised = [each for each in groups if each.state is AlertState.RAISED]
        for name, text, found in (
            ("passerby_alerts_open", "Alerts that are not resolved.", groups),
            ("passerby_alerts_unacknowledged", "Alerts that nobody has acknowledged.", raised),
        ):
            family = GaugeMetricFamily(name, text, labels=["severity"])
            counts = Counter(each.severity for each in found)
            for severity in Severity:
                family.add_metric([severity], counts[severity])
            yield family
        failing = float(bool(self._alerts.problem))
        yield GaugeMetricFamily("passerby_alerting_failing", "1 = alerts may be missing or not stored.", value=failing)
        text = "Steps of alerting that failed since the start."
        yield CounterMetricFamily("passerby_alerting_failures", text, value=self._alerts.failures)
