"""The alerts of a running site: durable, safe to use from several threads, and published to those who listen."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from passerby.alerts import handling
from passerby.alerts.alert import Alert, AlertState
from passerby.alerts.archive import AlertArchive
from passerby.alerts.book import AlertBook, Owners
from passerby.alerts.drill import drill_finding
from passerby.alerts.escalation import Escalation, waited_before
from passerby.alerts.evaluator import RuleSet
from passerby.alerts.event import AlertEvent
from passerby.alerts.handling import Deed
from passerby.alerts.observation import Observation
from passerby.alerts.retention import DAY_S, AlertRetention
from passerby.alerts.rule import AlertRule
from passerby.alerts.trail import AlertTrail
from passerby.errors import AlertAbsentError, AuditError
from passerby.listeners import Listeners

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AlertNews:
    """Something that happened to an alert.

    Args:
        event: What happened.
        alert: The alert after it; None for a hand-over.
    """

    event: AlertEvent
    alert: Alert | None


class AlertRegister:
    """Follows the rules of a site, and stores what happened before anybody is informed.

    If the disk is full, alerts still go out, and are stored when there is room; what people do is refused.

    Args:
        path: File of the events.
        rules: The rules.
        zone: The site's time zone.
        owners: Returns the cameras that a subject belongs to.
        now_s: The present, UTC since 1970, s.
        keep_s: How long resolved alerts are stored, s.
        trail: Where it is recorded what people do; None = nowhere but here.

    Raises:
        AlertStorageError: The file cannot be read or written, or another program uses it.
    """

    def __init__(  # noqa: PLR0913 - the parts of a site
        self,
        path: Path,
        rules: Iterable[AlertRule],
        *,
        zone: tzinfo,
        owners: Owners,
        now_s: float,
        keep_s: float = 90 * DAY_S,
        trail: AlertTrail | None = None,
    ) -> None:
        self._owners = owners
        self._zone = zone
        self._trail = trail
        self._busy = threading.RLock()
        self._listeners = Listeners[AlertNews]()
        self._book = AlertBook(zone)
        self._archive = AlertArchive(path, self._book.apply)
        self._retention = AlertRetention(self._book, self._archive, keep_s=keep_s)
        self._retention.sweep(now_s)
        self._set_rules(list(rules))
        self._escalation = Escalation(waited_before(self._book.open(), now_s))

    def _set_rules(self, rules: list[AlertRule]) -> None:
        self._rules = rules
        self._rule_set = RuleSet(rules, self._zone)

    # --- what happens by itself ---------------------------------------------------------------------

    def observe(self, given: Iterable[Observation]) -> None:
        """Take observations, in the order of their ends."""
        with self._busy:
            self._happened(self._book.judge(self._rule_set.observe(given), self._owners))

    def step(self, now_s: float) -> None:
        """Let time pass until now, UTC since 1970, s: what is not observed, escalation, the end of quiet hours."""
        with self._busy:
            self._happened(self._book.judge(self._rule_set.step(now_s), self._owners))
            self._happened(self._book.announce(self._rules, now_s))
            due = self._escalation.due(
                self._book.speakers(),
                self._rules,
                now_s=now_s,
                steady_s=self._rule_set.steady_s,
                number=self._book.next_number,
            )
            for event in due:
                self._book.apply(event)
            self._happened(due)
            self._archive.retry()
            self._retention.step(now_s)

    def reload(self, rules: Iterable[AlertRule], *, zone: tzinfo, now_s: float) -> None:
        """Follow other rules, in another time zone, from now on; alerts of rules that are gone end."""
        with self._busy:
            wanted = list(rules)
            if wanted != self._rules or zone != self._zone:
                self._zone = self._book.zone = zone
                self._set_rules(wanted)
            self._happened(self._book.retire(wanted, now_s))

    def drill(self, rule: str, deed: Deed) -> Alert:
        """Raise the alert of a rule to practise; it is marked as a drill wherever it appears.

        Raises:
            UsageError: There is no rule of this name.
            AlertConflictError: A drill of it is open already.
            AlertStorageError: It cannot be recorded.
        """
        with self._busy:
            found = drill_finding(rule, self._rules, self._book.open(), time_s=deed.time_s)
            if self._trail is not None:
                self._trail.drill(found.rule.name, deed)
            events = self._book.judge([found], self._owners, drill=deed)
            self._happened(events)
            return self._book.alerts[events[0].alert]

    # --- what people do ------------------------------------------------------------------------------

    def acknowledge(self, numbers: Sequence[str], deed: Deed) -> list[Alert]:
        """Acknowledge alerts that were announced together; those that are acknowledged already stay so.

        Raises:
            AlertAbsentError: One does not exist.
            AlertConflictError: All are acknowledged or resolved.
            AlertStorageError: It cannot be recorded, so nothing has changed.
            AuditError: As above.
        """
        waiting = [each for each in self._named(numbers) if each.state is AlertState.RAISED]
        return self._do(waiting or self._named(numbers), deed, handling.acknowledge)

    def assign(self, numbers: Sequence[str], role: str, deed: Deed) -> list[Alert]:
        """Assign alerts to a role; errors as for `acknowledge`."""
        given = self._named(numbers)
        return self._do(given, deed, lambda alert, by, number: handling.assign(alert, role, by, number))

    def tick(self, number: str, step: int, deed: Deed) -> list[Alert]:
        """Tick a step of an alert's procedure; errors as for `acknowledge`, and UsageError if there is none."""
        given = self._named([number])
        return self._do(given, deed, lambda alert, by, event: handling.tick(alert, step, by, event))

    def resolve(self, numbers: Sequence[str], deed: Deed) -> list[Alert]:
        """Resolve alerts that were announced together; those that are resolved already stay so.

        Raises:
            AlertConflictError: What one describes still holds, or its steps are left; or all are resolved.
        """
        left = [each for each in self._named(numbers) if each.open]
        return self._do(left or self._named(numbers), deed, handling.resolve)

    def hand_over(self, deed: Deed) -> AlertEvent:
        """Record the note of a shift.

        Raises:
            UsageError: The note is empty.
            AlertStorageError: It cannot be recorded.
            AuditError: As above.
        """
        with self._busy:
            event = handling.hand_over(deed, self._book.next_number)
            self._record([event], [])
            return event

    def _named(self, numbers: Sequence[str]) -> list[Alert]:
        with self._busy:
            if absent := [each for each in numbers if each not in self._book.alerts]:
                msg = f"there is no alert {absent[0][:32]}; list them to see their numbers"
                raise AlertAbsentError(msg)
            return [self._book.alerts[each] for each in numbers]

    def _do(self, alerts: Sequence[Alert], deed: Deed, what: Callable[[Alert, Deed, int], AlertEvent]) -> list[Alert]:
        with self._busy:
            now = [self._book.alerts[each.id] for each in alerts]  # somebody may have been faster
            events = [what(alert, deed, self._book.next_number + ahead) for ahead, alert in enumerate(now)]
            self._record(events, now)
            return [self._book.alerts[each.id] for each in alerts]

    def _record(self, events: list[AlertEvent], alerts: Sequence[Alert]) -> None:
        """Store what somebody did: in the audit trail, then here; only then has it happened."""
        if self._trail is not None:
            for position, event in enumerate(events):
                self._trail.record(event, alerts[position] if alerts else None)
        self._archive.save(events, required=True)
        for event in events:
            self._book.apply(event)
            self._publish(event)

    # --- what is known -------------------------------------------------------------------------------

    @property
    def rules(self) -> list[AlertRule]:
        """The rules in use."""
        return list(self._rules)

    @property
    def problem(self) -> str:
        """Why alerts are not stored at present, in one line that says what to do; "" = they are."""
        return self._archive.problem

    def alerts(self) -> list[Alert]:
        """Return all known alerts, oldest first."""
        with self._busy:
            return list(self._book.alerts.values())

    def alert(self, number: str) -> Alert:
        """Return one alert.

        Raises:
            AlertAbsentError: It does not exist.
        """
        return self._named([number])[0]

    def events(self, after: int = 0) -> list[AlertEvent]:
        """Return what happened after the event of a number, oldest first."""
        with self._busy:
            return [each for each in self._archive.events if each.number > after]

    @property
    def last_number(self) -> int:
        """Number of the last event; 0 = there was none."""
        with self._busy:
            return self._book.next_number - 1

    @contextmanager
    def listen(self, callback: Callable[[AlertNews], None]) -> Iterator[None]:
        """Call back with everything that happens, after it was stored, while entered; must be quick."""
        with self._listeners.listen(callback):
            yield

    def close(self) -> None:
        """Close the file; safe to repeat."""
        with self._busy:
            self._archive.close()

    # --- storing -------------------------------------------------------------------------------------

    def _happened(self, events: list[AlertEvent]) -> None:
        """Store events of the gateway, and pass them on even if they cannot be stored now."""
        if events:
            self._archive.save(events)
            for event in events:
                self._publish(event)
            self._note(events)

    def _note(self, events: list[AlertEvent]) -> None:
        """Write into the audit trail what has happened; alerts go out whether that works or not."""
        if self._trail is None:
            return
        try:
            for event in events:
                self._trail.note(event, self._book.alerts[event.alert])
        except AuditError as error:
            log.warning("alerts_not_audited", extra={"reason": str(error)})

    def _publish(self, event: AlertEvent) -> None:
        self._listeners.publish(AlertNews(event, self._book.alerts.get(event.alert)))
