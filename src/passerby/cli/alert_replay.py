"""`passerby alerts replay`: when rules would have fired over stored signals, and the alarm load of that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.alert_handling import SiteFileArgument
from passerby.cli.alert_line import alert_line
from passerby.errors import UsageError

if TYPE_CHECKING:
    from passerby.alerts.observation import Observation
    from passerby.alerts.rule import AlertRule
    from passerby.settings.site.site import SiteSettings

HOURS_S = 24 * 3600


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
        typer.echo(alert_line(alert, zone))
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
