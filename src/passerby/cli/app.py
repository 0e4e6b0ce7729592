"""The command `passerby`: its subcommands, exit status and error messages."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from passerby.cli import (
    account,
    alerts,
    audit,
    backup,
    calibrate,
    camera,
    check,
    cluster,
    doctor,
    evaluate,
    keys,
    measure,
    models,
    recordings,
    redact,
    release,
    request,
    review,
    sign,
    signals,
    token,
    tune,
    up,
    verify,
    watchdog,
)
from passerby.errors import PasserbyError
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.exit_status import FAILED, WRONG_USE, exit_code, leave

STOPPED = 130  # the exit status that shells use for Ctrl-C

app = typer.Typer(
    name="passerby",
    help="See the crowd, never the person: permanently cover everyone in videos and pictures.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(redact.redact)
app.command()(check.check)
app.command()(review.review)
app.command()(release.release)
app.command()(verify.verify)
app.command()(evaluate.evaluate)
app.command()(tune.tune)
app.command()(measure.measure)
app.command()(calibrate.calibrate)
app.command()(up.up)
app.command()(up.reload)
app.command()(doctor.doctor)
app.command()(sign.sign)
app.command()(watchdog.watch)
app.command()(backup.backup)
app.command()(backup.restore)
app.add_typer(audit.app, name="audit")
app.add_typer(account.app, name="account")
app.add_typer(alerts.app, name="alerts")
app.add_typer(camera.app, name="camera")
app.add_typer(keys.app, name="keys")
app.add_typer(cluster.app, name="cluster")
app.add_typer(models.app, name="models")
app.add_typer(recordings.app, name="recordings")
app.add_typer(request.app, name="request")
app.add_typer(signals.app, name="signals")
app.add_typer(token.app, name="token")


def _version(asked: bool) -> None:  # noqa: FBT001 - typer passes it by position
    if asked:
        from passerby.version import __version__  # noqa: PLC0415 - reads the installed package's data

        typer.echo(f"passerby {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """See the crowd, never the person: permanently cover everyone in videos and pictures."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status; errors become one line on stderr."""
    try:
        code = app(args=list(arguments) or ["--help"], prog_name="passerby", standalone_mode=False)
    except typer.TyperException as error:
        return _print_error(f"{error.format_message().rstrip('.')}; see passerby --help", WRONG_USE)
    except PasserbyError as error:
        return _print_error(str(error), exit_code(error))
    except Exception as error:  # the last resort: a bug prints one line, not a traceback
        if os.environ.get("PASSERBY_DEBUG"):
            raise
        text = f"{type(error).__name__}: {error}; this is a bug in passerby. PASSERBY_DEBUG=1 shows the traceback"
        return _print_error(text, FAILED)
    if code == STOPPED:
        return _print_error("stopped; unfinished files were removed", STOPPED)
    return int(code or 0)


def main() -> NoReturn:
    """Run the command line of this process."""
    forbid_core_dumps()
    signal.signal(signal.SIGTERM, _interrupt)
    leave(run(sys.argv[1:]))


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _print_error(text: str, code: int) -> int:
    for line in text.splitlines():
        typer.echo(f"passerby: {' '.join(line.split())}", err=True)
    return code
