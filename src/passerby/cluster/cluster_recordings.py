"""The recordings of a site, on whichever node they lie; what is on a node that does not answer is shown as that."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from passerby.cluster.node_recordings import NodeRecordings
from passerby.cluster.recording_agent import NodeSpan
from passerby.errors import AbsentError, PasserbyError, RecordingAbsentError
from passerby.outputs.recording.archive import RecordedSpan, RecordingArchive, no_pictures, spans
from passerby.outputs.recording.export import Exported
from passerby.outputs.recording.playback import Still
from passerby.outputs.recording.segment import WHOLE, Segment
from passerby.outputs.recording.verify import Verification

FILE: Final = "node-recordings.json"
"""In the gateway's state folder: what each node had when it last answered."""

log = logging.getLogger(__name__)

_Place: TypeAlias = RecordingArchive | NodeRecordings
_Known: TypeAlias = dict[str, dict[str, list[NodeSpan]]]
"""Spans by address of the node and by camera."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A span, and where it is; None = on a node that does not answer."""

    span: RecordedSpan
    place: _Place | None


class ClusterRecordings:
    """The recordings of the gateway's machine and of all nodes; a `Recorded`.

    Args:
        here: Those of the gateway's machine.
        file: Where what is known of nodes is stored.
        places: Returns the nodes that may take part.
        clock: The system's clock, UTC since 1970, s.
    """

    def __init__(
        self,
        here: RecordingArchive,
        file: Path,
        *,
        places: Callable[[], list[NodeRecordings]],
        clock: Callable[[], float],
    ) -> None:
        self.here = here
        """Those of the gateway's machine; may be replaced."""
        self.keep_h = float("inf")
        """Hours after which nodes erase recordings: older ones are not shown as there."""
        self._file = file
        self._places = places
        self._clock = clock
        self._known = _read(file)
        self._lock = threading.Lock()

    @property
    def known(self) -> bool:
        """Whether a node has, or had, recordings."""
        with self._lock:
            return any(self._known.values())

    def refresh(self) -> None:
        """Ask the nodes that answer what they have; what the others had stays known."""
        for place in self._places():
            if not place.alive:
                continue
            try:
                found = place.summary()
            except PasserbyError as error:
                log.info("recordings_of_node_unknown", extra={"node": place.address, "reason": str(error)})
                continue
            with self._lock:
                if self._known.get(place.address) == found:
                    continue
                self._known[place.address] = found
                text = _text(self._known)
            _write(self._file, text)

    def cameras(self) -> list[str]:
        """Return the names of the cameras that have recordings."""
        with self._lock:
            known = [camera for cameras in self._known.values() for camera in cameras]
        return sorted({*self.here.cameras(), *known})

    def spans(self, camera: str) -> list[RecordedSpan]:
        """Return what was recorded of a camera, oldest first."""
        return [piece.span for piece in self._pieces(camera, None)]

    def of_period(self, camera: str, begin: datetime, end: datetime) -> list[Segment]:
        """Return the segments in which pictures of a period can be, oldest first; not to be opened."""
        return [each for piece in self._pieces(camera, (begin, end)) for each in piece.span.members]

    def play(self, camera: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bytes]]:
        """Yield a period as fragmented MP4, up to the next gap.

        Raises:
            AbsentError: Its beginning is on a node that does not answer.
            SourceError: There is no picture in that period, or it is damaged.
        """
        for piece in self._pieces(camera, (begin, end)):
            try:
                first = next(found := _answering(piece, camera).play(camera, begin, end))
            except RecordingAbsentError:
                continue  # its segments reach into the period, its pictures do not
            yield first
            yield from found
            return
        raise no_pictures(camera, begin, end)

    def still(self, camera: str, at: datetime, width_px: int) -> Still:
        """Return the covered picture that a camera showed at a moment; errors as in `play`."""
        away: AbsentError | None = None
        for piece in reversed(self._pieces(camera, (at - timedelta(minutes=1), at))):
            try:
                return _answering(piece, camera).still(camera, at, width_px)
            except RecordingAbsentError:
                continue
            except AbsentError as error:
                away = error
        raise away or no_pictures(camera, at, at)

    def previews(self, camera: str, begin: datetime, end: datetime, *, count: int, width_px: int) -> list[Still]:
        """Return small covered pictures of a period, evenly spread; those on nodes that do not answer are left out."""
        found: dict[datetime, Still] = {}
        for place in self._distinct(self._pieces(camera, (begin, end))):
            for each in place.previews(camera, begin, end, count=count, width_px=width_px):
                found.setdefault(each.at, each)
        return [found[at] for at in sorted(found)][:count]

    def export(
        self, camera: str, begin: datetime, end: datetime, target: Path, *, watch: Callable[[float], None]
    ) -> list[Exported]:
        """Write a period to MP4 files, for each node that has a part of it.

        Raises:
            AbsentError: A part is on a node that does not answer: nothing is exported.
            SourceError: There is no picture in that period, or it is damaged.
            OutputError: A file cannot be written.
        """
        pieces = self._pieces(camera, (begin, end))
        for piece in pieces:
            _answering(piece, camera)
        places = self._distinct(pieces)
        made: list[Exported] = []
        for index, place in enumerate(places):
            path = target.with_stem(f"{target.stem}-{len(made) + 1}") if made else target
            of_all = lambda share, index=index: watch((index + share) / len(places))  # noqa: E731
            try:
                made += place.export(camera, begin, end, path, watch=of_all)
            except RecordingAbsentError:
                continue
        if not made:
            raise no_pictures(camera, begin, end)
        return made

    def verify(self, camera: str) -> Iterator[Verification]:
        """Yield a verdict on each segment of a camera; what is on a node that does not answer is a problem."""
        if camera in self.here.cameras():
            yield from self.here.verify(camera)
        pieces = self._pieces(camera, None)
        for place in self._distinct(pieces):
            if isinstance(place, NodeRecordings):
                yield from place.verify(camera)
        for piece in pieces:
            if piece.span.away:
                problem = f"on node {piece.span.node}, which does not answer: not verified"
                yield Verification(camera, piece.span.begin, problem)

    def _pieces(self, camera: str, period: tuple[datetime, datetime] | None) -> list[_Piece]:
        """Return the spans of a camera with their places, oldest first."""
        own = self.here.spans(camera) if period is None else list(spans(self.here.of_period(camera, *period)))
        found = [_Piece(span, self.here) for span in own]
        here = {place.address: place for place in self._places()}
        with self._lock:
            known = {node: cameras.get(camera, []) for node, cameras in self._known.items()}
        for node in sorted({*known, *here}):
            there = self._asked(here.get(node), camera, period)
            if there is None:
                found += [_Piece(span, None) for span in self._away(camera, node, known.get(node, []), period)]
            else:
                found += [_Piece(RecordedSpan(each.members, node), here[node]) for each in there]
        return sorted(found, key=lambda piece: (piece.span.begin, piece.span.away))

    @staticmethod
    def _asked(
        place: NodeRecordings | None, camera: str, period: tuple[datetime, datetime] | None
    ) -> list[RecordedSpan] | None:
        """Return the spans that a node has; None = it does not answer."""
        if place is None or not place.alive:
            return None
        try:
            begin, end = period or (None, None)
            return list(spans(place.segments(camera, begin, end)))
        except PasserbyError:
            return None

    def _away(
        self, camera: str, node: str, known: list[NodeSpan], period: tuple[datetime, datetime] | None
    ) -> Iterator[RecordedSpan]:
        """Yield the spans that a node had when it last answered, without those that it has erased since."""
        oldest_s = self._clock() - min(self.keep_h, 1e6) * 3600
        begin, end = period or (datetime.fromtimestamp(max(0.0, oldest_s), UTC), datetime.max.replace(tzinfo=UTC))
        for each in known:
            if each.end >= begin and each.begin <= end and each.end.timestamp() >= oldest_s:
                name = Path(node) / f"unknown{WHOLE}"  # no file of this machine
                yield RecordedSpan((Segment(camera, each.begin, name, each.size, each.end),), node, away=True)

    @staticmethod
    def _distinct(pieces: list[_Piece]) -> list[_Place]:
        """Return the places of spans, in the order of the first one of each."""
        found: list[_Place] = []
        for piece in pieces:
            if piece.place is not None and piece.place not in found:
                found.append(piece.place)
        return found


