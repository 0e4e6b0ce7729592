"""`passerby alerts`: list and acknowledge alerts, try contacts and drills, and try rules on stored signals."""

from __future__ import annotations

import getpass
import json
import time
from collections.abc import Iterable
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.errors import AlertError, OutputError, UsageError

if TYPE_CHECKING:
    from passerby.alerts.alert import Alert
    from passerby.alerts.handling import Deed
    from passerby.alerts.observation import Observation
    from passerby.alerts.register import AlertRegister
    from passerby.alerts.rule import AlertRule
    from passerby.settings.site.site import SiteSettings

HOURS_S = 24 * 3600
app = typer.Typer(help="List and acknowledge alerts, and try rules and contacts.")

SiteFileArgument = Annotated[Path, typer.Argument(metavar="SITE", help="Site file.")]
TokenOption = Annotated[
    Path | None,
    typer.Option(help="File with an API token; without it, the variable PASSERBY_TOKEN has the token."),
]


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
    from passerby.alerts.book import AlertBook  # noqa: PLC0415 - not needed for the help
    from passerby.alerts.event_log import FILE, read_events  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    settings = load_site(site)
    zone = time_zone(settings.timezone)
    book = AlertBook(zone)
    for event in read_events(settings.state_folder / FILE):
        try:
            book.apply(event)
        except ValueError:
            continue  # damaged; the gateway logs it
    shown = [each for each in book.alerts.values() if everything or each.open]
    for alert in shown:
        typer.echo(_line(alert, zone) if form is ListFormat.TEXT else json.dumps(_plain(alert), ensure_ascii=False))
    if not shown and form is ListFormat.TEXT:
        typer.echo("no alerts" if everything else "no open alerts")


@app.command()
def acknowledge(
    site: SiteFileArgument,
    alert: Annotated[str, typer.Argument(help="Number of the alert, as passerby alerts list shows it.")],
    note: Annotated[str, typer.Option(help="What the others should know.")] = "",
    token_file: TokenOption = None,
) -> None:
    """Acknowledge an alert, and those that were announced with it.

    If the gateway runs, it is asked, with your token; otherwise the stored alerts are changed, in the name of the
    system's user.
    """
    from passerby.gateway.state_lock import running_gateway  # noqa: PLC0415 - not needed for the help
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    settings = load_site(site)
    if running_gateway(settings.state_folder) is not None:
        from passerby.cli.gateway_client import GatewayClient  # noqa: PLC0415 - as above

        _require_number(alert)
        GatewayClient(settings, token_file).post(f"/api/alerts/{alert}/acknowledge", {"note": note})
    else:
        _acknowledge_stored(settings, alert, note)
    typer.echo(f"{alert}: acknowledged")


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


@app.command()
def replay(
    site: SiteFileArgument,
    rule: Annotated[list[str] | None, typer.Option(help="Only this rule; may be repeated. Default: all.")] = None,
    store: Annotated[str, typer.Option(help="Store of signals. Default: that of the site file.")] = "",
    start: Annotated[
        str, typer.Option("--from", help="Start, as 2026-11-22T08:00. Default: a day before the end.")
    ] = "",
    end: Annotated[str, typer.Option("--to", help="End (not included). Default: the last stored signal.")] = "",
    window: Annotated[str, typer.Option(help="Length of the windows: 1s, 10s or 1min; live rules see 1s.")] = "10s",
) -> None:
    """Show when rules would have fired over stored signals.

    Also prints the alarm load by EEMUA 191.

    It is as if every alert were acknowledged, and resolved as soon as it is over. Rules about cameras, disk and clock
    are left out: their states are not stored.
    """
    from passerby.alerts.load import report  # noqa: PLC0415 - not needed for the help
    from passerby.alerts.replay import replay as replayed  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    settings = load_site(site)
    zone = time_zone(settings.timezone)
    rules = _chosen(settings, rule or [])
    address = store or settings.signals.store.get_secret_value() or str(settings.state_folder / "signals.db")
    span_s, given = _stored(address, settings, rules, (start, end, window))
    found = replayed(rules, given, zone=zone, span_s=span_s, operators=settings.alerts.operators)
    for alert in found.alerts:
        typer.echo(_line(alert, zone))
    typer.echo(
        f"{len(found.alerts)} alerts would have been raised" if found.alerts else "no alert would have been raised"
    )
    for line in report(found.load):
        typer.echo(line)


def _chosen(settings: SiteSettings, names: list[str]) -> list[AlertRule]:
    """Return the rules to try, and say which cannot be."""
    from passerby.alerts.replay import replayable  # noqa: PLC0415 - not needed for the help
    from passerby.alerts.site_rules import site_rules  # noqa: PLC0415 - as above

    rules = site_rules(settings)
    known = list(dict.fromkeys(each.name for each in rules))
    for name in names:
        if name not in known:
            msg = f"--rule {name}: the site file has no such rule; choose from {', '.join(known) or 'none'}"
            raise UsageError(msg)
    wanted = [each for each in rules if not names or each.name in names]
    usable = replayable(wanted)
    for name in dict.fromkeys(each.name for each in wanted if each not in usable):
        typer.echo(f"rule {name} is left out: states of cameras and of the gateway are not stored", err=True)
    if not usable:
        msg = "there is no rule about places to replay; add one to alerts.rules in the site file"
        raise UsageError(msg)
    return usable


