"""What the API needs of the part of the gateway that has the signals; routes see it through a `SignalView` only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from passerby.measure.foot_map import FootMap
from passerby.signals.figures import PlaceFigures
from passerby.signals.hub import SignalHub
from passerby.signals.selection import Chart, Selection, SeriesKey

if TYPE_CHECKING:
    from passerby.store.recorder import RecorderState  # its packages are an extra


class SignalSource(Protocol):
    """Signals of a site, fresh and stored; used from several threads."""

    @property
    def site(self) -> str:
        """Name of the site."""
        ...

    @property
    def hub(self) -> SignalHub:
        """Publishes fresh signals."""
        ...

    @property
    def figures(self) -> PlaceFigures:
        """What was measured last, and how much was counted since the start."""
        ...

    @property
    def state(self) -> RecorderState:
        """How storing goes."""
        ...

    def owners(self, site: str, place: str) -> frozenset[str]:
        """Return the cameras from which the signals of a place are made.

        Empty where they come from no camera of this site, or not from cameras alone: an external counter, another
        site that shares the store, a place that no longer exists.
        """
        ...

    def count(self, place: str, message: bytes | str) -> None:
        """Process the message of an external counter."""
        ...

    def known(self) -> list[SeriesKey]:
        """Return what the stored signals are about."""
        ...

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return stored signals in columns."""
        ...

    def foot_maps(self, site: str, place: str, *, start_s: float, end_s: float) -> list[FootMap]:
        """Return a zone's maps of foot points of the hours that begin within a span of time, oldest first."""
        ...
