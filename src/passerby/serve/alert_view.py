"""The alerts as one user may see them: those whose cameras are all in the user's scope; others are not even counted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import tzinfo

from passerby.accounts.permission import Action, Principal, may_with_all
from passerby.alerts.alert import Alert, AlertState
from passerby.alerts.event import AlertEvent
from passerby.alerts.handling import Deed
from passerby.alerts.load import AlarmLoad, alarm_load, announcements
from passerby.alerts.register import AlertNews
from passerby.alerts.rule import AlertRule
from passerby.alerts.shift import ShiftNote, last_note, open_items
from passerby.errors import AlertAbsentError, UsageError
from passerby.outputs.notify.courier import Courier
from passerby.serve.alert_source import AlertSource
from passerby.settings.site.alert_rule import Severity
from passerby.settings.site.alerts import AlertSettings
from passerby.signals.window import time_zone


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts that were announced as one, as far as they are in view.

    Args:
        members: The alerts, oldest first; at least one.
    """

    members: tuple[Alert, ...]

    @property
    def first(self) -> Alert:
        """The oldest of them, whose number stands for all."""
        return self.members[0]

    @property
    def state(self) -> AlertState:
        """The least handled state of any of them."""
        order = list(AlertState)
        return min((each.state for each in self.members), key=order.index)

    @property
    def severity(self) -> Severity:
        """The highest severity of any of them."""
        return max((each.severity for each in self.members), key=lambda each: each.rank)

    @property
    def order(self) -> int:
        """Number by which groups are sorted: a later one has a higher one."""
        return int(self.first.id.rpartition("-")[2], 16)

    @property
    def tag(self) -> str:
        """An entity tag: another one after each change."""
        text = " ".join(f"{each.id}:{each.version}" for each in self.members)
        return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


