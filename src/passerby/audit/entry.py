"""What the audit log records: who did what to what, and when. It never holds anything about people who are filmed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from passerby.errors import AuditError

Detail: TypeAlias = str | int | float | bool | None
LONGEST: Final = 65_535
"""Bytes of one entry: the format of the log gives its length 16 bits."""


class AuditKind(StrEnum):
    """What happened; the words are stored for years and never change their meaning."""

    STARTED = "started"
    STOPPED = "stopped"
    SETTINGS_CHANGED = "settings_changed"
    MODEL_CHANGED = "model_changed"
    COVER_FAILED = "cover_failed"
    COVER_RESTORED = "cover_restored"
    LOG_CUT = "log_cut"
    """Retention erased the entries before `details["first"]`; their hashes are still there."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_OUT = "sign_out"
    ACCESS_REFUSED = "access_refused"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DISABLED = "account_disabled"
    TOKEN_CREATED = "token_created"  # noqa: S105 - what happened, not a password
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - as above
    TWO_PERSON_REQUEST = "two_person_request"
    TWO_PERSON_DECISION = "two_person_decision"

    VIEW_BEGAN = "view_began"
    VIEW_ENDED = "view_ended"
    PICTURE_VIEWED = "picture_viewed"
    """A view of single pictures, which has no length; a stream begins and ends."""
    LAYOUT_CHANGED = "layout_changed"
    """What a wall shows: somebody's own, or a wall screen."""
    EXPORT = "export"

    ALERT_RAISED = "alert_raised"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_RESOLVED = "alert_resolved"
    ALERT_ASSIGNED = "alert_assigned"
    ALERT_ESCALATED = "alert_escalated"
    ALERT_STEP = "alert_step"
    ALERT_DRILL = "alert_drill"
    HANDOVER_NOTE = "handover_note"

    WATCHDOG_FINDING = "watchdog_finding"
    """A watchdog found somebody uncovered, and the camera was covered whole."""
    WATCHDOG_SEED = "watchdog_seed"
    """A watchdog committed to the seed of its draws, or revealed it."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that happened.

    Args:
        kind: What happened.
        at_s: When, UTC since 1970, s.
        account: The operator's account or API token that did it; None = the gateway itself.
        subject: What it was done to: a camera, place, setting, account or alert; "" = the whole site.
        details: More about it by name; never a secret, and nothing about people who are filmed.

    Raises:
        ValueError: The time or a detail is not a finite number, or a text is not valid Unicode.
    """

    kind: AuditKind
    at_s: float
    account: str | None
    subject: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what could not be read back."""
        numbers = [self.at_s, *(value for value in self.details.values() if isinstance(value, float))]
        if not all(map(math.isfinite, numbers)):
            msg = f"an audit entry needs finite numbers, not {numbers}"
            raise ValueError(msg)
        self.encoded()

    def encoded(self) -> bytes:
        """Return the entry as it is logged: one JSON object, keys sorted, no line feed.

        Raises:
            AuditError: It is longer than `LONGEST`.
        """
        said = {
            "account": self.account,
            "at_s": self.at_s,
            "details": dict(self.details),
            "kind": self.kind.value,
            "subject": self.subject,
        }
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        if len(text) > LONGEST:
            msg = f"an entry of {len(text)} bytes is too long for the audit log (at most {LONGEST}); shorten its texts"
            raise AuditError(msg)
        return text


def decoded(data: bytes) -> AuditEntry:
    """Return the entry that `AuditEntry.encoded` made these bytes of.

    Raises:
        ValueError: They are not an entry.

    >>> decoded(AuditEntry(AuditKind.STARTED, 1.5, None).encoded()).kind
    <AuditKind.STARTED: 'started'>
    """
    match json.loads(data):
        case {
            "account": str() | None as account,
            "at_s": int() | float() as at_s,
            "details": dict() as details,
            "kind": str() as kind,
            "subject": str() as subject,
            **more,
        } if not more and all(isinstance(each, str | int | float | None) for each in details.values()):
            return AuditEntry(AuditKind(kind), at_s, account, subject, details)
    msg = "not an audit entry"
    raise ValueError(msg)


class AuditSink(Protocol):
    """Takes audit entries; several threads may use it at once."""

    def append(self, entry: AuditEntry) -> int:
        """Log an entry; it is on disk before this returns.

        Returns:
            The entry's index in the log, from 0.

        Raises:
            AuditError: It cannot be written: what needs the entry must not happen.
        """
        ...
