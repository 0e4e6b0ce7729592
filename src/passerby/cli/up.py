"""`passerby up`: run the gateway described by a site file until it is stopped."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.errors import PasserbyError, SettingError, UsageError
from passerby.installation import how_to_install
from passerby.outputs.partial import write_error
from passerby.process.log_line import log_to_terminal
from passerby.process.private_files import keep_files_private

if TYPE_CHECKING:
    from passerby.gateway.housekeeping import Housekeeping
    from passerby.gateway.supervisor import Supervisor
    from passerby.health.status import CameraStatus
    from passerby.serve.server import WebServer
    from passerby.settings.site.site import SiteSettings

PID_FILE = "up.pid"


def up(
    site: Annotated[Path | None, typer.Argument(help="Site file; without one, a demo site starts.")] = None,
) -> None:
    """Cover cameras live and show them on a web page."""
    from passerby.gateway.capacity import require_room  # noqa: PLC0415 - as above
    from passerby.gateway.supervisor import Supervisor  # noqa: PLC0415 - as above
    from passerby.settings.demo import demo_site  # noqa: PLC0415 - the help needs none of this
    from passerby.settings.load import load_site, located  # noqa: PLC0415 - as above

    try:
        from passerby.gateway.housekeeping import Housekeeping  # noqa: PLC0415 - needs the extra `store`
        from passerby.serve.server import WebServer  # noqa: PLC0415 - needs the extra `serve`
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed, which live cameras need; run {how_to_install('live')}"
        raise UsageError(msg) from error
    settings = load_site(site) if site is not None else demo_site()
    require_room(settings)
    log_to_terminal()
    stop, again = threading.Event(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: again.set())
    with located(site), ExitStack() as running:
        keep_files_private(settings.state_folder)
        running.enter_context(_only_one(settings.state_folder))
        machine = Supervisor(settings)
        upkeep = Housekeeping(settings, machine, clock=time.time)
        server = WebServer(machine, settings.web, upkeep.signals)  # first: a port in use must fail before cameras start
        running.enter_context(machine.listen(_News()))
        running.callback(machine.stop)
        machine.start()
        running.enter_context(upkeep)
        running.enter_context(server)
        token = server.token if settings.web.token_file is None else f"see {settings.web.token_file}"
        typer.echo(f"{server.address}  access token: {token}")
        while not stop.wait(0.2):
            if again.is_set():
                again.clear()
                settings = _reload(site, settings, machine=machine, upkeep=upkeep, server=server)
        _print_line("stopping")


def reload(
    site: Annotated[Path, typer.Argument(help="Site file of the running gateway.")],
) -> None:
    """Make the running gateway read its site file again.

    Cameras whose settings did not change keep running.
    """
    from passerby.settings.load import load_site  # noqa: PLC0415 - the help needs none of this

    folder = load_site(site).state_folder  # a wrong file is refused here, where the user sees the error
    number = running_gateway(folder)
    if number is None:
        msg = f"{folder / PID_FILE}: no gateway is running with this state_folder; start it with passerby up {site}"
        raise UsageError(msg)
    os.kill(number, signal.SIGHUP)


def running_gateway(folder: Path) -> int | None:
    """Return the process id of the gateway that locks a state folder; None if none does (the file may be old)."""
    try:
        with (folder / PID_FILE).open("r+", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return int(file.read())
    except (OSError, ValueError):
        pass
    return None


class _News:
    """Prints the state of a camera to stderr whenever the state or its reason changes."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[str, str]] = {}

    def __call__(self, status: CameraStatus) -> None:
        news = (status.state.replace("_", " "), status.detail)
        if self._said.get(status.camera) != news:
            self._said[status.camera] = news
            _print_line(": ".join(filter(None, (status.camera, *news))))


def _reload(
    site: Path | None, old: SiteSettings, *, machine: Supervisor, upkeep: Housekeeping, server: WebServer
) -> SiteSettings:
    """Read the site file again and return the settings now in use; a wrong file changes nothing."""
    from passerby.gateway.capacity import require_room  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site, located, reloaded  # noqa: PLC0415 - the help needs none of this

    if site is None:
        return old
    try:
        settings, waiting = reloaded(old, load_site(site))
        require_room(settings)
        with located(site):
            upkeep.reload(settings)
            server.hear(upkeep.signals)
            machine.reload(settings)
    except PasserbyError as error:
        _print_line(f"passerby: {error}; nothing was changed")
        return old
    _print_line("site file reloaded")
    if waiting:
        _print_line(f"{', '.join(waiting)}: restart passerby up to apply")
    return settings


def _print_line(line: str) -> None:
    with suppress(OSError):  # the reader of stderr is gone: the cameras keep running
        typer.echo(line, err=True)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Lock the state folder for this gateway, and write the process id for `passerby reload`.

    Raises:
        SettingError: Another gateway has locked it, or it cannot be written.
    """
    path = folder / PID_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("ab+", buffering=0)
    except OSError as error:
        raise SettingError(write_error(folder, error), "state_folder") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            number = file.read().decode(errors="replace")
            msg = f"{folder}: in use by another gateway (process {number}); stop that one or set another folder"
            raise SettingError(msg, "state_folder") from error
        file.truncate(0)
        try:
            file.write(str(os.getpid()).encode())
        except OSError as error:
            raise SettingError(write_error(folder, error), "state_folder") from error
        yield
        file.truncate(0)
