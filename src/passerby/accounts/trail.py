"""What people do is written into the audit log before it counts: what cannot be written is refused."""

from __future__ import annotations

from collections.abc import Callable

from passerby.audit.entry import AuditEntry, AuditKind, AuditSink, Detail


class Trail:
    """Writes who did what.

    Args:
        sink: The audit log; None = the site has none.
        clock: The system's clock, UTC since 1970, s.
    """

    def __init__(self, sink: AuditSink | None, *, clock: Callable[[], float]) -> None:
        self._sink = sink
        self._clock = clock

    def note(self, kind: AuditKind, account: str | None, subject: str = "", **details: Detail) -> None:
        """Write one entry; it is on disk before this returns.

        Args:
            kind: What happens.
            account: Who does it: an account, or account/token; None = nobody who is known.
            subject: What it is done to.
            details: More about it; never a secret.

        Raises:
            AuditError: It cannot be written: what it is about must not happen.
        """
        if self._sink is not None:
            self._sink.append(AuditEntry(kind, self._clock(), account, subject, details))


def nothing() -> None:
    """Write nothing: what a change does that needs no entry."""
