"""Windows of time: their boundaries, how readings are aggregated in them, and how short ones form longer ones.

Rules
- A window is half open: it includes its start and excludes its end. Windows of up to an hour are counted from
  local midnight; a day lasts from its first moment to that of the next day, 23 to 25 h when clocks change.
- Coverage is the observed share of the window. If nothing was observed, there is no signal, and no zero.
- A reading that spans a boundary is observed in both windows in proportion to its time; a count belongs to the window
  in which its period ends.
- The counter-flow share of a window is computed from the crossings of persons in it, because only counts add up.
- A window waits `late_s` after its end for late readings. Readings of one clock arrive in order: a time further
  back than that means that the clock was set back. Then the open windows are reported as they are, and counting
  starts again. A window that occurs twice is reported twice; the store keeps the one that observed more of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from math import floor
from zoneinfo import ZoneInfo

from passerby.errors import MeasureError, UsageError
from passerby.measure.reading import Reading
from passerby.signals.signal import PlaceSignal, utc
from passerby.signals.tally import MICROSECONDS, Tally, TallyKey, counts_of, observed_us

LATE_S = 2.0
FARTHEST_S = 62e9
"""Allowed times, from the year 6 to the year 3934, s before and after 1970."""


class WindowLength(StrEnum):
    """Length of a signal's windows."""

    SECOND = "1s"
    TEN_SECONDS = "10s"
    MINUTE = "1min"
    FIVE_MINUTES = "5min"
    QUARTER_HOUR = "15min"
    HALF_HOUR = "30min"
    HOUR = "1h"
    DAY = "1d"

    @property
    def seconds(self) -> int:
        """Usual length, s; a day on which clocks change is longer or shorter."""
        return _SECONDS[self]


_SECONDS = dict(zip(WindowLength, (1, 10, 60, 300, 900, 1800, 3600, 86400), strict=True))


def time_zone(name: str) -> tzinfo:
    """Return the time zone with a name such as Europe/Vienna.

    Raises:
        UsageError: There is no time zone of this name.
    """
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"time zone '{name}': not found; use a name such as Europe/Vienna or UTC"
        raise UsageError(msg) from error


def window_at(time_s: float, length: WindowLength, zone: tzinfo = UTC) -> tuple[int, int]:
    """Return the start and the end (not included) of the window that contains a time, UTC since 1970.

    >>> window_at(119.5, WindowLength.MINUTE)
    (60, 120)
    """
    seconds = length.seconds
    if zone is UTC:
        start = floor(time_s / seconds) * seconds
        return start, start + seconds
    local = utc(floor(time_s)).astimezone(zone)
    day, next_day = _day(local.year, local.month, local.day, zone)
    if not day <= time_s < next_day:  # clocks were set back over midnight: this day lasts until the next begins
        local += timedelta(days=1 if time_s >= next_day else -1)
        day, next_day = _day(local.year, local.month, local.day, zone)
    if length is WindowLength.DAY:
        return day, next_day
    start = day + floor((time_s - day) / seconds) * seconds
    return start, min(start + seconds, next_day)


@lru_cache(maxsize=1024)
def _day(year: int, month: int, day: int, zone: tzinfo) -> tuple[int, int]:
    midnight = datetime(year, month, day, tzinfo=zone)
    following = (datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)).replace(tzinfo=zone)
    return round(midnight.timestamp()), round(following.timestamp())


