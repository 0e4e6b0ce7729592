"""Open alerts, for Prometheus; drills are left out, because nothing has happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from passerby.alerts.alert import AlertState
from passerby.alerts.rule import Severity
from passerby.serve.alert_view import AlertView


class AlertCollector:
    """Reports to Prometheus how many alerts are open; those announced as one count as one.

    Args:
        alerts: Those in view.
    """

    def __init__(self, alerts: AlertView) -> None:
        self._alerts = alerts

    def collect(self) -> Iterator[Metric]:
        """Yield the number of open alerts by severity, and that of those which nobody has acknowledged."""
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
