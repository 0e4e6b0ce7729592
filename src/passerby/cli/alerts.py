"""`passerby alerts`: list and handle alerts, the alarm load, drills and contacts, and rules tried on stored signals."""

from __future__ import annotations

import json
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.audit.entry import AuditKind
from passerby.cli import alert_handling, alert_replay
from passerby.cli.alert_handling import SiteFileArgument, TokenOption
from passerby.cli.alert_line import alert_line
from passerby.cli.site_accounts import at_the_machine, logging_to
from passerby.errors import OutputError, UsageError

if TYPE_CHECKING:
    from passerby.alerts.alert import Alert
    from passerby.settings.site.site import SiteSettings

app = typer.Typer(help="List and handle alerts, and try rules and contacts.")
app.command()(alert_handling.acknowledge)
app.command()(alert_handling.assign)
app.command()(alert_handling.steps)
app.command()(alert_handling.resolve)
app.command()(alert_handling.hand_over)
app.command()(alert_replay.replay)


class ListFormat(StrEnum):
    """Format in which alerts are listed."""

    TEXT = "text"
    JSONL = "jsonl"


@app.command("list")
def list_alerts(
    site: SiteFileArgument,
    everything: Annotated[bool, typer.Option("--all", help="Resolved alerts too.")] = False,
    form: Annotated[ListFormat, typer.Option("--format", help="Output format: text or jsonl.")] = ListFormat.TEXT,
) -> None:
    """List open alerts, oldest first.

    This works whether the gateway runs or not.
    """
    from passerby.cli.stored_alerts import read_alerts  # noqa: PLC0415 - not needed for the help
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    settings = load_site(site)
    zone = time_zone(settings.timezone)
    shown = [each for each in read_alerts(settings)[1] if everything or each.open]
    for alert in shown:
        typer.echo(
            alert_line(alert, zone) if form is ListFormat.TEXT else json.dumps(_plain(alert), ensure_ascii=False)
        )
    if not shown and form is ListFormat.TEXT:
        typer.echo("no alerts" if everything else "no open alerts")


@app.command()
def load(
    site: SiteFileArgument,
    hours: Annotated[float, typer.Option(min=0.1, max=24 * 366, help="Length of the time until now, h.")] = 24.0,
) -> None:
    """Show how many alerts a person had to handle, by EEMUA 191.

    This works whether the gateway runs or not.
    """
    from passerby.alerts.load import alarm_load, announcements, report  # noqa: PLC0415 - not needed for the help
    from passerby.cli.stored_alerts import read_alerts  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    settings = load_site(site)
    events, alerts = read_alerts(settings)
    now_s = time.time()
    start_s = now_s - 3600 * hours
    given = announcements(events, alerts)
    operators = settings.alerts.operators
    for line in report(alarm_load(given, alerts, start_s=start_s, end_s=now_s, operators=operators)):
        typer.echo(line)


@app.command("test")
def try_out(
    site: SiteFileArgument,
    rule: Annotated[str, typer.Option(help="Raise a drill of this rule at the running gateway.")] = "",
    contact: Annotated[list[str] | None, typer.Option(help="Contact to try; may be repeated. Default: all.")] = None,
    note: Annotated[str, typer.Option(help="What the others should know about the drill.")] = "",
    token_file: TokenOption = None,
) -> None:
    """Send a drill to contacts, or raise a drill of a rule.

    Each message is marked as a drill. The exit status is 1 if one fails.
    """
    from passerby.settings.load import load_site, located  # noqa: PLC0415 - not needed for the help

    settings = load_site(site)
    if rule:
        from passerby.cli.gateway_client import GatewayClient  # noqa: PLC0415 - as above

        made = GatewayClient(settings, token_file).post("/api/alerts/drills", {"rule": rule, "note": note})
        typer.echo(f"{made['alert']}: drill of rule {rule} raised; it is sent to its contacts, marked as a drill")
        return
    with located(site):
        _try_contacts(settings, contact or [])


def _try_contacts(settings: SiteSettings, names: list[str]) -> None:
    from passerby.assembly.contacts import channels  # noqa: PLC0415 - not needed for the help
    from passerby.outputs.notify.message import trial_message  # noqa: PLC0415 - as above

    ways = channels(settings, clock=time.time)
    if not ways:
        msg = "the site file has no contacts; add one to alerts.contacts"
        raise UsageError(msg)
    for name in names:
        if name not in ways:
            msg = f"--contact {name}: there is no such contact; choose from {', '.join(ways)}"
            raise UsageError(msg)
    tried = names or list(ways)
    with logging_to(settings) as trail:
        trail.note(AuditKind.ALERT_DRILL, at_the_machine().name, contacts=", ".join(tried))
    failed = 0
    for name in tried:
        try:
            ways[name].send(trial_message(name, site=settings.site, now_s=time.time()))
        except OutputError as error:
            failed += 1
            typer.echo(f"{name}: {error}")
        else:
            typer.echo(f"{name}: sent, marked as a drill")
    if failed:
        raise typer.Exit(1)


def _plain(alert: Alert) -> dict[str, object]:
    about = alert.about
    return {
        "alert": alert.id,
        "rule": about.rule,
        "kind": about.kind,
        "severity": alert.severity,
        "state": alert.state,
        "active": bool(alert.active),
        "where": [str(each) for each in about.subjects],
        "summary": about.summary,
        "value": alert.value,
        "unit": about.unit,
        "raised_s": alert.raised_s,
        "ended_s": alert.ended_s,
        "count": alert.count,
        "drill": about.drill,
        "role": alert.role,
    }
