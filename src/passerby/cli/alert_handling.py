"""What people do with alerts on the command line: acknowledge, assign, tick steps, resolve and hand over.

If the gateway runs, it is asked, with an API token; otherwise the stored alerts are changed, as the machine's user.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from passerby.errors import UsageError

if TYPE_CHECKING:
    from passerby.alerts.alert import Alert
    from passerby.serve.alert_view import AlertGroup, AlertView
    from passerby.settings.site.site import SiteSettings

SiteFileArgument = Annotated[Path, typer.Argument(metavar="SITE", help="Site file.")]
TokenOption = Annotated[
    Path | None,
    typer.Option(help="File with an API token; without it, the variable PASSERBY_TOKEN has the token."),
]
AlertArgument = Annotated[str, typer.Argument(help="Number of the alert, as passerby alerts list shows it.")]
NoteOption = Annotated[str, typer.Option(help="What the others should know.")]


def acknowledge(
    site: SiteFileArgument, alert: AlertArgument, note: NoteOption = "", token_file: TokenOption = None
) -> None:
    """Acknowledge an alert, and those that were announced with it.

    If the gateway runs, it is asked, with your token; otherwise the stored alerts are changed, in the name of the
    system's user.
    """
    _handle(site, alert, "acknowledge", {"note": note}, token_file, lambda view, group: view.acknowledge(group, note))
    typer.echo(f"{alert}: acknowledged")


def assign(
    site: SiteFileArgument,
    alert: AlertArgument,
    role: Annotated[str, typer.Option(help="Who handles it from now on: one of alerts.roles in the site file.")],
    note: NoteOption = "",
    token_file: TokenOption = None,
) -> None:
    """Assign an alert to a role; as acknowledge."""
    body = {"role": role, "note": note}
    _handle(site, alert, "assign", body, token_file, lambda view, group: view.assign(group, role, note))
    typer.echo(f"{alert}: assigned to {role}")


def steps(
    site: SiteFileArgument,
    alert: AlertArgument,
    tick: Annotated[
        list[int] | None, typer.Option(min=1, help="Number of a step that is done; may be repeated.")
    ] = None,
    note: NoteOption = "",
    token_file: TokenOption = None,
) -> None:
    """Show the steps of an alert's procedure, or tick some.

    Showing needs no token; for ticking, see acknowledge.
    """
    from passerby.settings.load import load_site  # noqa: PLC0415 - not needed for the help
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    for step in tick or []:
        _handle(site, alert, f"steps/{step}", {"note": note}, token_file, _ticked(step, note))
    settings = load_site(site)
    for line in _steps(_stored(settings, alert), time_zone(settings.timezone)):
        typer.echo(line)


def resolve(
    site: SiteFileArgument, alert: AlertArgument, note: NoteOption = "", token_file: TokenOption = None
) -> None:
    """Resolve an alert that is over.

    Alerts that were announced with it are resolved too. It needs a token, as acknowledge does.

    If steps of its procedure are left, the note must say why they were not needed.
    """
    _handle(site, alert, "resolve", {"note": note}, token_file, lambda view, group: view.resolve(group, note))
    typer.echo(f"{alert}: resolved")


def hand_over(
    site: SiteFileArgument,
    note: Annotated[
        str, typer.Option(help="What the next shift must know; without it, the latest note is shown.")
    ] = "",
    token_file: TokenOption = None,
) -> None:
    """Hand over the shift, or show the latest note.

    Then the open alerts are listed, the worst first.

    Showing needs no token; for a note, see acknowledge.
    """
    from passerby.alerts.shift import last_note, open_items  # noqa: PLC0415 - not needed for the help
    from passerby.cli.stored_alerts import handled_alerts, read_alerts  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above
    from passerby.signals.signal import utc  # noqa: PLC0415 - as above
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    settings = load_site(site)
    if note and _runs(settings):
        _ask(settings, token_file, "handover", {"note": note})
    elif note:
        with handled_alerts(settings) as view:
            view.hand_over(note)
    zone = time_zone(settings.timezone)
    events, alerts = read_alerts(settings)
    if (last := last_note(events)) is None:
        typer.echo("no note of a shift yet")
    else:
        typer.echo(f"{utc(last.time_s).astimezone(zone):%Y-%m-%d %H:%M}  {last.by}: {last.text}")
    for line in open_items([each for each in alerts if each.open], zone) or ["no open alerts"]:
        typer.echo(line)


_Deed = Callable[["AlertView", "AlertGroup"], None]


def _ticked(step: int, note: str) -> _Deed:
    return lambda view, group: view.tick(group, step, note)


def _handle(site: Path, alert: str, route: str, body: dict[str, Any], token_file: Path | None, deed: _Deed) -> None:
    """Have the running gateway change an alert, or change what is stored."""
    from passerby.settings.load import load_site  # noqa: PLC0415 - not needed for the help

    settings = load_site(site)
    if _runs(settings):
        _require_number(alert)
        _ask(settings, token_file, f"{alert}/{route}", body)
        return
    from passerby.cli.stored_alerts import handled_alerts  # noqa: PLC0415 - as above

    with handled_alerts(settings) as view:
        _stored(settings, alert)
        deed(view, view.group(alert))


def _ask(settings: SiteSettings, token_file: Path | None, path: str, body: dict[str, Any]) -> None:
    from passerby.cli.gateway_client import GatewayClient  # noqa: PLC0415 - not needed for the help

    GatewayClient(settings, token_file).post(f"/api/alerts/{path}", body)


def _runs(settings: SiteSettings) -> bool:
    from passerby.gateway import state_lock  # noqa: PLC0415 - not needed for the help

    return state_lock.running_gateway(settings.state_folder) is not None


def _stored(settings: SiteSettings, number: str) -> Alert:
    """Return a stored alert.

    Raises:
        UsageError: There is none of this number.
    """
    from passerby.cli.stored_alerts import read_alerts  # noqa: PLC0415 - not needed for the help
    from passerby.errors import AlertAbsentError  # noqa: PLC0415 - as above

    for each in read_alerts(settings)[1]:
        if each.id == number:
            return each
    msg = f"there is no alert {number[:32]}; passerby alerts list shows their numbers"
    raise AlertAbsentError(msg)


def _steps(alert: Alert, zone: tzinfo) -> list[str]:
    from passerby.signals.signal import utc  # noqa: PLC0415 - not needed for the help

    done = dict(alert.ticked)
    lines = []
    for number, text in enumerate(alert.about.steps):
        at = f" ({done[number].by}, {utc(done[number].time_s).astimezone(zone):%H:%M})" if number in done else ""
        lines.append(f"{number + 1} [{'x' if number in done else ' '}] {text}{at}")
    return lines or ["its rule has no steps"]


def _require_number(number: str) -> None:
    if not number.replace("-", "").isalnum():
        msg = f"{number!r} is not the number of an alert; passerby alerts list shows them"
        raise UsageError(msg)
