"""What watchdogs reported, for Prometheus: a camera that none looks at has no bound, not a bound of 0."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from passerby.serve.camera_view import CameraView
from passerby.serve.watchdog_source import WatchdogSource


class WatchdogCollector:
    """Reports to Prometheus what random looks prove.

    Args:
        cameras: Those in view.
        source: What watchdogs reported.
    """

    def __init__(self, cameras: CameraView, source: WatchdogSource) -> None:
        self._cameras = cameras
        self._source = source

    def collect(self) -> Iterator[Metric]:
        """Yield whether each camera is observed, the bound, and the counts of the last 24 hours."""
        observed = GaugeMetricFamily(
            "passerby_watchdog_observed", "1 = a watchdog looks at the camera now.", labels=["camera"]
        )
        bound = GaugeMetricFamily(
            "passerby_watchdog_exposed_head_frames_per_hour_at_most",
            "Upper bound (95 %) of exposed heads times frames, an hour; absent = not observed.",
            labels=["camera"],
        )
        looks = GaugeMetricFamily(
            "passerby_watchdog_looks", "Random looks in the last 24 hours, by result.", labels=["camera", "result"]
        )
        findings = GaugeMetricFamily(
            "passerby_watchdog_findings", "Findings in the last 24 hours; each covered it whole.", labels=["camera"]
        )
        for status in self._cameras.statuses():
            found = self._source.standing(status.camera)
            name, tally = status.camera, found.tally
            observed.add_metric([name], found.observed)
            if found.observed and found.head_frames_per_h is not None:
                bound.add_metric([name], found.head_frames_per_h)
            results = {"clean": tally.looks - tally.exposed, "exposed": tally.exposed, "missed": tally.missed}
            for result, count in results.items():
                looks.add_metric([name, result], count)
            findings.add_metric([name], found.findings)
        yield from (observed, bound, looks, findings)
