"""The recordings of a site for those who look at them, and the exports that were made of them."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from passerby.assembly.outlets import (
    exports_folder,
    legal_holds_file,
    recording_heads,
    recording_key_file,
    recordings_folder,
)
from passerby.gateway.cluster_source import ClusterSource
from passerby.outputs.recording.archive import RecordingArchive
from passerby.outputs.recording.exports import Exports
from passerby.outputs.recording.legal_hold import LegalHolds
from passerby.outputs.recording.recorded import Recorded
from passerby.settings.site.site import SiteSettings


class SiteRecordings:
    """Follows a site's settings; writes exports while it is entered.

    Args:
        site: The site.
        clock: The system's clock, UTC since 1970, s.
        nodes: Nodes of a cluster, which have recordings of their own; None = there are none.
    """

    def __init__(self, site: SiteSettings, *, clock: Callable[[], float], nodes: ClusterSource | None = None) -> None:
        self._nodes = nodes
        self.exports = Exports(exports_folder(site), clock=clock)
        """Exports, as jobs."""
        self.holds = LegalHolds(legal_holds_file(site))
        """What must not be erased."""
        self.reload(site)

    def __enter__(self) -> Self:
        """Start."""
        self.exports.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop; an export that is being written is given up."""
        self.exports.__exit__(kind, error, at)

    def reload(self, site: SiteSettings) -> None:
        """Take another site file; what is being exported continues."""
        self._recorded = frozenset(camera.name for camera in site.cameras if camera.record)
        here = RecordingArchive(recordings_folder(site), recording_key_file(site), recording_heads(site))
        self.archive: Recorded = here if self._nodes is None else self._nodes.recordings(here, site)
        """What was recorded."""
        self.exports.archive = self.archive

    def cameras(self) -> list[str]:
        """Return the names of the cameras that are recorded, or of which there are recordings."""
        return sorted(self._recorded.union(self.archive.cameras()))
