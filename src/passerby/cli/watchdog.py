"""`passerby watch`: look at the covered streams of a gateway with other networks, and have cameras covered whole."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_state_path

from passerby.cli.gateway_client import TOKEN, api_token
from passerby.cli.stop_signals import AwaitedSignals, awaited_signals
from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.process.log_line import log_to_terminal


def watch(
    gateway: Annotated[str, typer.Argument(help="Address of the gateway, such as https://gateway.example.org:8088.")],
    camera: Annotated[list[str] | None, typer.Option(help="Camera to watch; may be repeated. Default: all.")] = None,
    token_file: Annotated[Path | None, typer.Option(help=f"File with an API token. Default: ${TOKEN}.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="The gateway's own certificate (PEM).")] = None,
    every: Annotated[float, typer.Option(help="Mean time between two looks at a camera, s.", min=1, max=120)] = 30.0,
    state: Annotated[Path | None, typer.Option(help="Folder for the secret of the draws.")] = None,
) -> None:
    """Watch covered streams for people who are not covered.

    A second pair of eyes, best run on another machine and by somebody else. A finding covers the camera whole for a
    minute. Random looks prove an upper bound of exposed heads.
    """
    try:
        from passerby.jobs.watchdog import Watchdog  # noqa: PLC0415 - loads the networks' runtime
        from passerby.jobs.watched_gateway import WatchedGateway  # noqa: PLC0415 - needs the extra `serve`
    except ModuleNotFoundError as error:
        msg = f"{error.name} is not installed, which watching needs; run {how_to_install('live')}"
        raise UsageError(msg) from error
    from passerby.watchdog.schedule import load_secret  # noqa: PLC0415 - as above

    reached = WatchedGateway(gateway, api_token(token_file), certificate)
    cameras = reached.cameras()
    if unknown := sorted(set(camera or ()) - set(cameras)):
        msg = f"--camera {unknown[0]}: the token sees no such camera; it sees {', '.join(cameras) or 'none'}"
        raise UsageError(msg)
    if not cameras:
        msg = "the token sees no camera; make one whose owner and groups have some"
        raise UsageError(msg)
    log_to_terminal()
    secret = load_secret(state or user_state_path("passerby-watch"))
    made = Watchdog(reached, camera or cameras, secret=secret, every_s=every, clock=time.time, report=_print)
    asked = awaited_signals(signal.SIGINT, signal.SIGTERM)
    threading.Thread(target=_stop_when_asked, args=(asked, made.stop), name="stop", daemon=True).start()
    _print(f"watching {len(camera or cameras)} cameras at {reached.host}, one look in {every:g} s each")
    made.run()


def _stop_when_asked(asked: AwaitedSignals, stop: Callable[[], None]) -> None:
    asked.get()
    stop()


def _print(line: str) -> None:
    typer.echo(line)
