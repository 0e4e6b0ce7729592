"""The signals as one user may see them: those of places whose cameras are all in the user's scope."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from passerby.accounts.permission import Action, Principal, may_with_all
from passerby.errors import ForbiddenError
from passerby.measure.foot_map import FootMap
from passerby.serve.signal_source import SignalSource
from passerby.signals.figures import FigureKey
from passerby.signals.hub import SignalFeed
from passerby.signals.selection import Chart, Selection, SeriesKey
from passerby.signals.signal import PlaceSignal

if TYPE_CHECKING:
    from passerby.store.recorder import RecorderState  # its packages are an extra


class SignalView:
    """Those signals with which a principal may do something.

    Stored signals count as those of the cameras that have their place now: who had it earlier is not recorded.

    Args:
        source: All signals.
        principal: Who looks.
        action: What they want to do.
    """

    def __init__(self, source: SignalSource, principal: Principal, action: Action) -> None:
        self._source = source
        self._principal = principal
        self._action = action

    def sees(self, site: str, place: str) -> bool:
        """Return whether the signals of a place are in view."""
        return may_with_all(self._principal, self._action, self._source.owners(site, place))

    @property
    def unlimited(self) -> bool:
        """Whether everything is in view, what belongs to no camera included."""
        return may_with_all(self._principal, self._action, ())

    def is_of(self, source: SignalSource | None) -> bool:
        """Return whether this is a view of a source: a reload may replace it."""
        return self._source is source

    def listen(self, notify: Callable[[], None]) -> AbstractContextManager[SignalFeed]:
        """Return a feed of fresh signals; signals out of view are not counted as missed either."""
        return self._source.hub.listen(notify, wanted=lambda each: self.sees(each.site, each.place))

    def latest(self) -> list[PlaceSignal]:
        """Return the latest signals that are still valid, sorted."""
        return [each for each in self._source.figures.latest() if self.sees(each.site, each.place)]

    def totals(self) -> dict[FigureKey, float]:
        """Return what was counted since the start."""
        totals = self._source.figures.totals()
        return {about: total for about, total in totals.items() if self.sees(self._source.site, about[0])}

    def state(self) -> RecorderState | None:
        """Return how storing goes; None for those who do not see everything, as it reveals all signals."""
        return self._source.state if self.unlimited else None

    def known(self) -> list[SeriesKey]:
        """Return what the stored signals are about.

        Raises:
            StoreError: The store cannot be read.
        """
        return [each for each in self._source.known() if self.sees(each.site, each.place)]

    def charts(self, wanted: Selection) -> list[Chart]:
        """Return stored signals in columns.

        Raises:
            StoreError: The store cannot be read.
        """
        if not self.unlimited:
            wanted = replace(wanted, sites=frozenset({self._source.site}))
        return [each for each in self._source.charts(wanted) if self.sees(each.site, each.place)]

    def foot_maps(self, place: str, *, start_s: float, end_s: float) -> list[FootMap]:
        """Return a zone's maps of foot points of the hours that begin within a span of time; none if it is not in view.

        Raises:
            StoreError: The store cannot be read.
        """
        site = self._source.site
        if not self.sees(site, place):
            return []
        return self._source.foot_maps(site, place, start_s=start_s, end_s=end_s)

    def count(self, place: str, message: bytes | str) -> None:
        """Process the message of an external counter, which belongs to no camera.

        Raises:
            ForbiddenError: The principal is limited to some cameras.
            UsageError: The message is wrong, or could tell people apart.
            StoreError: It was passed on, but not stored.
        """
        if not self.unlimited:
            msg = "external counters belong to no camera, and this account is limited to some cameras"
            raise ForbiddenError(msg)
        self._source.count(place, message)
