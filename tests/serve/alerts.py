"""Alerts of a made-up site: two cameras, an area over both, a counter, and the cameras themselves."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from types import SimpleNamespace

from tests.alerts.made import NOON_S, rule, seen

from passerby.alerts.observation import Subject, SubjectKind
from passerby.alerts.register import AlertRegister
from passerby.alerts.rule import Condition
from passerby.settings.site.alerts import AlertSettings


def place(name: str) -> Subject:
    return Subject(SubjectKind.PLACE, name)


PLACES = ("door-yard", "hall-yard", "shared", "turnstile")
EVERYWHERE = tuple(map(place, PLACES))


class AlertsStub:
    """One rule at every place, and one with a procedure at the door; the first is raised at all of them at once."""

    def __init__(self, folder: Path, owners, trail=None) -> None:
        self._owners = owners
        self.site = SimpleNamespace(
            alerts=AlertSettings(roles=("operator", "security"), operators=1), timezone="UTC", site="arena"
        )
        self.couriers = {}
        self.problem, self.failures = "", 0
        self.time_s = NOON_S + 60
        full = Condition("occupancy", 10.0, 9.0)
        usual = {"hold_s": 0, "blind_s": None}
        self.rules = [
            rule(subjects=EVERYWHERE, **usual),
            rule(full, subjects=(place("door-yard"),), name="steps", steps=("look", "call"), **usual),
            rule(full, subjects=(place("hall-yard"),), name="hall-rule", **usual),
        ]
        self.register = AlertRegister(
            folder / "alerts.log", self.rules, zone=UTC, owners=self.owners, now_s=NOON_S, trail=trail
        )
        self.register.observe([seen(5.0, 1, each) for each in EVERYWHERE])

    def owners(self, subject: Subject) -> frozenset[str]:
        return self._owners("arena", subject.name)

    def now_s(self) -> float:
        return self.time_s

    def raise_with_steps(self, second: float = 20.0) -> str:
        self.register.observe([seen(99.0, second, place("door-yard"), "occupancy")])
        return self.register.alerts()[-1].id

    def end_with_steps(self, second: float = 21.0) -> None:
        self.register.observe([seen(1.0, second, place("door-yard"), "occupancy")])

    @property
    def of_hall(self) -> str:
        """Number of the alert at a place that the user of the door does not see."""
        return next(each.id for each in self.register.alerts() if each.about.subjects == (place("hall-yard"),))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.register.close()