class AlertView:
    """Those alerts with which a principal may do something.

    Args:
        source: All alerts.
        principal: Who looks.
        action: What they want to do.
    """

    def __init__(self, source: AlertSource, principal: Principal, action: Action) -> None:
        self._source = source
        self._register = source.register
        self._principal = principal
        self._action = action

    def sees(self, alert: Alert) -> bool:
        """Return whether an alert is in view."""
        return may_with_all(self._principal, self._action, alert.about.owners)

    @property
    def unlimited(self) -> bool:
        """Whether everything is in view, what belongs to no camera included."""
        return may_with_all(self._principal, self._action, ())

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles that an alert can be assigned to."""
        return tuple(self._source.site.alerts.roles)

    def groups(self) -> list[AlertGroup]:
        """Return the alerts in view, those announced together as one; the newest first."""
        together: dict[str, list[Alert]] = {}
        for alert in self._visible():
            together.setdefault(alert.about.group, []).append(alert)
        found = [AlertGroup(tuple(members)) for members in together.values()]
        return sorted(found, key=lambda each: each.order, reverse=True)

    def group(self, number: str) -> AlertGroup:
        """Return an alert and those announced with it.

        Raises:
            AlertAbsentError: There is none in view with this number.
        """
        for each in self.groups():
            if number in {member.id for member in each.members}:
                return each
        msg = "no alert of this number; /api/alerts lists them"
        raise AlertAbsentError(msg)

    def rules(self) -> list[AlertRule]:
        """Return the rules of which at least one place or camera is in view."""
        return [each for each in self._register.rules if any(self._sees_target(each))]

    def named(self, rule: str) -> list[AlertRule]:
        """Return the severities of a rule that is in view with all its places and cameras.

        Raises:
            UsageError: There is no such rule.
        """
        known = [each for each in self.rules() if each.name == rule and self.sees_rule(each)]
        if not known:
            msg = f"there is no rule '{rule[:64]}'; /api/alerts/rules lists them"
            raise UsageError(msg)
        return known

    def sees_rule(self, rule: AlertRule) -> bool:
        """Return whether all places and cameras of a rule are in view, also of one that is not in use."""
        return all(self._sees_target(rule))

    @property
    def settings(self) -> AlertSettings:
        """The settings of alerts in use."""
        return self._source.site.alerts

    @property
    def zone(self) -> tzinfo:
        """The site's time zone."""
        return time_zone(self._source.site.timezone)

    def now_s(self) -> float:
        """Return the time, UTC since 1970, s."""
        return self._source.now_s()

    def _sees_target(self, rule: AlertRule) -> Iterable[bool]:
        for target in rule.targets():
            owners = [self._source.owners(subject) for subject in target]
            joint = frozenset().union(*owners) if all(owners) else frozenset()
            yield may_with_all(self._principal, self._action, joint)

    def listen(self, callback: Callable[[], None]) -> AbstractContextManager[None]:
        """Call back, from another thread, when something happens to an alert in view, while entered."""

        def filtered(news: AlertNews) -> None:
            if news.alert is not None and self.sees(news.alert):
                callback()

        return self._register.listen(filtered)

    # --- what people do ------------------------------------------------------------------------------

    def acknowledge(self, group: AlertGroup, note: str) -> None:
        """Acknowledge a group; errors as in `AlertRegister`."""
        self._register.acknowledge([each.id for each in group.members], self._deed(note))

    def assign(self, group: AlertGroup, role: str, note: str) -> None:
        """Assign a group to a role.

        Raises:
            UsageError: There is no such role.
        """
        roles = self._source.site.alerts.roles
        if role not in roles:
            msg = f"there is no role '{role[:64]}'; choose from {', '.join(roles)}"
            raise UsageError(msg)
        left = [each.id for each in group.members if each.open] or [group.first.id]
        self._register.assign(left, role, self._deed(note))

    def tick(self, group: AlertGroup, step: int, note: str) -> None:
        """Tick a step of a group's procedure, the first being 1; errors as in `AlertRegister`."""
        self._register.tick(group.first.id, step - 1, self._deed(note))

    def resolve(self, group: AlertGroup, note: str) -> None:
        """Resolve a group; errors as in `AlertRegister`."""
        self._register.resolve([each.id for each in group.members], self._deed(note))

    def drill(self, rule: str, note: str) -> AlertGroup:
        """Raise the alert of a rule to practise; a rule out of view is answered like one that does not exist.

        Raises:
            UsageError: There is no such rule.
            AlertConflictError: A drill of it is open already.
        """
        self.named(rule)
        return AlertGroup((self._register.drill(rule, self._deed(note)),))

    def hand_over(self, note: str) -> None:
        """Record the note of a shift; errors as in `AlertRegister`."""
        self._register.hand_over(self._deed(note))

    def _deed(self, note: str) -> Deed:
        return Deed(self._principal.name, self._source.now_s(), note)

    # --- figures -------------------------------------------------------------------------------------

    def last_note(self) -> ShiftNote | None:
        """Return the latest hand-over; only for those who see everything, as it may name anything."""
        return last_note(self._register.events()) if self.unlimited else None

    def open_items(self) -> list[str]:
        """Return a line for each open alert in view, the worst first."""
        return open_items([each for each in self._visible() if each.open], time_zone(self._source.site.timezone))

    def load(self, length_s: float) -> AlarmLoad:
        """Return the alarm load of the time until now, of the alerts in view."""
        alerts = self._visible()
        now_s = self._source.now_s()
        return alarm_load(
            announcements(self._register.events(), alerts),
            alerts,
            start_s=now_s - length_s,
            end_s=now_s,
            operators=self._source.site.alerts.operators,
        )

    @property
    def problem(self) -> str:
        """Why alerts may be missing or not stored, in one line that says what to do; "" = no problem."""
        return self._source.problem

    @property
    def failures(self) -> int:
        """Steps of alerting that failed since the start."""
        return self._source.failures

    def couriers(self) -> list[Courier]:
        """Return what delivers to the contacts; only for those who see everything, as messages name places."""
        return list(self._source.couriers.values()) if self.unlimited else []

    def events(self, group: AlertGroup) -> list[AlertEvent]:
        """Return what happened to the first alert of a group, oldest first."""
        return [each for each in self._register.events() if each.alert == group.first.id]

    def _visible(self) -> list[Alert]:
        return [each for each in self._register.alerts() if self.sees(each)]
