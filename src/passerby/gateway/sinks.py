"""Where a camera's full covered stream goes besides its viewers: its recording and another server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from passerby.assembly.outlets import publisher, recorder
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.site import SiteSettings


class Sink(Protocol):
    """Accepts the packets of one camera's full stream; nothing here ever blocks."""

    @property
    def problem(self) -> str:
        """Why nothing is accepted at the moment; "" = no problem."""
        ...

    @property
    def tries(self) -> int:
        """Failed attempts since the last success."""
        ...

    @property
    def wants_key(self) -> bool:
        """Whether it waits for a keyframe."""
        ...

    def write(self, packet: StreamPacket) -> None:
        """Accept one packet."""
        ...

    def close(self) -> None:
        """Complete what was started."""
        ...


class Sinks:
    """All sinks of one camera.

    Args:
        sinks: The recording and the publisher, as far as the settings ask for them.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._sinks)

    @property
    def tries(self) -> int:
        """Failed attempts to record or publish since the last success."""
        return sum(sink.tries for sink in self._sinks)

    @property
    def problem(self) -> str:
        """Why one of them accepts nothing at the moment; "" = no problem."""
        return "; ".join(sink.problem for sink in self._sinks if sink.problem)

    @property
    def want_key(self) -> bool:
        """Whether any of them waits for a keyframe."""
        return any(sink.wants_key for sink in self._sinks)

    def write(self, packet: StreamPacket) -> None:
        """Pass a packet of the full stream to all of them."""
        if packet.stream is StreamName.FULL:
            for sink in self._sinks:
                sink.write(packet)

    def close(self) -> None:
        """Complete what was started."""
        for sink in self._sinks:
            sink.close()


def sinks_of(site: SiteSettings, camera: CameraSettings) -> Sinks:
    """Open what a camera's settings ask for.

    Raises:
        OutputError: The address to publish to is not valid.
    """
    wanted: list[Sink | None] = [recorder(site, camera), publisher(camera)]
    return Sinks([sink for sink in wanted if sink is not None])
