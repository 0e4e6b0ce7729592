"""Signals from door counters, ticket gates and loop detectors: numbers about a place, and nothing else."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from passerby.errors import UsageError
from passerby.measure.reading import Quantity, Reading
from passerby.signals.signal import PlaceSignal
from passerby.signals.window import WindowLength, Windows

LARGEST_BYTES = 65_536
LARGEST = 1_000_000
"""No counter counts more in a day; a telephone number or a device's address is larger."""
AHEAD_S = 300.0
"""How far a counter's clock may be ahead of this machine's, s."""

# Words in a field's name that refer to a person, or to something that a person carries.
IDENTITY = frozenset(
    (
        *("address", "age", "badge", "barcode", "beacon", "birthday", "bluetooth", "body", "bssid", "card", "cookie"),
        *("customer", "descriptor", "device", "email", "embedding", "employee", "epc", "face", "feature", "features"),
        *("fingerprint", "gait", "gender", "guest", "guid", "hash", "iccid", "id", "identifier", "identity", "ids"),
        *("image", "imei", "imsi", "ip", "ips", "license", "licence", "mac", "macs", "mail", "member", "mobile"),
        *("msisdn", "name", "names", "passenger", "passport", "person", "persons", "phone", "photo", "picture"),
        *("plate", "plates", "qr", "rfid", "serial", "session", "sex", "signature", "snapshot", "ssid", "tag"),
        *("template", "thumbnail", "ticket", "token", "track", "trajectory", "uid", "user", "uuid", "vin", "visitor"),
        "wifi",
    )
)


class CounterSource(StrEnum):
    """The device that counted."""

    DOOR_COUNTER = "door_counter"
    TICKET_GATE = "ticket_gate"
    LOOP_DETECTOR = "loop_detector"


class CountedKind(StrEnum):
    """Class that was counted."""

    ALL = ""
    PERSON = "person"
    BICYCLE = "bicycle"
    MOTORCYCLE = "motorcycle"
    CAR = "car"
    BUS = "bus"
    TRUCK = "truck"


class CounterMessage(BaseModel):
    """The counts of one counter at its place within one period."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: CounterSource = Field(description="Device that counted: door_counter, ticket_gate or loop_detector.")
    end: AwareDatetime = Field(description="End of the period, ISO 8601 with time zone.")
    span_s: float = Field(ge=1, le=86_400, description="Length of the period, s.")
    values: dict[Quantity, Annotated[FiniteFloat, Field(ge=0, le=LARGEST)]] = Field(
        min_length=1, description="Numbers by quantity, such as crossings_in, each in its unit."
    )
    kind: CountedKind = Field(default=CountedKind.ALL, description="Class that was counted; empty: all classes.")
    coverage: float = Field(default=1.0, gt=0, le=1, description="Share of the period in which the counter worked.")


REMEMBERED = 100_000
"""Number of remembered periods, to recognise repeats: more than a day for 50 counters with one message a minute."""
OUR_NAMES = {*CounterMessage.model_fields, *Quantity}


def counter_schema_json() -> str:
    """Return the JSON Schema of a counter's message, as published in docs/reference."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **CounterMessage.model_json_schema()}
    return json.dumps(schema, indent=1) + "\n"


def parse_counter(place: str, message: bytes | str) -> list[Reading]:
    """Return the readings in a counter's message, one for each value.

    Args:
        place: Place of the counter.
        message: JSON in the form of `CounterMessage`.

    Raises:
        UsageError: It is not such a message, or has a field that could distinguish people.
    """
    if len(message) > LARGEST_BYTES:
        msg = f"counter '{place}': the message has {len(message)} bytes; send at most {LARGEST_BYTES}"
        raise UsageError(msg)

    try:
        given = json.loads(message)
    except (ValueError, RecursionError) as error:
        msg = f"counter '{place}': the message is not JSON; send an object as described in the reference"
        raise UsageError(msg) from error

    for field in _fields(given):
        if words := _words(field) & IDENTITY:
            msg = f"counter '{place}': a field named '{min(words)}' could identify people; send numbers about places"
            raise UsageError(msg)

    try:
        counted = CounterMessage.model_validate_json(message)
    except ValidationError as error:
        msg = f"counter '{place}': {'; '.join(_fault(each['loc'], each['msg']) for each in error.errors())}"
        raise UsageError(msg) from None

    return list(_readings(place, counted))


def _fault(where: tuple[str | int, ...], what: str) -> str:
    """Describe a fault in our own words: a sender's field name may be a person's name, so it is not repeated."""
    ours = [str(part) for part in where if part in OUR_NAMES]
    if len(ours) == len(where):
        return f"{'.'.join(ours) or 'message'}: {what}"
    if ours:
        return f"{ours[0]}: contains a name that is not a quantity; the reference lists them"
    return f"message: has an unknown field; allowed are {', '.join(CounterMessage.model_fields)}"