def _stored(
    address: str, settings: SiteSettings, rules: Iterable[AlertRule], when: tuple[str, str, str]
) -> tuple[tuple[float, float], list[Observation]]:
    """Return the period, and what rules look at in it, in the order of time."""
    from passerby.alerts.evaluator import RuleSet  # noqa: PLC0415 - not needed for the help
    from passerby.alerts.observation import of_signal  # noqa: PLC0415 - as above
    from passerby.cli.moment import moment  # noqa: PLC0415 - as above
    from passerby.signals.selection import Selection  # noqa: PLC0415 - as above
    from passerby.signals.signal import utc  # noqa: PLC0415 - as above
    from passerby.signals.window import WindowLength, time_zone  # noqa: PLC0415 - as above
    from passerby.store import open_store  # noqa: PLC0415 - as above

    zone = time_zone(settings.timezone)
    usable = (WindowLength.SECOND, WindowLength.TEN_SECONDS, WindowLength.MINUTE)
    if when[2] not in usable:
        msg = f"--window {when[2]}: choose one of {', '.join(usable)}"
        raise UsageError(msg)
    with open_store(address) as opened:
        extent = opened.extent()
        if extent is None:
            msg = f"{address}: contains no signals yet; run passerby up first"
            raise UsageError(msg)
        end = moment(when[1], "--to", zone) if when[1] else extent[1]
        start = moment(when[0], "--from", zone) if when[0] else max(extent[0], utc(end.timestamp() - HOURS_S))
        places = frozenset(subject.name for subject in RuleSet(rules, zone).needs)
        wanted = Selection(WindowLength(when[2]), start, end, zone, frozenset({settings.site}), places)
        given = sorted(map(of_signal, opened.read(wanted)), key=lambda each: each.end_s)
    if not given:
        typer.echo(f"no signals of {', '.join(sorted(places))} in windows of {when[2]} from {start} to {end}", err=True)
        return (start.timestamp(), end.timestamp()), given
    # the store knows the hours of its first and last signal: what lies outside was not missed
    first_s = given[0].start_s if not when[0] and start == extent[0] else start.timestamp()
    last_s = end.timestamp() if when[1] else given[-1].end_s
    return (first_s, last_s), given


def _acknowledge_stored(settings: SiteSettings, number: str, note: str) -> None:
    from passerby.alerts.audit_trail import AuditTrail  # noqa: PLC0415 - not needed for the help
    from passerby.alerts.event_log import FILE  # noqa: PLC0415 - as above
    from passerby.alerts.handling import Deed  # noqa: PLC0415 - as above
    from passerby.alerts.register import AlertRegister  # noqa: PLC0415 - as above
    from passerby.audit.audit_log import AuditLog  # noqa: PLC0415 - as above
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    now_s = time.time()
    path = settings.state_folder / FILE
    if not path.exists():
        msg = f"{path}: there are no alerts of this site; check state_folder"
        raise AlertError(msg)
    zone = time_zone(settings.timezone)
    with AuditLog(settings.state_folder, settings.site) as audit:
        trail = AuditTrail(lambda: audit)
        register = AlertRegister(path, [], zone=zone, owners=lambda _: frozenset(), now_s=now_s, trail=trail)
        _acknowledge_group(register, number, Deed(getpass.getuser(), now_s, note))


def _acknowledge_group(register: AlertRegister, number: str, deed: Deed) -> None:
    try:
        group = register.alert(number).about.group
        together = [each.id for each in register.alerts() if each.about.group == group and each.open]
        register.acknowledge(together or [number], deed)
    finally:
        register.close()


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
    failed = 0
    for name in names or ways:
        try:
            ways[name].send(trial_message(name, site=settings.site, now_s=time.time()))
        except OutputError as error:
            failed += 1
            typer.echo(f"{name}: {error}")
        else:
            typer.echo(f"{name}: sent, marked as a drill")
    if failed:
        raise typer.Exit(1)


def _require_number(number: str) -> None:
    if not number.replace("-", "").isalnum():
        msg = f"{number!r} is no number of an alert; passerby alerts list shows them"
        raise UsageError(msg)


def _line(alert: Alert, zone: tzinfo) -> str:
    from passerby.signals.signal import utc  # noqa: PLC0415 - not needed for the help

    raised = utc(alert.raised_s).astimezone(zone)
    ended = "" if alert.ended_s is None else f"over after {alert.ended_s - alert.raised_s:.0f} s"
    where = ", ".join(map(str, alert.about.subjects))
    parts = [
        f"{alert.id}  {raised:%Y-%m-%d %H:%M:%S}",
        f"{'DRILL ' * alert.about.drill}{alert.severity}",
        alert.state,
        f"{alert.about.rule} at {where}: {alert.about.summary}",
        ended,
        f"{alert.count} times" if alert.count > 1 else "",
        f"role {alert.role}" if alert.role else "",
    ]
    return "  ".join(filter(None, parts))


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
