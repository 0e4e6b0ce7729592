"""The reference page of the HTTP interface, from the application itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from passerby.health.status import CameraStatus
from passerby.outputs.stream.live_hub import LiveHub
from passerby.outputs.stream.wall import WallPicture
from passerby.serve.app import create_app
from passerby.serve.metrics.routes import CameraCollector
from passerby.settings.site.web import WebSettings

HEAD = """\
Everything except `/healthz`, `/readyz`, the OpenAPI document and the page itself requires sign-in: a browser signs in
with `POST /api/session` and gets a cookie; a script sends `Authorization: Bearer TOKEN` with each request. Errors are
`application/problem+json` (RFC 9457); `detail` says what happened and what to do. A running gateway serves the complete
description at `/api/openapi.json` (OpenAPI 3.1).
"""
STREAMS = """\
## Covered streams

`POST /api/cameras/{camera}/streams/{stream}` (`full`, or `wall`: small, at a low rate) and `POST /api/mosaic/stream`
return addresses that contain a ticket: each opens one stream, within 60 s, for the session that requested it. The
stream ends with its session.

- `packets`, a WebSocket: each message is one picture, H.264 with start codes (Annex B) after a header of 14 bytes,
  big-endian: 1 byte, 1 = keyframe; 1 byte, 0 = notice, 1 = covered, 2 = covered whole; 2 bytes width
  and 2 bytes height, px; 8 bytes UTC time of capture, microseconds since 1970. The first picture is a keyframe. A
  client that cannot keep up misses pictures until the next keyframe.
- `fragments`, a WebSocket: the same header, then fragmented MP4 for Media Source Extensions.
- `whep`: POST an SDP offer to receive H.264 (`application/sdp`); DELETE the address in `Location` to disconnect. Offer
  and answer contain all candidates. Media come from the address that received the offer, and from no other.
"""


def page(made: str) -> str:
    """Return the page."""
    document = create_app(_Nobody(), WebSettings(), token="").openapi()
    lines = ["# HTTP interface", "", made, HEAD, "| | purpose |", "|---|---|", *_rows(document), "", STREAMS]
    lines += ["## Prometheus metrics", "", "`/metrics`, for each camera:", "", "| metric | labels | meaning |"]
    lines += ["|---|---|---|", *_figures()]
    return "\n".join(lines) + "\n"


def _rows(document: dict[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            text = " ".join(about.get("description", about["summary"]).split())
            yield f"| `{method.upper()} {path}` | {text} |"


def _figures() -> Iterator[str]:
    for family in CameraCollector(_Nobody()).collect():
        name = family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = ", ".join(f"`{label}`" for label in getattr(family, "_labelnames", ()))
        yield f"| `{name}` ({family.type}) | {labels} | {family.documentation} |"


class _Nobody:
    """A gateway without cameras."""

    def __init__(self) -> None:
        self.hub = LiveHub(lambda *_: None)

    def statuses(self) -> list[CameraStatus]:
        return []

    def listen(self, _callback: Callable[[CameraStatus], None]) -> AbstractContextManager[None]:
        return nullcontext()

    def watch_walls(self, _callback: Callable[[str, WallPicture], None]) -> AbstractContextManager[None]:
        return nullcontext()
