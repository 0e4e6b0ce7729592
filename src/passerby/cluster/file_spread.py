"""Cover many files on the nodes of a cluster; long ones are cut into pieces, so that several nodes cover one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from passerby.cluster.engine import Engine
from passerby.cluster.file_work import FileWork
from passerby.cluster.node_spread import NodeJob, spread
from passerby.jobs.cut_recordings import Cutting, cut_tasks
from passerby.jobs.piece_book import PieceBook
from passerby.jobs.task import Event, FileTask, RedactOrder
from passerby.settings.options import RedactOptions


def cover_on_nodes(
    tasks: Sequence[FileTask],
    order: RedactOrder,
    engine: Engine,
    *,
    jobs: int,
    note: Callable[[str], None],
    cutting: Cutting = Cutting(),
) -> Iterator[Event]:
    """Cover all files and yield an event now and then for each; a run that is stopped leaves no unfinished copy.

    Args:
        tasks: The files, in folders that every node mounts at the same place.
        order: How to cover them.
        engine: The cluster.
        jobs: How many files each node covers at once.
        note: Receives a line about each node that is refused or lost.
        cutting: Whether long recordings are cut into pieces, so that several nodes cover one of them.

    Raises:
        UsageError: No node can take part, or recordings cannot be cut with these options.
        OutputError: A folder for copies cannot be written.
    """
    named = {_absolute(task): task for task in tasks}
    here = _absolute_order(order)
    places = jobs * sum(node.alive and node.cores >= 1 for node in engine.nodes())
    book = PieceBook(cut_tasks(list(named), here, cutting, places=places), keep=cutting.resume)
    job = NodeJob(FileWork, lambda threads: replace(here, threads=threads), partial(_files, here.options))
    folders = {path.parent for task in named for path in task.outputs.values()}
    with closing(spread(book, job, engine, jobs=jobs, note=note, folders=folders)) as events:
        for event in events:
            yield replace(event, task=named[event.task])


def _files(options: RedactOptions, _task: FileTask) -> list[Path]:
    """Return what a node must see to cover a file, besides the file."""
    return [*options.masks, *(path for path in (options.plan, options.edits) if path is not None)]


def _absolute(task: FileTask) -> FileTask:
    beside = {name: getattr(task, name) for name in ("report", "boxes", "sheet", "annex")}
    named = {name: path.absolute() for name, path in beside.items() if path is not None}
    return replace(task, source=task.source.absolute(), target=task.target.absolute(), **named)


def _absolute_order(order: RedactOrder) -> RedactOrder:
    options = order.options
    named = {name: getattr(options, name) for name in ("plan", "edits")}
    update: dict[str, object] = {name: path.absolute() for name, path in named.items() if path is not None}
    update["masks"] = tuple(path.absolute() for path in options.masks)
    return replace(order, options=options.model_copy(update=update))