def _answering(piece: _Piece, camera: str) -> _Place:
    """Return where a span is.

    Raises:
        AbsentError: On a node that does not answer.
    """
    if piece.place is None:
        until = piece.span.end or piece.span.begin
        msg = (
            f"camera {camera!r}: {piece.span.begin:%Y-%m-%d %H:%M:%S} to {until:%H:%M:%S} UTC is on node "
            f"{piece.span.node}, which does not answer; start it, or ask for another time"
        )
        raise AbsentError(msg)
    return piece.place


def _read(file: Path) -> _Known:
    try:
        said: Mapping[str, Mapping[str, list[tuple[str, str, int]]]] = json.loads(file.read_bytes())
        return {
            node: {camera: [_span(*each) for each in given] for camera, given in cameras.items()}
            for node, cameras in said.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        log.warning("recordings_of_nodes_unknown", extra={"reason": str(error)})
        return {}  # it is known again when the nodes answer


def _span(begin: str, end: str, size: int) -> NodeSpan:
    return NodeSpan(datetime.fromisoformat(begin), datetime.fromisoformat(end), int(size))


def _text(known: _Known) -> str:
    said = {
        node: {
            camera: [(each.begin.isoformat(), each.end.isoformat(), each.size) for each in given]
            for camera, given in cameras.items()
        }
        for node, cameras in known.items()
    }
    return json.dumps(said)


def _write(file: Path, text: str) -> None:
    partial = file.with_suffix(".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    except OSError as error:  # only a restart forgets what nodes had that do not answer
        log.warning("recordings_of_nodes_not_saved", extra={"reason": str(error)})
