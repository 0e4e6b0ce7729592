"""`passerby cluster`: make machines the nodes of one cluster, and look at them."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from passerby.cli.cluster_status import status_lines
from passerby.cli.number import require_within
from passerby.errors import UsageError
from passerby.installation import how_to_install

if TYPE_CHECKING:
    from passerby.cluster.node_files import NodeFiles
    from passerby.gateway.camera_host import HostFactory
    from passerby.gateway.cluster_source import ClusterSource
    from passerby.jobs.cut_recordings import Cutting
    from passerby.jobs.measure_file import MeasureOrder
    from passerby.jobs.measure_many import MeasureRun
    from passerby.jobs.measure_plan import MeasuredRecording
    from passerby.jobs.task import Event, FileTask, RedactOrder

PORT = 6379
MOST_CORES = 4096

app = typer.Typer(help="Make machines the nodes of one cluster, and look at them.", no_args_is_help=True)

Files = Annotated[Path, typer.Argument(help="Folder of this machine that passerby cluster init made: nodes/NAME.")]
Own = Annotated[str, typer.Option("--own", help="Address under which the other nodes reach this one.")]
Cores = Annotated[
    int | None, typer.Option(help="Processors that this node offers, 0 to 4096; by default all, 0 = it only asks.")
]

State = Annotated[
    Path | None, typer.Option(help="Where this node stores recordings and keys of the cameras that it runs.")
]


def node_files(folder: Path | None) -> NodeFiles:
    """Return what this machine joins a cluster with.

    Args:
        folder: Where it is; None = the user's own place for it.

    Raises:
        UsageError: A package is missing.
    """
    import platformdirs  # noqa: PLC0415 - not needed for the help

    try:
        from passerby.cluster.node_files import NodeFiles  # noqa: PLC0415 - needs the extra `cluster`
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed, which clusters need; run {how_to_install('cluster')}"
        raise UsageError(msg) from error
    return NodeFiles(folder or Path(platformdirs.user_config_dir("passerby")) / "cluster")


def cover_with(
    address: str, folder: Path | None, tasks: Sequence[FileTask], order: RedactOrder, *, jobs: int, cutting: Cutting
) -> Iterator[Event]:
    """Cover files on the nodes of a cluster, and print a line about each node that is refused or lost.

    Raises:
        UsageError: This machine cannot join the cluster, or no node can take part.
    """
    files = node_files(folder)
    from passerby.cluster.engine import joined  # noqa: PLC0415 - needs the extra `cluster`
    from passerby.cluster.file_spread import cover_on_nodes  # noqa: PLC0415 - as above

    with joined(address, files, clock=time.time) as engine:
        yield from cover_on_nodes(tasks, order, engine, jobs=jobs, note=_note, cutting=cutting)


def measure_with(
    address: str, folder: Path | None, planned: Sequence[MeasuredRecording], order: MeasureOrder, *, jobs: int
) -> Generator[Event, None, MeasureRun]:
    """Measure recordings on the nodes of a cluster, and print a line about each node that is refused or lost.

    Raises:
        UsageError: This machine cannot join the cluster, or no node can take part.
    """
    files = node_files(folder)
    from passerby.cluster.engine import joined  # noqa: PLC0415 - needs the extra `cluster`
    from passerby.cluster.measure_spread import measure_on_nodes  # noqa: PLC0415 - as above

    with joined(address, files, clock=time.time) as engine:
        return (yield from measure_on_nodes(planned, order, engine, jobs=jobs, note=_note))


@contextmanager
def camera_hosts(address: str, folder: Path | None, site: str) -> Iterator[tuple[HostFactory, ClusterSource]]:
    """Return what runs cameras on the nodes of a cluster and what the nodes hand over, while entered.

    Args:
        address: Of the first node, HOST:PORT.
        folder: What this machine joined with; None = the user's own place for it.
        site: Name of the site.

    Raises:
        UsageError: This machine cannot join the cluster, or another gateway runs the site there.
    """
    files = node_files(folder)
    from passerby.cluster.camera_on_node import CameraOnNode  # noqa: PLC0415 - needs the extra `cluster`
    from passerby.cluster.claimed_fleet import claimed_fleet  # noqa: PLC0415 - as above
    from passerby.cluster.collector import NodeCollector  # noqa: PLC0415 - as above
    from passerby.cluster.engine import joined  # noqa: PLC0415 - as above

    with (
        joined(address, files, clock=time.time) as engine,
        claimed_fleet(site, engine, clock=time.time, monotonic=time.monotonic) as fleet,
    ):
        nodes = NodeCollector(fleet, clock=time.time, monotonic=time.monotonic)
        yield (lambda task, listener: CameraOnNode(task, fleet.watching(listener), fleet)), nodes


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it holds the key of the cluster, so keep it safe.")],
    node: Annotated[
        list[str], typer.Option("--node", help="Address or host name of a node; give one for each machine.")
    ],
) -> None:
    """Make a secret, and certificates for each node.

    Run it again to add nodes.
    """
    node_files(folder)
    from passerby.cluster.node_files import make_node_files  # noqa: PLC0415 - needs the extra `cluster`

    for made in make_node_files(folder, node, now=datetime.now(UTC)):
        typer.echo(f"{made.folder}: copy this folder, and nothing else, to {made.folder.name}")


@app.command()
def start(
    files: Files,
    own: Own = "",
    port: Annotated[int, typer.Option(help="Where the other nodes find this one.")] = PORT,
    cores: Cores = None,
    state: State = None,
    folder: Annotated[Path | None, typer.Option(help="Where Ray stores its sockets and logs; a short path.")] = None,
) -> None:
    """Run the first node of a cluster until it is stopped."""
    require_within("--port", port, 1, 65535)
    _run(files, own=own, port=port, cores=cores, state=state, folder=folder)


@app.command()
def join(
    address: Annotated[str, typer.Argument(help="Address of the first node, HOST:PORT.")],
    files: Files,
    own: Own = "",
    cores: Cores = None,
    state: State = None,
) -> None:
    """Run a further node of a cluster until it is stopped."""
    checked = node_files(files)
    from passerby.cluster.engine import require_reachable  # noqa: PLC0415 - needs the extra `cluster`
    from passerby.cluster.node_program import checked_address  # noqa: PLC0415 - as above
    from passerby.cluster.secret_check import require_secret  # noqa: PLC0415 - as above

    checked.require(now=datetime.now(UTC))
    require_reachable(checked_address(address), checked)
    require_secret(address, checked)
    _run(files, own=own, head=address, cores=cores, state=state)


@app.command()
def status(
    address: Annotated[str, typer.Argument(help="Address of the first node, HOST:PORT.")],
    files: Files,
) -> None:
    """Print the nodes, and what gateways know about them."""
    checked = node_files(files)
    from passerby.cluster.engine import joined  # noqa: PLC0415 - needs the extra `cluster`

    with joined(address, checked, clock=time.time) as engine:
        lines, refused = status_lines(engine, time.time())
    for line in lines:
        typer.echo(line)
    raise typer.Exit(1 if refused else 0)


@app.command()
def drain(
    address: Annotated[str, typer.Argument(help="Address of the first node, HOST:PORT.")],
    files: Files,
    node: Annotated[str, typer.Argument(help="Address of the node, as passerby cluster status prints it.")],
    undo: Annotated[bool, typer.Option("--undo", help="Let the node take cameras again.")] = False,
) -> None:
    """Move the cameras of a node to others, so that it can be stopped."""
    checked = node_files(files)
    from passerby.cluster.engine import joined  # noqa: PLC0415 - needs the extra `cluster`

    with joined(address, checked, clock=time.time) as engine:
        found = [each for each in engine.nodes() if each.alive and each.address == node]
        if not found:
            msg = f"{node}: not a node of this cluster; passerby cluster status prints their addresses"
            raise UsageError(msg)
        for each in found:
            engine.drain(each, drained=not undo)
    typer.echo(f"{node}: {'takes cameras again' if undo else 'gets no more cameras; gateways move those it has'}")


def _run(files: Path, **how: Any) -> None:  # noqa: ANN401 - the fields of NodeStart
    checked = node_files(files)
    from passerby.cluster.node_loop import NodeLoop  # noqa: PLC0415 - needs the extra `cluster`
    from passerby.cluster.node_program import NodeStart  # noqa: PLC0415 - as above

    if how["cores"] is not None:
        require_within("--cores", how["cores"], 0, MOST_CORES)
    checked.require(now=datetime.now(UTC))
    start = NodeStart(checked, **how)
    raise typer.Exit(NodeLoop(start.command(), start.environment(os.environ), monotonic=time.monotonic).run())


def _note(line: str) -> None:
    typer.echo(f"passerby: {line}", err=True)
