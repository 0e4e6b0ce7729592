"""`passerby up`: run the gateway described by a site file until it is stopped."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.stop_signals import awaited_signals
from passerby.errors import PasserbyError, UsageError
from passerby.installation import how_to_install
from passerby.process.log_line import log_to_terminal
from passerby.process.private_files import keep_files_private

if TYPE_CHECKING:
    from passerby.gateway.camera_host import HostFactory
    from passerby.gateway.cluster_source import ClusterSource
    from passerby.gateway.site_gateway import SiteGateway
    from passerby.health.status import CameraStatus
    from passerby.settings.site.site import SiteSettings

MOST_LINES = 5
SPAN_S = 60.0


def up(
    site: Annotated[Path | None, typer.Argument(help="Site file; without one, a demo site starts.")] = None,
    cluster: Annotated[
        str, typer.Option(help="Run the cameras on the nodes of this cluster: address of its first node, HOST:PORT.")
    ] = "",
    cluster_files: Annotated[
        Path | None, typer.Option(help="Folder that this machine joined the cluster with.")
    ] = None,
) -> None:
    """Cover cameras live and show them on a web page."""
    from passerby.settings.demo import demo_site  # noqa: PLC0415 - not needed for the help
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    try:
        from passerby.gateway.site_gateway import SiteGateway  # noqa: PLC0415 - needs the extra `store`
        from passerby.serve.site_server import site_server  # noqa: PLC0415 - needs the extra `serve`
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed, which live cameras need; run {how_to_install('live')}"
        raise UsageError(msg) from error
    settings = load_site(site) if site is not None else demo_site()
    front_end = partial(site_server, clock=time.time)
    log_to_terminal()
    make = partial(SiteGateway, settings, front_end=front_end, clock=time.time, report=_StatusPrinter(), file=site)
    with _hosts(settings, cluster, cluster_files) as found:
        if found is None:
            made = make()
        else:
            host, nodes = found
            made = make(host=host, nodes=nodes, check_room=lambda _: None)  # its nodes say who has no room
        _run(made, settings, site)


@contextmanager
def _hosts(
    settings: SiteSettings, cluster: str, files: Path | None
) -> Iterator[tuple[HostFactory, ClusterSource] | None]:
    """Return what runs cameras and what their nodes hand over, while entered: None = processes of this machine."""
    if not cluster:
        yield None
        return
    from passerby.cli.cluster import camera_hosts  # noqa: PLC0415 - needs the extra `cluster`

    with camera_hosts(cluster, files, settings.site) as found:
        yield found


def _run(made: SiteGateway, settings: SiteSettings, site: Path | None) -> None:
    """Run the gateway until it is stopped."""
    from passerby.settings.load import located  # noqa: PLC0415 - not needed for the help

    asked = awaited_signals(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    keep_files_private(settings.state_folder)  # before anything is written
    with located(site), made as gateway:
        lines = [gateway.address]
        if gateway.fingerprint:
            lines.append(f"its certificate is its own; compare what the browser shows, SHA-256: {gateway.fingerprint}")
        if gateway.first_link:
            lines.append(f"there is no account yet; make the first administrator, once: {gateway.first_link}")
        _print_lines("\n".join(lines))
        while asked.get() == signal.SIGHUP:
            if site is not None:
                _reload(gateway, site)
        _print("stopping")


def reload(
    site: Annotated[Path, typer.Argument(help="Site file of the running gateway.")],
) -> None:
    """Make the running gateway read its site file again.

    Cameras whose settings did not change keep running.
    """
    from passerby.gateway.state_lock import PID_FILE, ask_to_reload  # noqa: PLC0415 - not needed for the help
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    folder = load_site(site).state_folder  # a wrong file is refused here, where the user sees the error
    if not ask_to_reload(folder):
        msg = f"{folder / PID_FILE}: no gateway is running with this state_folder; start it with passerby up {site}"
        raise UsageError(msg)


class _StatusPrinter:
    """Prints the state of a camera whenever the state or its reason changes.

    When a camera has changed `MOST_LINES` times within `SPAN_S`, further changes are counted, and the state at the
    end of that time is printed with their number.
    """

    def __init__(self, write: Callable[[str], None] | None = None, span_s: float = SPAN_S) -> None:
        self._write = write or _print
        self._span_s = span_s
        self._latest: dict[str, tuple[str, str]] = {}
        self._printed: dict[str, int] = {}
        self._counted: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, status: CameraStatus) -> None:
        camera = status.camera
        news = (status.state.replace("_", " "), status.detail)
        with self._lock:
            if self._latest.get(camera) == news:
                return
            self._latest[camera] = news
            if camera not in self._printed:
                timer = threading.Timer(self._span_s, self._end_span, (camera,))
                timer.daemon = True
                timer.start()
            self._printed[camera] = self._printed.get(camera, 0) + 1
            if self._printed[camera] > MOST_LINES:
                self._counted[camera] = self._counted.get(camera, 0) + 1
                return
            self._write(": ".join(filter(None, (camera, *news))))

    def _end_span(self, camera: str) -> None:
        with self._lock:
            self._printed.pop(camera, None)  # a camera that is removed meanwhile has none
            if count := self._counted.pop(camera, 0):
                line = ": ".join(filter(None, (camera, *self._latest[camera])))
                self._write(f"{line} ({count} more in {self._span_s:.0f} s, not printed)")


def _reload(gateway: SiteGateway, site: Path) -> None:
    """Read the site file again; a wrong file changes nothing."""
    from passerby.settings.load import load_site, located  # noqa: PLC0415 - not needed for the help

    try:
        settings = load_site(site)
        with located(site):
            waiting = gateway.reload(settings)
    except PasserbyError as error:
        _print(f"passerby: {error}; nothing was changed")
        return
    _print("site file reloaded")
    if waiting:
        _print(f"{', '.join(waiting)}: restart passerby up to apply")


def _print_lines(lines: str) -> None:
    """Print lines to stdout; the cameras keep running when nobody reads it any more."""
    try:
        typer.echo(lines)
    except OSError:
        with Path(os.devnull).open("wb") as null:  # what waits to be printed would fail again at the end
            os.dup2(null.fileno(), sys.stdout.fileno())


def _print(line: str) -> None:
    with suppress(OSError):  # the reader of stderr is gone: the cameras keep running
        typer.echo(line, err=True)
