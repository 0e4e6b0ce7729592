"""Where a camera's full covered stream goes besides its viewers: the recording, another server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from passerby.assembly.outlets import publisher, recorder
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.site import SiteSettings


class Sink(Protocol):
    """Takes the packets of one camera's full stream; nothing here ever waits."""

    @property
    def problem(self) -> str:
        """Why nothing is taken at the moment ("" = all is well)."""
        ...

    @property
    def tries(self) -> int:
        """How often it was tried in vain since it last went well."""
        ...

    @property
    def wants_key(self) -> bool:
        """Whether a key picture is waited for."""
        ...

    def write(self, packet: StreamPacket) -> None:
        """Take one packet."""
        ...

    def close(self) -> None:
        """Complete what was begun."""
        ...


class Sinks:
    """All sinks of one camera.

    Args:
        sinks: The recording and whatever else there is.
    """

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._sinks)

    @property
    def tries(self) -> int:
        """How often sending on was tried in vain since it last went well."""
        return sum(sink.tries for sink in self._sinks)

    @property
    def problem(self) -> str:
        """Why one of them takes nothing at the moment ("" = all is well)."""
        return "; ".join(sink.problem for sink in self._sinks if sink.problem)

    @property
    def want_key(self) -> bool:
        """Whether one of them waits for a key picture."""
        return any(sink.wants_key for sink in self._sinks)

    def write(self, packet: StreamPacket) -> None:
        """Hand a packet of the full stream to all of them."""
        if packet.stream is StreamName.FULL:
            for sink in self._sinks:
                sink.write(packet)

    def close(self) -> None:
        """Complete what was begun."""
        for sink in self._sinks:
            sink.close()


def sinks_of(site: SiteSettings, camera: CameraSettings) -> Sinks:
    """Open what a camera's settings ask for.

    Raises:
        OutputError: The address to publish to is none.
    """
    wanted: list[Sink | None] = [recorder(site, camera), publisher(camera)]
    return Sinks([sink for sink in wanted if sink is not None])
