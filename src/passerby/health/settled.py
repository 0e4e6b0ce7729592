"""What is published of a camera's status: conditions that last, not those that come and go."""

from __future__ import annotations

from dataclasses import dataclass, replace

from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.media.fault import Fault

BEGINS_S = 3.0
"""A condition is published when it has lasted, or kept coming back, for this long."""
ENDS_S = 5.0
"""A published condition is withdrawn when it has been absent for this long."""

_AT_ONCE = frozenset({CameraState.STARTING, CameraState.DOWN})
"""Facts about the process of a camera: they begin and end when they do."""
_WORST_LAST = (
    CameraState.OK,
    CameraState.DEGRADED,
    CameraState.COVERED_WHOLE,
    CameraState.NO_PICTURE,
    CameraState.ABSENT,
    CameraState.REFUSED,
)
_LEAST_SHOWN_LAST = (Redaction.ACTIVE, Redaction.WHOLE, Redaction.NONE)


@dataclass(slots=True)
class _Hold:
    """One condition: since when it has been there or absent, and whether it is published."""

    published: bool = False
    since_s: float = 0.0
    _began_s: float | None = None
    _last_s: float = 0.0

    def observe(self, now_s: float, time_s: float, *, there: bool, at_once: bool) -> None:
        """Use one status; `time_s` is when the condition began, if it begins now."""
        if there:
            if self._began_s is None:
                self._began_s = now_s
                self.since_s = time_s
            self._last_s = now_s
            self.published = self.published or at_once or now_s - self._began_s >= BEGINS_S
        elif self._began_s is not None and now_s - self._last_s >= (ENDS_S if self.published else BEGINS_S):
            self._began_s = None
            self.published = False


class Settled:
    """Settles the status of one camera.

    A worse `redaction` is published at once. A state or fault is published after `BEGINS_S` and withdrawn after
    `ENDS_S`, each on its own, with the time when it began; one that keeps coming back stays. Only a process that
    starts or has ended is published at once, and so is the first state after that.
    """

    def __init__(self) -> None:
        self._states = {state: _Hold() for state in _WORST_LAST[1:]}
        self._faults = {fault: _Hold() for fault in Fault}
        self._details: dict[CameraState, str] = {}
        self._redaction = Redaction.NONE
        self._less_since_s: float | None = None
        self._before: CameraStatus | None = None
        self._detail_since_s = 0.0

    def observe(self, status: CameraStatus, *, now_s: float, time_s: float) -> CameraStatus:
        """Return the status to publish.

        Args:
            status: The camera's status at this moment.
            now_s: Time on a clock that never jumps, s.
            time_s: UTC epoch time, s.
        """
        before = self._before
        fresh = before is None or before.state in _AT_ONCE
        if status.state in _AT_ONCE:
            self._states = {state: _Hold() for state in self._states}
            self._faults = {fault: _Hold() for fault in self._faults}
        for state, hold in self._states.items():
            hold.observe(now_s, status.since_s, there=status.state is state, at_once=fresh)
        for fault, hold in self._faults.items():
            hold.observe(now_s, time_s, there=fault in status.faults, at_once=fresh)

        state = status.state if status.state in _AT_ONCE else self._worst()
        faults = frozenset(fault for fault, hold in self._faults.items() if hold.published)
        if faults and state is CameraState.OK:
            state = CameraState.DEGRADED
        settled = replace(
            status,
            state=state,
            since_s=self._since_s(status, state, time_s),
            redaction=self._settled_redaction(status.redaction, now_s, at_once=fresh or status.state in _AT_ONCE),
            faults=faults,
            fault_since_s={fault: self._faults[fault].since_s for fault in sorted(faults)},
        )
        self._before = replace(settled, detail=self._detail(status, settled, now_s))
        return self._before

    def _worst(self) -> CameraState:
        published = [state for state, hold in self._states.items() if hold.published]
        return published[-1] if published else CameraState.OK

    def _since_s(self, status: CameraStatus, state: CameraState, time_s: float) -> float:
        if self._before is not None and self._before.state is state:
            return self._before.since_s
        if state in self._states and self._states[state].published:
            return self._states[state].since_s
        return status.since_s if status.state is state else time_s

    def _settled_redaction(self, redaction: Redaction, now_s: float, *, at_once: bool) -> Redaction:
        """Return the redaction: what shows less at once, what shows more once it has lasted."""
        if at_once or _LEAST_SHOWN_LAST.index(redaction) >= _LEAST_SHOWN_LAST.index(self._redaction):
            self._redaction = redaction
            self._less_since_s = None
        elif self._less_since_s is None:
            self._less_since_s = now_s
        elif now_s - self._less_since_s >= BEGINS_S:
            self._redaction = redaction
            self._less_since_s = None
        return self._redaction

    def _detail(self, status: CameraStatus, settled: CameraStatus, now_s: float) -> str:
        """Return the reason for the published state; while nothing else changes, it changes every `BEGINS_S` at most.

        A state that is `ok` has no reason.
        """
        before, state = self._before, settled.state
        if state is CameraState.OK:
            return ""
        if status.state is state:
            self._details[state] = status.detail
        detail = self._details.get(state) or "; ".join(sorted(settled.faults))
        same = before is not None and (before.state, before.faults) == (state, settled.faults)
        if before is not None and same and detail != before.detail and now_s - self._detail_since_s < BEGINS_S:
            return before.detail
        if before is None or detail != before.detail:
            self._detail_since_s = now_s
        return detail
