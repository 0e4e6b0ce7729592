"""The settings of the watchdog: whether somebody looks at what the gateway puts out."""

from __future__ import annotations

from pydantic import Field

from passerby.settings.section import Section
from passerby.settings.site.alert_rule import Severity


class WatchdogSettings(Section):
    """A watchdog (`passerby watch`) looks at this site; its findings and its silence raise alerts."""

    severity: Severity = Field(
        default=Severity.RED, description="Severity of its alerts: notice, amber, red or critical."
    )
    silent_s: float = Field(
        default=600.0,
        ge=120,
        le=86_400,
        description="After this time without a report about a camera, an alert says that it is not observed, s.",
    )
