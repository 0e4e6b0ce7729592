"""What the gateway itself writes into the audit log, and the log for everything else that needs an entry."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from passerby.assembly.outlets import legal_holds_file
from passerby.audit.audit_log import AuditLog, audit_folder
from passerby.audit.entry import AuditEntry, AuditKind, Detail
from passerby.audit.retention import erase_entries
from passerby.errors import AuditError, OutputError
from passerby.gateway.checkpoint_senders import checkpoint_senders
from passerby.health.status import CameraState, CameraStatus
from passerby.outputs.log_origin import log_origin
from passerby.outputs.recording.legal_hold import LegalHolds
from passerby.settings.site.difference import settings_difference, settings_texts, texts_difference
from passerby.settings.site.site import SiteSettings
from passerby.version import __version__

RETRY_S: Final = 5.0
"""How long the gateway waits until it tries again to write its own entries."""
MOST_WAITING: Final = 1000
"""Own entries that wait for the disk; then the oldest are lost, and that is logged."""
DAY_S: Final = 86_400.0
_LOOK_S: Final = 600.0
_KEYS_AN_ENTRY: Final = 100

log = logging.getLogger(__name__)


class SiteAudit:
    """The audit log of a running gateway; implements `AuditSink`.

    What somebody does needs its entry first: `append` refuses if it cannot be written. What happens by itself, such
    as a failure of cover, is written as soon as it can be. Cameras run in either case.

    Args:
        site: The site.
        clock: The system's clock, UTC since 1970, s.
        networks: Returns the SHA-256 of each network on this machine, by name.
        on_checkpoint: Called, from another thread, with each new checkpoint.
    """

    def __init__(
        self,
        site: SiteSettings,
        *,
        clock: Callable[[], float],
        networks: Callable[[], Mapping[str, str]],
        on_checkpoint: Callable[[bytes], None] | None = None,
    ) -> None:
        self._site = site
        self._clock = clock
        self._networks = networks
        self._on_checkpoint = on_checkpoint
        self._senders = checkpoint_senders(site, clock)
        self._running = ExitStack()
        self._erased_day = -1
        self._log: AuditLog | None = None
        self._opening = threading.Lock()
        self._waiting: deque[AuditEntry] = deque()
        self._more = threading.Condition()
        self._stopping = False
        self._failing: dict[str, float] = {}
        self._failure = ""
        self._thread = threading.Thread(target=self._run, name="passerby-site-audit", daemon=True)

    @property
    def problem(self) -> str:
        """Why entries cannot be written, in one line that says what to do; "" = they can."""
        return self._failure

    def __enter__(self) -> Self:
        """Open the log and write that the gateway started; a log that cannot be opened is tried again later."""
        self.note(AuditKind.STARTED, details={"version": __version__, "settings_sha256": settings_sha256(self._site)})
        for each in self._senders:
            self._running.enter_context(each)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Write that the gateway stopped, and close the log."""
        for camera in list(self._failing):
            self._restored(camera, "the gateway stopped")
        self.note(AuditKind.STOPPED)
        with self._more:
            self._stopping = True
            self._more.notify_all()
        self._thread.join()
        if self._waiting:
            log.error("audit_entries_lost", extra={"count": len(self._waiting), "reason": self._failure})
        with self._opening:
            if self._log is not None:
                self._log.close()
                self._log = None
        self._running.close()

    def append(self, entry: AuditEntry) -> int:
        """Log an entry; it is on disk before this returns.

        Returns:
            The entry's index in the log, from 0.

        Raises:
            AuditError: It cannot be written: what needs the entry must not happen.
        """
        try:
            index = self._opened().append(entry)
        except AuditError as error:
            self._fail(str(error))
            raise
        self._fail("")
        return index

    def note(self, kind: AuditKind, subject: str = "", details: Mapping[str, Detail] | None = None) -> None:
        """Write an entry of the gateway's own as soon as possible; returns at once."""
        entry = AuditEntry(kind, self._clock(), None, subject, details or {})
        with self._more:
            if len(self._waiting) >= MOST_WAITING:
                log.error("audit_entries_lost", extra={"count": 1, "reason": self._failure})
                self._waiting.popleft()
            self._waiting.append(entry)
            self._more.notify_all()

    def require_change(self, old: SiteSettings, new: SiteSettings, *, account: str | None = None) -> None:
        """Log how settings change, before they do.

        Args:
            old: Those in use.
            new: Those that will be.
            account: Who changes them; None = the site file was read again.

        Raises:
            AuditError: It cannot be written: they must not change.
        """
        at_s = self._clock()
        for details in _parts(settings_difference(old, new)):
            self.append(AuditEntry(AuditKind.SETTINGS_CHANGED, at_s, account, details=details))

    def reload(self, site: SiteSettings) -> None:
        """Remember the settings in use, so that the next start compares itself with them."""
        self._site = site
        try:
            kept = json.loads(self._last.read_text(encoding="utf-8"))
            self._remember(kept["networks"], site)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("audit_last_start_unknown", extra={"reason": str(error)})

    def status(self, status: CameraStatus) -> None:
        """Use the status of a camera: note when it begins and ends to be covered whole; returns at once."""
        failing = status.state is CameraState.COVERED_WHOLE
        if failing and status.camera not in self._failing:
            self._failing[status.camera] = self._clock()
            self.note(AuditKind.COVER_FAILED, status.camera, {"reason": status.detail})
        elif not failing and status.camera in self._failing:
            self._restored(status.camera, status.state.value)

    def _restored(self, camera: str, now: str) -> None:
        lasted_s = max(0.0, self._clock() - self._failing.pop(camera))
        self.note(AuditKind.COVER_RESTORED, camera, {"lasted_s": round(lasted_s, 1), "now": now})

    def _opened(self) -> AuditLog:
        with self._opening:
            if self._log is None:
                folder = self._site.state_folder
                opened = AuditLog(folder, log_origin(self._site.site, "audit", folder), on_checkpoint=self._hand_on)
                opened.start()
                self._log = opened
            return self._log

    def _run(self) -> None:
        self._compare_with_last_start()
        while True:
            with self._more:
                self._more.wait_for(lambda: self._stopping or self._waiting, _LOOK_S)
                if self._stopping and not self._waiting:
                    return
                entry = self._waiting[0] if self._waiting else None
            if entry is None:
                self._erase()
                continue
            try:
                self.append(entry)
            except AuditError:
                with self._more:
                    if self._stopping:
                        return
                    self._more.wait_for(lambda: self._stopping, RETRY_S)
                continue
            with self._more:
                if self._waiting and self._waiting[0] is entry:
                    self._waiting.popleft()

    def _hand_on(self, checkpoint: bytes) -> None:
        for each in self._senders:
            each.put(checkpoint)
        if self._on_checkpoint is not None:
            self._on_checkpoint(checkpoint)

    def _erase(self) -> None:
        """Erase entries that are older than the site wants, once a day."""
        now_s = self._clock()
        if int(now_s // DAY_S) == self._erased_day:
            return
        self._erased_day = int(now_s // DAY_S)
        try:
            held = LegalHolds(legal_holds_file(self._site)).all()
            oldest_s = now_s - self._site.audit.keep_days * DAY_S
            before_s = min([oldest_s, *(each.begin.timestamp() for each in held)])  # who has watched stays known
            erase_entries(self._opened(), before_s=before_s, now_s=now_s)
        except AuditError as error:
            self._fail(str(error))
        except OutputError as error:  # what is held is not known, so nothing is erased
            log.error("audit_entries_not_erased", extra={"reason": str(error)})  # noqa: TRY400 - the reason is enough

    def _compare_with_last_start(self) -> None:
        """Note which networks and settings are not those that the gateway had last."""
        try:
            networks = dict(self._networks())
            kept = json.loads(self._last.read_text(encoding="utf-8")) if self._last.exists() else None
            if isinstance(kept, dict):
                self._note_networks(kept["networks"], networks)
                changed = texts_difference(kept["settings"], settings_texts(self._site))
                for details in _parts(changed):
                    self.note(AuditKind.SETTINGS_CHANGED, details={**details, "while": "the gateway was stopped"})
            self._remember(networks, self._site)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("audit_last_start_unknown", extra={"reason": str(error)})

    def _note_networks(self, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        for name in sorted({*before, *now}):
            if before.get(name) != now.get(name):
                details = {"sha256_before": before.get(name), "sha256_now": now.get(name)}
                self.note(AuditKind.MODEL_CHANGED, name, details)

    def _remember(self, networks: Mapping[str, str], site: SiteSettings) -> None:
        """Store what the next start compares itself with."""
        self._last.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._last.with_suffix(".partial")
        kept = {"networks": networks, "settings": settings_texts(site)}
        partial.write_text(json.dumps(kept, sort_keys=True), encoding="utf-8")
        partial.replace(self._last)

    @property
    def _last(self) -> Path:
        return audit_folder(self._site.state_folder) / "last-start.json"

    def _fail(self, reason: str) -> None:
        if reason and reason != self._failure:
            log.error("audit_failed", extra={"reason": reason})
        self._failure = reason


def _parts(changed: Mapping[str, str]) -> Iterator[dict[str, Detail]]:
    """Yield changes in parts that fit into one entry each."""
    items = sorted(changed.items())
    for begin in range(0, len(items), _KEYS_AN_ENTRY):
        yield dict(items[begin : begin + _KEYS_AN_ENTRY])


def settings_sha256(site: SiteSettings) -> str:
    """Return a hash of the settings, in hexadecimal; secrets are left out of it."""
    return hashlib.sha256(json.dumps(site.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()
