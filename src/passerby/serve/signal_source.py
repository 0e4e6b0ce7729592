"""What the API needs of whoever keeps the signals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Protocol, cast

from fastapi import Depends, HTTPException
from starlette.requests import HTTPConnection

from passerby.serve.auth.visitor import SessionHere
from passerby.signals.figures import PlaceFigures
from passerby.signals.hub import SignalHub
from passerby.signals.selection import Chart, Selection, SeriesKey

if TYPE_CHECKING:
    from passerby.store.recorder import RecorderState  # its packages are an extra


class SignalSource(Protocol):
    """Signals of a site, as they come and as they are kept; used from several threads."""

    @property
    def hub(self) -> SignalHub:
        """Where fresh signals come from."""
        ...

    @property
    def figures(self) -> PlaceFigures:
        """What was measured last, and how often since the start."""
        ...

    @property
    def state(self) -> RecorderState:
        """How recording goes."""
        ...

    def count(self, place: str, message: bytes | str) -> None:
        """Take the message of an external counter."""
        ...

    def known(self) -> list[SeriesKey]:
        """Return what the kept signals are about."""
        ...

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return kept signals in columns."""
        ...


async def _signals(connection: HTTPConnection, _session: SessionHere) -> SignalSource:
    if connection.app.state.signals is None:
        raise HTTPException(404, "this gateway keeps no signals; give the site a store")
    return cast("SignalSource", connection.app.state.signals)


SignalsHere = Annotated[SignalSource, Depends(_signals)]
