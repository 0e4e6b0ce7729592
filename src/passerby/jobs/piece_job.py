"""Cover a piece of a long recording in this process, or join the covered pieces into the copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from passerby.assembly.piece_cover import cover_seam, join_copy
from passerby.assembly.redaction import RedactionSetup
from passerby.errors import DetectorError
from passerby.jobs.copy_report import CopyMade, add_record, reported
from passerby.jobs.copy_sheet import ShareLog
from passerby.jobs.piece_log import PieceLog, read_piece_log
from passerby.jobs.redact_file import check_target, make_folder, write_json
from passerby.jobs.task import FileTask, Progress, RedactOrder, TaskPart
from passerby.media.piece import seams
from passerby.outputs.files.joined import EncodedPiece
from passerby.redact.frame_record import OwnFrame, SeamFrame
from passerby.reports.coverage import Coverage
from passerby.reports.redaction import ModelUse, RedactionReport


def covering_piece(
    task: FileTask, part: TaskPart, order: RedactOrder, setup: RedactionSetup
) -> Generator[Progress, None, PieceLog]:
    """Cover one piece, yielding after each frame; its log is written last, so that what has one is complete.

    Args:
        task: The file.
        part: Which piece of it.
        order: How it is covered.
        setup: What it is covered with.

    Raises:
        PasserbyError: As `redact_file`.
    """
    number = part.number or 0
    piece = part.pieces[number]
    make_folder(part.folder)
    log = PieceLog()
    whole = 0
    with (
        setup.piece_job(task.source, part.video(number, task.target.suffix), piece.reach) as job,
        closing(job.piece(piece)) as frames,
    ):
        for frame in frames:
            if isinstance(frame, OwnFrame):
                log.own.append(frame if order.keep_boxes else _light(frame))
                whole += bool(frame.record.whole)
            elif isinstance(frame, SeamFrame):
                log.shared.append(frame)
            yield Progress("covering", len(log.own), part.frames, whole)
        log.models, log.inspected, log.failure = job.models, job.inspected, job.failure
    write_json(log.to_json(keep_boxes=order.keep_boxes), part.log(number))
    return log


def joining(
    task: FileTask, part: TaskPart, order: RedactOrder, setup: RedactionSetup, *, shares: ShareLog | None = None
) -> Generator[Progress, None, RedactionReport]:
    """Cover the seams, join all pieces into the copy and return its report, yielding progress.

    Args:
        task: The file.
        part: Its pieces, all covered.
        order: How it is covered.
        setup: What it is covered with.
        shares: Receives how much of each frame is covered (None = not needed).

    Raises:
        PasserbyError: As `redact_file`.
    """
    check_target(task.source, task.target, replace=order.replace)
    list(
        part.folder.glob("*")
    )  # a network file system looks anew for files of other machines in a folder that is listed
    logs = [read_piece_log(part.log(number)) for number in range(len(part.pieces))]
    _require_inspected(task, logs)
    coverage = Coverage(keep_boxes=order.keep_boxes)
    done = _Done(sum(len(log.own) for log in logs), part.frames)
    encoded: list[EncodedPiece] = []
    for number, log in enumerate(logs):
        if number:
            seam = yield from _seam(task, part, number, setup, done=done, logs=logs)
            encoded.append(EncodedPiece(_seam_file(part, number, task), tuple(each.pts for each in seam)))
            _add(coverage, seam, shares, order)
        path = part.video(number, task.target.suffix)
        encoded.append(EncodedPiece(path, tuple(each.pts for each in log.own)))
        _add(coverage, log.own, shares, order)
    join_copy(setup, task.source, task.target, encoded, replace=order.replace)
    made = CopyMade(task.target, setup, _models(logs))
    return (yield from reported(made, coverage, depth=order.options.check))


@dataclass(slots=True)
class _Done:
    """Frames that are covered, of how many."""

    frames: int
    expected: int


def _seam(
    task: FileTask, part: TaskPart, number: int, setup: RedactionSetup, *, done: _Done, logs: Sequence[PieceLog]
) -> Generator[Progress, None, list[OwnFrame]]:
    """Cover the seam before a piece."""
    known: defaultdict[int, list[SeamFrame]] = defaultdict(list)
    for log in logs[number - 1 : number + 1]:
        for shared in log.shared:
            known[shared.pts].append(shared)
    target = _seam_file(part, number, task)
    found = []
    stretch = seams(part.pieces)[number - 1]
    with closing(cover_seam(setup, task.source, target, stretch, known=known)) as frames:
        for frame in frames:
            found.append(frame)
            done.frames += 1
            yield Progress("joining", done.frames, done.expected, 0)
    return found


def _seam_file(part: TaskPart, number: int, task: FileTask) -> Path:
    return part.folder / f"seam-{number:04}{task.target.suffix}"


def _add(coverage: Coverage, frames: Sequence[OwnFrame], shares: ShareLog | None, order: RedactOrder) -> None:
    for frame in frames:
        add_record(coverage, frame.record, shares, keep_boxes=order.keep_boxes)


def _light(frame: OwnFrame) -> OwnFrame:
    """Return a frame without its cover, which nobody needs once it is painted."""
    record = frame.record
    return OwnFrame(frame.pts, replace(record, cover=type(record.cover).nothing()))


def _models(logs: Sequence[PieceLog]) -> list[ModelUse]:
    return list({each.name: each for log in logs for each in log.models}.values())


def _require_inspected(task: FileTask, logs: Sequence[PieceLog]) -> None:
    """Refuse to join pieces of which none was inspected: the copy would be black.

    Raises:
        DetectorError: None was.
    """
    failure = next((log.failure for log in logs if log.failure), "")
    if failure and not any(log.inspected for log in logs):
        msg = (
            f"{task.source.name}: no frame could be inspected ({failure}), so no copy was written: it would be black. "
            "If this machine is busy, try again later or with --effort fast, otherwise run `passerby doctor`"
        )
        raise DetectorError(msg)