class Windows:
    """Turns the readings of one clock into signals: of one camera, one file or one counter.

    Args:
        site: Name of the site.
        length: Length of the windows.
        zone: Time zone of the windows.
        origin_s: Added to the times of readings, s: when a recording began, UTC since 1970.
        late_s: How long a window waits after its end for late readings, s.
    """

    def __init__(
        self,
        site: str,
        length: WindowLength,
        *,
        zone: tzinfo = UTC,
        origin_s: float = 0.0,
        late_s: float = LATE_S,
    ) -> None:
        self._site = site
        self._length = length
        self._zone = zone
        self._origin_s = origin_s
        self._late_s = late_s
        self._open: defaultdict[tuple[int, int], defaultdict[TallyKey, Tally]] = defaultdict(lambda: defaultdict(Tally))
        self._newest_s = float("-inf")
        self._due_s = float("inf")

    def add(self, readings: Iterable[Reading]) -> list[PlaceSignal]:
        """Add readings, and return the signals of completed windows.

        Raises:
            MeasureError: A time is out of range.
        """
        told: list[PlaceSignal] = []
        for reading in readings:
            time_s = reading.time_s + self._origin_s
            if abs(time_s) > FARTHEST_S:
                msg = f"place '{reading.place}': time {time_s:g} s is out of range; check the source's clock"
                raise MeasureError(msg)
            if time_s < self._newest_s - self._late_s:
                told += self.close()
            self._newest_s = max(self._newest_s, time_s)
            self._add_reading(reading, time_s)
            if time_s >= self._due_s:
                told += self._emit(time_s - self._late_s)
        return told

    def close(self) -> list[PlaceSignal]:
        """Return the signals of the windows that are still open, and start again."""
        self._newest_s = float("-inf")
        return self._emit(float("inf"))

    def _add_reading(self, reading: Reading, time_s: float) -> None:
        key = (self._site, reading.place, reading.quantity, reading.kind)
        begin_s = time_s - reading.span_s
        start, end = window_at(begin_s, self._length, self._zone)
        while True:
            last = time_s <= end
            inside_s = min(time_s, end) - max(begin_s, start)
            share = inside_s / reading.span_s if reading.span_s else 1.0
            observed = round(reading.observed_s * share * MICROSECONDS)
            tally = self._open[start, end][key]
            tally.add(reading.value, observed, min(time_s, end), reading.estimator, counts=last, bounds=reading.bounds)
            self._due_s = min(self._due_s, end + self._late_s)
            if last:
                return
            start, end = window_at(end, self._length, self._zone)

    def _emit(self, until_s: float) -> list[PlaceSignal]:
        over = sorted(window for window in self._open if window[1] <= until_s)
        signals = [
            signal
            for window in over
            for tallies in (self._open.pop(window),)
            for key, tally in tallies.items()
            if (signal := tally.signal(key, *window, counts_of(key, tallies))) is not None
        ]
        self._due_s = min((end for _, end in self._open), default=float("inf")) + self._late_s
        return signals


def roll_up(signals: Iterable[PlaceSignal], length: WindowLength, zone: tzinfo = UTC) -> list[PlaceSignal]:
    """Return signals of longer windows made from shorter ones, sorted by what they are about and by time.

    The result equals counting the readings in long windows directly, if the short windows lie within the long ones.

    Args:
        signals: Signals in windows that do not overlap, for each quantity of each place.
        length: Length of the longer windows.
        zone: Their time zone.
    """
    windows: defaultdict[tuple[int, int], defaultdict[TallyKey, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for signal in signals:
        start_s = signal.window_start.timestamp()
        key = (signal.site, signal.place, signal.quantity, signal.kind)
        tally = windows[window_at(start_s, length, zone)][key]
        tally.add(signal.value, observed_us(signal), start_s, signal.estimator, bounds=(signal.low, signal.high))
    wanted = sorted((key, window) for window, tallies in windows.items() for key in tallies)
    made = (windows[window][key].signal(key, *window, counts_of(key, windows[window])) for key, window in wanted)
    return [signal for signal in made if signal is not None]


def spanned(start_s: float, end_s: float, length: WindowLength, zone: tzinfo = UTC) -> list[tuple[int, int]]:
    """Return all windows that overlap a period.

    >>> spanned(50, 61, WindowLength.MINUTE)
    [(0, 60), (60, 120)]
    """
    windows = [window_at(start_s, length, zone)] if start_s < end_s else []
    while windows and windows[-1][1] < end_s:
        windows.append(window_at(windows[-1][1], length, zone))
    return windows