def _readings(place: str, counted: CounterMessage) -> Iterator[Reading]:
    for quantity, value in counted.values.items():
        yield Reading(
            place=place,
            quantity=quantity,
            value=value,
            time_s=counted.end.astimezone(UTC).timestamp(),
            span_s=counted.span_s,
            observed_s=counted.span_s * counted.coverage,
            estimator=counted.source.value.replace("_", " "),
            kind=counted.kind.value,
        )


def _fields(given: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(given, dict):
        for name, value in given.items():
            yield name
            yield from _fields(value)
    elif isinstance(given, list):
        for value in given:
            yield from _fields(value)


def _words(field: str) -> set[str]:
    """Return the words in a name: the same for ticketNumber and ticket_number.

    >>> sorted(_words("ticketNumber2"))
    ['number', 'ticket']
    """
    parted = re.sub(r"([a-z])([A-Z])", r"\1 \2", field)
    return set(re.findall(r"[a-z]+", parted.lower()))


@dataclass(frozen=True, slots=True)
class CounterResult:
    """The result of a message of an external counter.

    Args:
        news: Readings of new periods.
        fresh: Signals made from them.
        repeats: Signals of periods that were reported before: for a store, where a repeat changes nothing.
    """

    news: list[Reading]
    fresh: list[PlaceSignal]
    repeats: list[PlaceSignal]


class ExternalCounters:
    """Turns the messages of a site's external counters into signals.

    A message about a period that was reported before is a repeat or a correction: nothing is counted twice, and the
    store keeps the signal of each window that observed more of it.

    Args:
        site: Name of the site.
        places: Names of the places that have a counter.
        clock: Returns the time, UTC since 1970, s.
    """

    def __init__(self, site: str, places: Iterable[str], *, clock: Callable[[], float]) -> None:
        self._site = site
        self._clock = clock
        self.expect(places)
        self._windows: dict[tuple[str, Quantity, str, WindowLength], Windows] = {}
        self._spans: dict[tuple[str, Quantity, str, float, float], None] = {}
        self._latest_s: defaultdict[tuple[str, Quantity, str], float] = defaultdict(lambda: float("-inf"))

    def expect(self, places: Iterable[str]) -> None:
        """Accept messages of only these places from now on."""
        self._places = frozenset(places)

    def receive(self, place: str, message: bytes | str) -> CounterResult:
        """Process a message, and return what is new in it, with the signals of completed windows.

        Args:
            place: Place of the counter.
            message: JSON in the form of `CounterMessage`.

        Raises:
            UsageError: There is no counter at this place, the message is wrong, or its clock is ahead of ours.
        """
        if place not in self._places:
            msg = f"counter '{place[:64]}': there is no counter at this place; name it in the site file"
            raise UsageError(msg)
        readings = parse_counter(place, message)
        if readings[0].time_s > self._clock() + AHEAD_S:
            msg = f"counter '{place}': its time is in the future; correct the counter's clock"
            raise UsageError(msg)
        news = [reading for reading in readings if self._is_new(reading)]
        repeats = [reading for reading in readings if reading not in news]
        return CounterResult(news, self._all(news), self._all(repeats))

    def _all(self, readings: list[Reading]) -> list[PlaceSignal]:
        return [signal for reading in readings for signal in self._signals(reading)]

    def _is_new(self, reading: Reading) -> bool:
        """Return whether this period of this counter is new; the most recent periods are remembered."""
        span = (reading.place, reading.quantity, reading.kind, reading.time_s, reading.span_s)
        if span in self._spans:
            return False
        self._spans[span] = None
        if len(self._spans) > REMEMBERED:
            del self._spans[next(iter(self._spans))]
        return True

    def _signals(self, reading: Reading) -> list[PlaceSignal]:
        length = next((each for each in _LENGTHS if each.seconds >= reading.span_s), WindowLength.HOUR)
        about = (reading.place, reading.quantity, reading.kind)
        if reading.time_s - reading.span_s < self._latest_s[about] - 1e-3:
            windows = Windows(self._site, length)
            return windows.add([reading]) + windows.close()
        self._latest_s[about] = reading.time_s
        windows = self._windows.setdefault((*about, length), Windows(self._site, length))
        signals = windows.add([reading])
        return signals + windows.close() if reading.time_s % length.seconds == 0 else signals


_LENGTHS = (WindowLength.SECOND, WindowLength.TEN_SECONDS, WindowLength.MINUTE, WindowLength.QUARTER_HOUR)
