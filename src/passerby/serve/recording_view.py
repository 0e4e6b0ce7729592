"""The recordings as one user may see them: those of cameras in the user's scope; others are not even counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from passerby.accounts.permission import Action, Principal, may
from passerby.errors import RecordingAbsentError, UsageError
from passerby.outputs.recording.archive import RecordedSpan
from passerby.outputs.recording.cover_index import CoverIndex, cover_index
from passerby.outputs.recording.export_order import ExportJob, ExportOrder
from passerby.outputs.recording.legal_hold import LegalHold
from passerby.outputs.recording.playback import Still
from passerby.outputs.recording.verify import Verification
from passerby.serve.recording_source import RecordingSource


class RecordingView:
    """Those recordings with which a principal may do something.

    Args:
        source: All recordings.
        principal: Who looks.
        action: What they want to do.
    """

    def __init__(self, source: RecordingSource, principal: Principal, action: Action) -> None:
        self._source = source
        self._principal = principal
        self._action = action

    def sees(self, camera: str) -> bool:
        """Return whether the recordings of a camera are in view."""
        return may(self._principal, self._action, camera)

    def cameras(self) -> list[str]:
        """Return the names of the cameras in view that are recorded, or of which there are recordings."""
        return [each for each in self._source.cameras() if self.sees(each)]

    def spans(self, camera: str) -> list[RecordedSpan]:
        """Return what was recorded of a camera, oldest first.

        Raises:
            RecordingAbsentError: No camera in view has this name.
        """
        self.require(camera)
        return self._source.archive.spans(camera)

    def play(self, camera: str, begin: datetime, end: datetime) -> Iterator[tuple[datetime, bytes]]:
        """Yield a period as fragmented MP4, each piece with the time of its newest picture.

        Raises:
            RecordingAbsentError: No camera in view has this name.
            SourceError: There is no picture in that period, or it is damaged.
            OutputError: The key cannot be read.
        """
        self.require(camera)
        return self._source.archive.play(camera, begin, end)

    def still(self, camera: str, at: datetime, width_px: int) -> Still:
        """Return the covered picture that a camera showed at a moment; errors as in `play`."""
        self.require(camera)
        return self._source.archive.still(camera, at, width_px)

    def previews(self, camera: str, begin: datetime, end: datetime, *, count: int, width_px: int) -> list[Still]:
        """Return small covered pictures of a period, evenly spread; errors as in `play`."""
        self.require(camera)
        return self._source.archive.previews(camera, begin, end, count=count, width_px=width_px)

    def cover(self, camera: str, begin: datetime, end: datetime, step_s: int) -> CoverIndex:
        """Return how a camera's recording is covered over a period.

        Raises:
            RecordingAbsentError: No camera in view has this name.
        """
        self.require(camera)
        return cover_index(self._source.archive.of_period(camera, begin, end), begin, end, step_s)

    def verify(self, camera: str) -> Iterator[Verification]:
        """Yield a verdict on each segment of a camera; errors as in `play`."""
        self.require(camera)
        return self._source.archive.verify(camera)

    # --- legal holds ---------------------------------------------------------------------------------

    def holds(self, camera: str) -> list[LegalHold]:
        """Return the legal holds of a camera, by number.

        Raises:
            RecordingAbsentError: No camera in view has this name.
            OutputError: They cannot be read.
        """
        self.require(camera)
        return [each for each in self._source.holds.all() if each.camera == camera]

    def require_hold(self, camera: str, number: int) -> None:
        """Refuse a number that no legal hold of a camera has; errors as in `holds`."""
        if number not in {each.number for each in self.holds(camera)}:
            msg = "this camera has no legal hold of this number; /api/recordings/CAMERA/holds lists them"
            raise RecordingAbsentError(msg)

    def place_hold(self, wanted: LegalHold) -> LegalHold:
        """Place a legal hold on a camera in view; errors as in `holds` and `LegalHolds`."""
        self.require(wanted.camera)
        return self._source.holds.place(wanted)

    def end_hold(self, camera: str, number: int) -> None:
        """End a legal hold of a camera in view; errors as in `holds` and `LegalHolds`."""
        self.require(camera)
        self._source.holds.end(camera, number)

    # --- exports -------------------------------------------------------------------------------------

    def exports(self) -> list[ExportJob]:
        """Return the exports that this person ordered, oldest first, as far as all their cameras are in view."""
        return [each for each in self._source.exports.jobs() if self._owns(each)]

    def export(self, number: str) -> ExportJob:
        """Return an export in view.

        Raises:
            RecordingAbsentError: There is none of this number in view.
        """
        job = self._source.exports.job(number)
        if job is None or not self._owns(job):
            msg = "no export of this number; /api/exports lists them"
            raise RecordingAbsentError(msg)
        return job

    def file(self, number: str, name: str) -> Path:
        """Return a file of a finished export in view.

        Raises:
            RecordingAbsentError: There is none of this name.
        """
        path = self._source.exports.path(self.export(number).number, name)
        if path is None:
            msg = "this export has no file of this name; /api/exports/NUMBER lists them once it is done"
            raise RecordingAbsentError(msg)
        return path

    def remove(self, number: str) -> None:
        """Cancel or erase an export in view; errors as in `export`, and OutputError if it cannot be erased."""
        self._source.exports.remove(self.export(number).number)

    def order(
        self,
        order: ExportOrder,
        agreed: AbstractContextManager[object],
        released: Callable[[ExportJob], None],
    ) -> ExportJob:
        """Order an export; as `Exports.add`, and as `require_cameras`."""
        self.require_cameras(order.cameras)
        return self._source.exports.add(order, agreed, released)

    def require_cameras(self, cameras: Iterable[str]) -> None:
        """Refuse cameras that are not in view like those that do not exist.

        Raises:
            UsageError: Of one of the cameras there are no recordings in view.
        """
        known = self.cameras()
        for camera in cameras:
            if camera not in known:
                msg = f"there are no recordings of camera {camera[:64]!r}; /api/recordings lists them"
                raise UsageError(msg)

    def _owns(self, job: ExportJob) -> bool:
        return job.order.by == account_name(self._principal) and all(map(self.sees, job.order.cameras))

    def require(self, camera: str) -> None:
        """Refuse a camera that is not in view like one that does not exist.

        Raises:
            RecordingAbsentError: No camera in view has recordings and this name.
        """
        if not self.sees(camera) or camera not in self._source.cameras():
            msg = "no camera of this name has recordings; /api/recordings lists them"
            raise RecordingAbsentError(msg)


def account_name(principal: Principal) -> str:
    """Return the name of the account that a principal, such as a token of it, belongs to."""
    return principal.name.partition("/")[0]
