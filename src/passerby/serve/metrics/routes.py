"""How the cameras are doing, for Prometheus; and whether this process is healthy, for service managers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import accumulate
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    StateSetMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action, may_with_all
from passerby.health.status import LATENCY_BOUNDS_S, CameraState, CameraStatus, Redaction
from passerby.serve.auth.declaration import Public
from passerby.serve.auth.requirement import ALERTS, SIGNALS, CamerasVisit, ReadinessHere, Requires
from passerby.serve.camera_view import CameraView
from passerby.serve.metrics.alerts import AlertCollector
from passerby.serve.metrics.nodes import NodeMetrics
from passerby.serve.metrics.places import PlaceCollector, RecordingCollector
from passerby.serve.metrics.watchdog import WatchdogCollector
from passerby.version import __version__
from passerby.vision.models.catalogue import MODELS

router = APIRouter(tags=["operation"])

_PUBLIC = Depends(Public("service managers and load balancers ask without a token; names and counts no cameras"))
_USABLE = frozenset({CameraState.OK, CameraState.DEGRADED})


class ProcessHealth(BaseModel):
    """Whether this process is healthy."""

    status: str = Field(description="ok; otherwise the answer is a problem document.")


@router.get("/healthz", summary="Does the gateway work?", dependencies=[_PUBLIC])
async def healthz(readiness: ReadinessHere) -> ProcessHealth:
    """Answer 200 while the gateway can report how its cameras are doing."""
    readiness.starting()
    return ProcessHealth(status="ok")


@router.get("/readyz", summary="Has every camera been started?", dependencies=[_PUBLIC])
async def readyz(readiness: ReadinessHere) -> ProcessHealth:
    """Answer 503 while any camera is starting, then 200, whether the cameras show pictures or not."""
    if readiness.starting():
        raise HTTPException(503, "cameras are still starting; ask again in a few seconds")
    return ProcessHealth(status="ok")


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(request: Request, visit: Annotated[CamerasVisit, Depends(Requires(Action.READ_METRICS))]) -> Response:
    """Return the figures as text, in the format that the scraper asks for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(CameraCollector(visit.view))
    signals = SIGNALS.seen(request, visit.principal, Action.READ_METRICS)
    if signals is not None:
        registry.register(PlaceCollector(signals))
        if (state := signals.state()) is not None:
            registry.register(RecordingCollector(state))
    if (alerts := ALERTS.seen(request, visit.principal, Action.READ_METRICS)) is not None:
        registry.register(AlertCollector(alerts))
    if (watchdog := request.app.state.watchdog) is not None:
        registry.register(WatchdogCollector(visit.view, watchdog))
    nodes = request.app.state.nodes
    if nodes is not None and may_with_all(visit.principal, Action.READ_METRICS, ()):
        registry.register(NodeMetrics(nodes))
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(registry), media_type=content_type)


class CameraCollector:
    """Reports to Prometheus how cameras are doing.

    Args:
        cameras: Those in view.
    """

    def __init__(self, cameras: CameraView) -> None:
        self._cameras = cameras

    def collect(self) -> Iterator[Metric]:
        """Yield each family of figures, with its samples if there are any."""
        statuses = self._cameras.statuses()
        yield InfoMetricFamily(
            "passerby_build",
            "This version, and the networks with which it finds people.",
            value={"version": __version__, "model_sha": models_sha()},
        )
        yield from _counts(statuses)
        yield from _figures(statuses)


def _counts(statuses: list[CameraStatus]) -> Iterator[Metric]:
    frames = CounterMetricFamily("passerby_frames", "Covered pictures since the start.", labels=["camera"])
    withheld = CounterMetricFamily(
        "passerby_frames_withheld", "Pictures covered whole since the start.", labels=["camera", "reason"]
    )
    restarts = CounterMetricFamily(
        "passerby_camera_restarts", "Times that a camera's process was started again.", labels=["camera"]
    )
    for status in statuses:
        frames.add_metric([status.camera], status.frames_total)
        restarts.add_metric([status.camera], status.restarts)
        for reason, count in sorted(status.withheld.items()):
            withheld.add_metric([status.camera, reason], count)
    yield from (frames, withheld, restarts)


def _figures(statuses: list[CameraStatus]) -> Iterator[Metric]:
    latency = HistogramMetricFamily(
        "passerby_redaction_latency_seconds", "From capture to covered picture.", labels=["camera"]
    )
    up = GaugeMetricFamily("passerby_camera_up", "1 = a usable covered picture is delivered.", labels=["camera"])
    fps = GaugeMetricFamily("passerby_camera_frames_per_second", "Covered pictures in a second.", labels=["camera"])
    share = GaugeMetricFamily(
        "passerby_camera_serviceability_ratio",
        "Share of the span with a usable, correctly covered picture.",
        labels=["camera", "span"],
    )
    over = GaugeMetricFamily(
        "passerby_camera_serviceability_span_seconds",
        "Time that this share covers: less than the span while the camera is new.",
        labels=["camera", "span"],
    )
    redaction = StateSetMetricFamily("passerby_camera_redaction", "What viewers get.", labels=["camera"])

    for status in statuses:
        bounds = [*map(str, LATENCY_BOUNDS_S), "+Inf"]
        buckets = list(zip(bounds, accumulate(status.latency_counts), strict=True))
        latency.add_metric([status.camera], buckets, status.latency_sum_s)
        up.add_metric([status.camera], status.state in _USABLE)
        fps.add_metric([status.camera], status.fps)
        for span, part in sorted(status.serviceability.items()):
            share.add_metric([status.camera, span], part)
            over.add_metric([status.camera, span], status.serviceability_over_s.get(span, 0.0))
        redaction.add_metric([status.camera], {each.value: status.redaction is each for each in Redaction})

    yield from (latency, up, fps, share, over, redaction)


def models_sha() -> str:
    """Return 12 hexadecimal digits that change when any network of the catalogue does."""
    together = "\n".join(sorted(model.sha256 for model in MODELS.values()))
    return hashlib.sha256(together.encode()).hexdigest()[:12]
