"""The settings of alerts: rules, contacts and how alerts are handled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import Field, model_validator

from passerby.settings.section import Section
from passerby.settings.site.alert_rule import RuleSettings
from passerby.settings.site.contact import ContactSettings, EscalationSettings
from passerby.settings.site.name import Name


class AlertSettings(Section):
    """Alerts about places and cameras; a person handles each."""

    operators: int = Field(
        default=1, ge=1, le=1000, description="Persons who handle alerts at one time, for the alarm load."
    )
    roles: tuple[Name, ...] = Field(
        default=("operator",), description="Roles that alerts are assigned to.", examples=[["operator", "security"]]
    )
    contacts: tuple[ContactSettings, ...] = Field(default=(), description="Where alerts are sent.")
    inform: tuple[Name, ...] = Field(
        default=(), description="Contacts that are informed of every alert at once.", examples=[["duty-manager"]]
    )
    escalation: tuple[EscalationSettings, ...] = Field(
        default=(), description="Contacts that are informed if nobody acknowledges an alert."
    )
    rules: tuple[RuleSettings, ...] = Field(default=(), description="The rules.")
    keep_d: float = Field(default=90.0, ge=1, le=3660, description="Days that resolved alerts are stored.")
    link: str = Field(
        default="",
        max_length=200,
        pattern=r"^(https?://[^\s]+)?$",
        description="Address of this gateway that messages link to; empty = no link.",
        examples=["https://gateway.example.org"],
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        wrong = [*self._twice(), *self._absent()]
        if wrong:
            raise ValueError("; ".join(dict.fromkeys(wrong)))
        return self

    def _twice(self) -> Iterable[str]:
        for what, names in (
            ("contacts", [each.name for each in self.contacts]),
            ("rules", [each.name for each in self.rules]),
        ):
            for name in sorted({each for each in names if names.count(each) > 1}):
                yield f"two {what} have the name '{name}'; give each its own"

    def _absent(self) -> Iterable[str]:
        known = [each.name for each in self.contacts]
        asked = [("inform", self.inform), ("escalation", [each.contact for each in self.escalation])]
        for rule in self.rules:
            asked.append((f"rule '{rule.name}'", rule.contacts or ()))
            asked.append((f"rule '{rule.name}'", [each.contact for each in rule.escalation]))
            if rule.role is not None and rule.role not in self.roles:
                yield f"rule '{rule.name}': there is no role '{rule.role}'; choose from {', '.join(self.roles)}"
        for where, names in asked:
            for name in names:
                if name not in known:
                    yield f"{where}: there is no contact '{name}'; {_choices(known)}"


def _choices(known: list[str]) -> str:
    return f"choose from {', '.join(known)}" if known else "add it to alerts.contacts"
