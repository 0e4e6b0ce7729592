"""Exports of recordings as jobs: one after the other, and each is there completely or not at all.

An export is written into a hidden folder, which gets its lasting name once all files and the report are on the disk. A
gateway that is killed leaves a hidden folder, which the next start removes.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from passerby.errors import OutputError, PasserbyError, SourceError, UsageError
from passerby.outputs.partial import write_error
from passerby.outputs.recording.export_order import (
    REPORT,
    ExportedFile,
    ExportJob,
    ExportOrder,
    ExportState,
    job_from_report,
)
from passerby.outputs.recording.recorded import Recorded
from passerby.storage.append_log import sync_folder

KEPT: Final = timedelta(hours=24)
"""Time after which an export is erased: its files are not encrypted."""
MOST: Final = 50
"""Exports at once, finished ones included."""
_LOOK_S: Final = 30.0

log = logging.getLogger(__name__)


class _CancelledError(Exception):
    """Somebody has cancelled the export that is being written."""


@dataclass(slots=True)
class _Work:
    job: ExportJob
    agreed: AbstractContextManager[object]
    released: Callable[[ExportJob], None]
    cancelled: bool = False


class Exports:
    """The exports of a site; it writes and erases them in a thread of its own while it is entered.

    Args:
        folder: Where they lie; made when needed, readable by the owner only.
        clock: The system's clock, UTC since 1970, s.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float]) -> None:
        self.archive: Recorded | None = None
        """Where segments come from; may be replaced."""
        self._folder = folder
        self._clock = clock
        self._works: dict[str, _Work] = {}
        self._more = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="passerby-exports", daemon=True)

    def __enter__(self) -> Self:
        """Find what is there, remove what a killed gateway left, and start."""
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.name.startswith("."):
                _remove(path)
                continue
            try:
                job = job_from_report(path / REPORT)
                if job.number != path.name:
                    msg = f"{path}: not the folder of this export"
                    raise ValueError(msg)  # noqa: TRY301 - one way out for all of them
            except (OSError, ValueError) as error:
                log.warning("export_unknown", extra={"path": str(path), "reason": str(error)})
                continue
            self._works[job.number] = _Work(job, _Agreed(), _nothing)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop; what is being written is given up, and nothing of it is left."""
        with self._more:
            self._stopping = True
            for work in self._works.values():
                work.cancelled = work.cancelled or not work.job.over
            self._more.notify_all()
        self._thread.join()

    def add(
        self, order: ExportOrder, agreed: AbstractContextManager[object], released: Callable[[ExportJob], None]
    ) -> ExportJob:
        """Order an export.

        Args:
            order: What is exported.
            agreed: Entered while it is written; left with the error if that fails: then no consent was used.
            released: Called with the finished job before anybody can have its files; if it raises, there are none.

        Raises:
            UsageError: There are too many exports.
        """
        with self._more:
            if len(self._works) >= MOST:
                msg = f"there are {MOST} exports, which is the most; delete one that is no longer needed"
                raise UsageError(msg)
            job = ExportJob(secrets.token_hex(12), order, self._now())
            self._works[job.number] = _Work(job, agreed, released)
            self._more.notify_all()
            return job

    def jobs(self) -> list[ExportJob]:
        """Return all exports, oldest first."""
        with self._more:
            return sorted((each.job for each in self._works.values()), key=lambda job: (job.asked, job.number))

    def job(self, number: str) -> ExportJob | None:
        """Return an export; None = there is none of this number."""
        with self._more:
            work = self._works.get(number)
            return None if work is None else work.job

    def remove(self, number: str) -> None:
        """Cancel an export that is not finished; erase one that is, with its files.

        Raises:
            OutputError: Its files cannot be erased.
        """
        with self._more:
            work = self._works.get(number)
            if work is None:
                return
            if not work.job.over:
                work.cancelled = True
                self._more.notify_all()
                return
            self._erase(work)

    def path(self, number: str, name: str) -> Path | None:
        """Return a file of a finished export; None = there is none of this name."""
        job = self.job(number)
        if job is None or job.state is not ExportState.DONE or name not in {REPORT, *(each.name for each in job.files)}:
            return None
        return self._folder / number / name

    def _run(self) -> None:
        while True:
            with self._more:
                self._more.wait_for(self._is_wanted, _LOOK_S)
                if self._stopping:
                    self._leave_waiting()
                    return
                self._forget_old()
                work = next((each for each in self._works.values() if each.job.state is ExportState.WAITING), None)
            if work is not None:
                self._write(work)

    def _is_wanted(self) -> bool:
        works = self._works.values()
        return self._stopping or any(each.job.state is ExportState.WAITING or self._is_old(each.job) for each in works)

    def _is_old(self, job: ExportJob) -> bool:
        return job.finished is not None and self._now() - job.finished >= KEPT

    def _leave_waiting(self) -> None:
        """Give consents back that were not used."""
        for work in self._works.values():
            if work.job.state is ExportState.WAITING:
                with suppress(_CancelledError), work.agreed:
                    raise _CancelledError

    def _write(self, work: _Work) -> None:
        self._set(work, state=ExportState.RUNNING)
        hidden = self._folder / f".{work.job.number}"
        try:
            try:
                with work.agreed:
                    self._check(work)
                    done = self._written(work, hidden)
                    work.released(done)
                    self._publish(work, hidden, done)
            finally:
                _remove(hidden)  # before anybody reads that it is over
        except _CancelledError:
            self._set(work, state=ExportState.CANCELLED, finished=self._now())
        except PasserbyError as error:
            self._set(work, state=ExportState.FAILED, problem=str(error), finished=self._now())
        except Exception:  # a bug here must not end all exports, and is reported as one
            log.exception("export_failed")
            problem = "this is a bug in passerby; see its log"
            self._set(work, state=ExportState.FAILED, problem=problem, finished=self._now())

    def _written(self, work: _Work, hidden: Path) -> ExportJob:
        """Write all files of an export into a hidden folder, and return the job as it is once they have their place."""
        archive, order = self.archive, work.job.order
        if archive is None:
            msg = "this gateway has no recordings"
            raise SourceError(msg)
        try:
            hidden.mkdir(parents=True, mode=0o700)
            files: list[ExportedFile] = []
            for index, camera in enumerate(order.cameras):
                watch = partial(self._note_share, work, index)
                made = archive.export(camera, order.begin, order.end, hidden / f"{camera}.mp4", watch=watch)
                files += [ExportedFile.of(camera, each) for each in made]
            done = replace(work.job, state=ExportState.DONE, share=1.0, files=tuple(files), finished=self._now())
            (hidden / REPORT).write_bytes(done.report())
            _sync(hidden / REPORT)
            return replace(done, report_sha256=job_from_report(hidden / REPORT).report_sha256)
        except OSError as error:
            raise write_error(self._folder, error) from error

    def _note_share(self, work: _Work, index: int, share: float) -> None:
        """Note how far the export of a camera has come; end it if somebody has cancelled."""
        self._check(work)
        if share < 1:
            self._set(work, share=(index + share) / len(work.job.order.cameras))

    def _publish(self, work: _Work, hidden: Path, done: ExportJob) -> None:
        with self._more:
            self._check(work)
            try:
                hidden.rename(self._folder / done.number)
                sync_folder(self._folder)
            except OSError as error:
                raise write_error(self._folder, error) from error
            work.job = done

    def _check(self, work: _Work) -> None:
        if work.cancelled:
            raise _CancelledError

    def _forget_old(self) -> None:
        for work in list(self._works.values()):
            if self._is_old(work.job):
                try:
                    self._erase(work)
                except OutputError as error:
                    log.error("export_not_erased", extra={"reason": str(error)})  # noqa: TRY400 - one line says it all
                    self._more.wait(_LOOK_S)

    def _erase(self, work: _Work) -> None:
        path = self._folder / work.job.number
        try:
            if path.exists():
                gone = path.with_name(f".{path.name}")  # first: no half of it may look whole
                path.rename(gone)
                shutil.rmtree(gone)
        except OSError as error:
            raise write_error(path, error) from error
        del self._works[work.job.number]

    def _set(self, work: _Work, **fields: object) -> None:
        with self._more:
            work.job = replace(work.job, **fields)  # type: ignore[arg-type]  # names and types are those of the job

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


class _Agreed(AbstractContextManager[None]):
    """Consent to what is done already."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


def _nothing(_job: ExportJob) -> None:
    """Release what was released before."""


def _remove(path: Path) -> None:
    """Remove a folder that nobody can have seen."""
    try:
        if path.exists():
            shutil.rmtree(path)
    except OSError as error:
        log.error("export_left_behind", extra={"path": str(path), "reason": str(error)})  # noqa: TRY400 - as above


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
