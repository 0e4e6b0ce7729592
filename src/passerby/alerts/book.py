"""All alerts of a site: what findings make of them, and what people may do with them. Pure; it stores nothing."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo

from passerby.alerts.alert import Alert, AlertState, changed, raised
from passerby.alerts.evaluator import FindingKind, RuleFinding
from passerby.alerts.event import AlertEvent, AlertEventKind, RaisedAlert
from passerby.alerts.handling import Deed
from passerby.alerts.hours import include
from passerby.alerts.observation import Subject
from passerby.alerts.rule import AlertRule
from passerby.settings.site.alert_rule import Severity

TOGETHER_S = 10.0
"""Alerts of one rule that are raised within this time are announced as one, with their number."""
FLOOD = 10
"""More announcements than this within `TOGETHER_S` are a flood: further alerts join the last one announced."""
CHATTER, CHATTER_S = 3, 600.0
"""An alert that recurred more often than this within this time is counted, and no longer announced each time."""
Owners = Callable[[Subject], frozenset[str]]
"""Returns the cameras that a subject belongs to; empty = no single camera."""
AlertKey = tuple[str, FindingKind, tuple[Subject, ...], bool]
"""Rule, kind, subjects and whether it is a drill: there is one open alert of each."""


class AlertBook:
    """The alerts of a site; used by one thread at a time.

    Methods that return events have applied them already; what people do is decided in `handling`, and applied here
    once it is stored.

    Args:
        zone: Time zone of quiet hours.
    """

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        """Time zone of quiet hours."""
        self._alerts: dict[str, Alert] = {}
        self._open: dict[AlertKey, str] = {}
        self._recurred_s: dict[AlertKey, deque[float]] = {}
        self._announced: deque[tuple[float, str]] = deque(maxlen=FLOOD)
        self.next_number = 1
        """Number of the next event."""

    @property
    def alerts(self) -> Mapping[str, Alert]:
        """All known alerts by number, oldest first."""
        return self._alerts

    def open(self) -> list[Alert]:
        """Return the alerts that are not resolved, oldest first."""
        return [self._alerts[number] for number in sorted(self._open.values(), key=self._order)]

    def group(self, alert: Alert) -> list[Alert]:
        """Return the open alerts that are announced together with one, itself included; oldest first."""
        return [each for each in self.open() if each.about.group == alert.about.group]

    def speakers(self) -> list[Alert]:
        """Return the first alert that waits for an acknowledgement of each group, which stands for all of them.

        It counts as informed if any of its group was, and as announced with as many as any of them.
        """
        groups: dict[str, list[Alert]] = {}
        for each in self.open():
            groups.setdefault(each.about.group, []).append(each)
        found = []
        for group in groups.values():
            waiting = [each for each in group if each.state is AlertState.RAISED]
            if waiting:
                informed = any(each.informed for each in group)
                announced = max(each.announced for each in group)
                found.append(replace(waiting[0], informed=informed, announced=announced))
        return found

    def apply(self, event: AlertEvent) -> None:
        """Let an event happen.

        Raises:
            ValueError: It concerns an alert that does not exist.
        """
        self.next_number = max(self.next_number, event.number + 1)
        if event.kind is AlertEventKind.HANDED_OVER:
            return
        known = self._alerts.get(event.alert)
        if known is None and event.kind is not AlertEventKind.RAISED:
            msg = f"event {event.number} concerns alert {event.alert}, which was never raised"
            raise ValueError(msg)
        alert = raised(event) if known is None else changed(known, event)
        self._alerts[alert.id] = alert
        key = _key(alert)
        if not alert.open:
            self._open.pop(key, None)
            return
        self._open[key] = alert.id
        if event.kind is AlertEventKind.RECURRED:
            self._recurred_s.setdefault(key, deque(maxlen=CHATTER)).append(event.time_s)
        if event.kind is AlertEventKind.RAISED and alert.leads:
            self._announced.append((event.time_s, alert.id))

    def forget(self, before_s: float, *, keep: Collection[str] = ()) -> None:
        """Forget alerts that were resolved before a time, UTC since 1970, s, but for those to keep."""
        old = [each.id for each in self._alerts.values() if not each.open and each.changed_s < before_s]
        for number in set(old).difference(keep):
            key = _key(self._alerts.pop(number))
            if key not in self._open:
                self._recurred_s.pop(key, None)

    def judge(self, findings: Iterable[RuleFinding], owners: Owners, *, drill: Deed | None = None) -> list[AlertEvent]:
        """Return what findings make of the alerts; each event is applied at once.

        Args:
            findings: What began or ceased to hold.
            owners: Returns the cameras that a subject belongs to.
            drill: Who raises it to practise, although nothing has happened; None = it is no drill.
        """
        events: list[AlertEvent] = []
        new: list[RuleFinding] = []
        for finding in findings:
            key = (finding.rule.name, finding.kind, finding.subjects, drill is not None)
            alert = self._alerts.get(self._open.get(key, ""))
            if alert is None:
                waiting = [each for each in new if (each.rule.name, each.kind, each.subjects) == key[:3]]
                if waiting and finding.met:
                    events += self._raise(new, owners, drill=drill)
                    new = []
                    alert = self._alerts.get(self._open.get(key, ""))
                elif finding.met:
                    new.append(finding)
                    continue
            if alert is not None:
                events += self._change(alert, finding)
        return events + self._raise(new, owners, drill=drill)

    def _raise(self, findings: Sequence[RuleFinding], owners: Owners, *, drill: Deed | None) -> list[AlertEvent]:
        """Raise alerts; those of one rule at one time are announced as one."""
        sizes = Counter((each.rule.name, each.kind) for each in findings)
        events: list[AlertEvent] = []
        leaders: dict[tuple[str, FindingKind], str] = {}
        for finding in findings:
            about = (finding.rule.name, finding.kind)
            leader = leaders.get(about) or self._leader(finding, drill=drill is not None)
            event = self._raised(finding, owners, leader=leader, size=sizes[about], drill=drill)
            leaders[about] = leader or event.alert
            self.apply(event)
            events.append(event)
        return events

    def _raised(
        self, finding: RuleFinding, owners: Owners, *, leader: str, size: int, drill: Deed | None
    ) -> AlertEvent:
        rule = finding.rule
        number = f"{round(finding.time_s):x}-{self.next_number:x}"
        severity = rule.severity if finding.kind is FindingKind.CONDITION else Severity.AMBER
        quiet = include(rule.quiet, finding.time_s, self.zone) and severity is not Severity.CRITICAL
        about = RaisedAlert(
            leader or number,
            rule.name,
            finding.kind,
            finding.subjects,
            _joint_owners(finding.subjects, owners),
            rule.summary if finding.kind is FindingKind.CONDITION else "not observed: nobody can say what happens here",
            rule.unit,
            rule.steps if finding.kind is FindingKind.CONDITION else (),
            rule.role,
            rule.by_person and finding.kind is FindingKind.CONDITION,
            drill is not None,
            1 if leader else size,
        )
        return AlertEvent(
            self.next_number,
            AlertEventKind.RAISED,
            number,
            finding.time_s,
            by="" if drill is None else drill.by,
            note="" if drill is None else drill.note,
            inform=() if quiet or leader else rule.contacts,
            severity=severity,
            value=finding.value,
            raised=about,
        )

    def _leader(self, finding: RuleFinding, *, drill: bool) -> str:
        """Return the alert with which a new one is announced; "" = it is announced by itself."""
        recent = [
            self._alerts[number]
            for time_s, number in self._announced
            if abs(finding.time_s - time_s) <= TOGETHER_S and number in self._alerts
        ]
        open_ones = [each for each in recent if each.open and each.about.drill == drill]
        for alert in reversed(open_ones):
            same = (alert.about.rule, alert.about.kind) == (finding.rule.name, finding.kind)
            if same and alert.state is AlertState.RAISED and alert.severity.rank >= finding.rule.severity.rank:
                return alert.id
        flooded = len(recent) >= FLOOD and finding.rule.severity is not Severity.CRITICAL
        return open_ones[-1].id if flooded and open_ones else ""

    def _change(self, alert: Alert, finding: RuleFinding) -> list[AlertEvent]:
        """Return what a finding makes of an open alert of the same rule and place."""
        severity = finding.rule.severity if finding.kind is FindingKind.CONDITION else Severity.AMBER
        if not finding.met:
            return self._end(alert, finding, severity)
        if severity in alert.active:
            return []
        quiet = include(finding.rule.quiet, finding.time_s, self.zone) and severity is not Severity.CRITICAL
        kind = AlertEventKind.WORSENED
        inform = () if quiet else finding.rule.contacts
        if not alert.active:
            kind = AlertEventKind.RECURRED
            often = self._recurred_s.get(_key(alert), deque())
            if len(often) == CHATTER and finding.time_s - often[0] <= CHATTER_S:
                inform = ()
        elif severity.rank <= max(each.rank for each in alert.active):
            inform = ()
        return self._apply_all(
            [self._event(kind, alert.id, finding.time_s, inform=inform, severity=severity, value=finding.value)]
        )

    def _end(self, alert: Alert, finding: RuleFinding, severity: Severity) -> list[AlertEvent]:
        if severity not in alert.active:
            return []
        if alert.active != {severity}:
            return self._apply_all(
                [self._event(AlertEventKind.EASED, alert.id, finding.time_s, severity=severity, value=finding.value)]
            )
        return self._over(alert, finding.time_s, "")

    def _over(self, alert: Alert, now_s: float, why: str) -> list[AlertEvent]:
        """End an alert; one that no person resolves is resolved with it."""
        events = self._apply_all([self._event(AlertEventKind.ENDED, alert.id, now_s, note=why)])
        if not alert.about.by_person and not alert.about.drill:
            note = why or "its condition is over"
            events += self._apply_all([self._event(AlertEventKind.RESOLVED, alert.id, now_s, note=note)])
        return events

    def retire(self, rules: Iterable[AlertRule], now_s: float) -> list[AlertEvent]:
        """End the alerts of rules and places that no longer exist: nothing would ever end them."""
        known = {(rule.name, subjects) for rule in rules for subjects in rule.targets()}
        known |= {(name, (subject,)) for name, subjects in known for subject in subjects}
        gone = [
            each
            for each in self.open()
            if each.active and not each.about.drill and (each.about.rule, each.about.subjects) not in known
        ]
        return [event for each in gone for event in self._over(each, now_s, "its rule is no longer in the site file")]

    def announce(self, rules: Iterable[AlertRule], now_s: float) -> list[AlertEvent]:
        """Return what is due with time: larger groups, and what waited for the end of quiet hours."""
        by_name = {(rule.name, rule.severity): rule for rule in rules}
        sizes: dict[str, int] = {}
        for each in self.open():
            sizes[each.about.group] = sizes.get(each.about.group, 0) + 1
        events: list[AlertEvent] = []
        for alert in self.speakers():
            rule = by_name.get((alert.about.rule, alert.severity))
            if rule is None:
                continue
            if include(rule.quiet, now_s, self.zone) and alert.severity is not Severity.CRITICAL:
                continue
            size = sizes[alert.about.group]
            if size > alert.announced and abs(now_s - alert.raised_s) >= TOGETHER_S:
                about = (AlertEventKind.GROUPED, alert.id, now_s)
                events.append(self._event(*about, size=size, inform=rule.contacts, ahead=len(events)))
            elif not alert.informed and rule.contacts:
                about = (AlertEventKind.INFORMED, alert.id, now_s)
                events.append(self._event(*about, inform=rule.contacts, ahead=len(events)))
        return self._apply_all(events)

    def _event(self, kind: AlertEventKind, alert: str, time_s: float, *, ahead: int = 0, **facts: object) -> AlertEvent:
        return replace(AlertEvent(self.next_number + ahead, kind, alert, time_s), **facts)  # type: ignore[arg-type]  # fields of an event

    def _apply_all(self, events: list[AlertEvent]) -> list[AlertEvent]:
        for event in events:
            self.apply(event)
        return events

    def _order(self, number: str) -> int:
        return int(number.rpartition("-")[2], 16)


def _key(alert: Alert) -> AlertKey:
    about = alert.about
    return about.rule, about.kind, about.subjects, about.drill


def _joint_owners(subjects: Sequence[Subject], owners: Owners) -> tuple[str, ...]:
    """Return the cameras of all subjects; none if one of them belongs to no single camera."""
    each = [owners(subject) for subject in subjects]
    return tuple(sorted(frozenset().union(*each))) if all(each) else ()
