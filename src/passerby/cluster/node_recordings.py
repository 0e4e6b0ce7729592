"""The recordings of one node as a gateway asks for them."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from passerby.cluster.engine import ClusterNode, Engine, NoAnswer
from passerby.cluster.recording_agent import NodeSpan, RecordingAgent, RecordingPlace
from passerby.errors import AbsentError
from passerby.outputs.partial import PartialFile, write_error
from passerby.outputs.recording.export import Exported
from passerby.outputs.recording.legal_hold import LegalHold
from passerby.outputs.recording.limits import Limits
from passerby.outputs.recording.playback import Still
from passerby.outputs.recording.segment import Segment
from passerby.outputs.recording.verify import Verification

POLL_S: Final = 0.5
QUICK_S: Final = 5.0
"""Whoever lists recordings waits so long for a node."""


class NodeRecordings:
    """Asks one node; its methods may be called from any thread.

    Args:
        engine: The cluster.
        node: The node.
        where: Returns where the recordings are there.
        alive: Whether the node answers at present.
    """

    def __init__(
        self,
        engine: Engine,
        node: ClusterNode,
        where: Callable[[], RecordingPlace],
        *,
        alive: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._node = node
        self._where = where
        self._alive = alive
        self._actor: Any = None
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """Of the node."""
        return self._node.address

    @property
    def alive(self) -> bool:
        """Whether the node answers at present."""
        return self._alive()

    def close(self) -> None:
        """End what runs there."""
        with self._lock:
            if self._actor is not None:
                self._engine.end(self._actor)
                self._actor = None

    def summary(self) -> dict[str, list[NodeSpan]]:
        """Return what was recorded, by camera; errors as in `ask`."""
        found: dict[str, list[NodeSpan]] = self.ask("summary")
        return found

    def segments(self, camera: str, begin: datetime | None = None, end: datetime | None = None) -> list[Segment]:
        """Return segments of a camera; errors as in `ask`."""
        found: list[Segment] = self.ask("segments", camera, begin, end, patience_s=QUICK_S)
        return found

    def still(self, camera: str, at: datetime, width_px: int) -> Still:
        """Return the covered picture of a moment; errors as in `ask`."""
        found: Still = self.ask("still", camera, at, width_px)
        return found

    def previews(self, camera: str, begin: datetime, end: datetime, *, count: int, width_px: int) -> list[Still]:
        """Return small covered pictures; errors as in `ask`."""
        found: list[Still] = self.ask("previews", camera, (begin, end), count, width_px)
        return found

    def verify(self, camera: str) -> list[Verification]:
        """Return a verdict on each segment of a camera; errors as in `ask`."""
        found: list[Verification] = self.ask("verify", camera)
        return found

    def sweep(self, limits: Limits, holds: list[LegalHold]) -> None:
        """Erase there what exceeds the limits; errors as in `ask`."""
        self.ask("sweep", limits, holds)

    def play(self, camera: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bytes]]:
        """Yield a period as fragmented MP4; errors as in `ask`."""
        name = self.ask("play", camera, begin, end)
        try:
            while pieces := self.ask("more", name):
                yield from pieces
        finally:
            self._actor_here().end_play.remote(name)

    def export(
        self, camera: str, begin: datetime, end: datetime, target: Path, *, watch: Callable[[float], None]
    ) -> list[Exported]:
        """Write a period to MP4 files here; errors as in `ask`, and `OutputError` if a file cannot be written."""
        name = secrets.token_hex(8)
        try:
            look = lambda: watch(0.9 * self.ask("share", name))  # noqa: E731 - copying is the rest
            made: list[Exported] = self.ask("export", name, camera, begin, end, meanwhile=look)
            return [self._fetched(name, each, target, number) for number, each in enumerate(made, 1)]
        finally:
            self._actor_here().end_export.remote(name)

    def ask(
        self,
        method: str,
        *arguments: object,
        patience_s: float = float("inf"),
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Any:  # noqa: ANN401 - whatever the method returns
        """Return what a method of the node's `RecordingAgent` returns.

        Args:
            method: Its name.
            arguments: Its arguments.
            patience_s: How long it may take, s; however long it may, a node that gives no sign of life is given up.
            meanwhile: Called again and again while it works.

        Raises:
            AbsentError: The node does not answer.
            PasserbyError: What the method raises.
        """
        reference = getattr(self._actor_here(), method).remote(*arguments)
        waited_s = 0.0
        while True:
            answer = self._engine.answer(reference, timeout_s=POLL_S)
            if not isinstance(answer, NoAnswer):
                return answer
            waited_s += POLL_S
            if answer is not NoAnswer.SILENT or not self._alive() or waited_s > patience_s:
                if answer is NoAnswer.ENDED:
                    self.close()
                msg = f"node {self.address} does not answer; what it recorded cannot be shown until it does"
                raise AbsentError(msg)
            meanwhile()

    def _actor_here(self) -> Any:  # noqa: ANN401 - Ray's
        with self._lock:
            if self._actor is None:
                self._actor = self._engine.actor(self._node, RecordingAgent, self._where(), at_once=8)
            return self._actor

    def _fetched(self, name: str, made: Exported, target: Path, number: int) -> Exported:
        path = target if number == 1 else target.with_stem(f"{target.stem}-{number}")
        file = PartialFile(path, replace=False, mode=0o600)
        try:
            while data := self.ask("read", name, made.path.name, file.tell()):
                file.write(data)
            file.commit()
        except OSError as error:
            raise write_error(path, error) from error
        finally:
            file.discard()
        return replace(made, path=path)
