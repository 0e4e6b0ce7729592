"""Adds to the audit log what nodes of a cluster wrote down about failures of cover: each entry once."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from passerby.audit.audit_log import audit_folder
from passerby.audit.entry import AuditEntry, Detail, decoded
from passerby.audit.log_reader import LogReader
from passerby.errors import AuditError, UsageError
from passerby.store.delivery import DeliveryMark, NodeOrigin

MOST_MARKS: Final = 10_000
_FILE: Final = "delivered.json"

log = logging.getLogger(__name__)

_Key = tuple[str, int]
"""Node and epoch."""


class NodeAudit:
    """Takes the audit entries of nodes; its methods may be called from any thread.

    Each entry in the log names its node, epoch and number, so the log itself says what has arrived: whatever fails
    between writing an entry and acknowledging it, a repeat is known as one.

    Args:
        state_folder: Of the gateway.
        append: Writes an entry; it is on disk before this returns.
    """

    def __init__(self, state_folder: Path, append: Callable[[AuditEntry], int]) -> None:
        self._folder = state_folder
        self._append = append
        self._marks: dict[_Key, DeliveryMark] | None = None
        self._end = 0
        self._busy = threading.Lock()

    def receive(
        self, origin: NodeOrigin, entries: Sequence[tuple[int, AuditEntry | None]], *, until_s: float
    ) -> DeliveryMark:
        """Write what is new, and return how far the entries of this placement have arrived.

        Args:
            origin: Where they come from.
            entries: Each with its number; None = a node may not add it.
            until_s: When a later placement of the camera began, UTC since 1970, s: later entries are refused.

        Raises:
            AuditError: The log cannot be read or written; what was written before stays.
        """
        key = origin.node, origin.epoch
        with self._busy:
            marks = self._known()
            mark = marks.get(key, DeliveryMark())
            for number, entry in entries:
                if number <= mark.number:
                    continue
                good = entry is not None and entry.at_s < until_s
                if entry is not None and good:
                    of: dict[str, Detail] = {
                        "node": origin.node,
                        "epoch": str(origin.epoch),
                        "number": number,
                    }  # too large for JavaScript
                    self._end = self._append(replace(entry, details={**entry.details, **of})) + 1
                lost = mark.lost + number - mark.number - 1
                mark = marks[key] = DeliveryMark(number, lost, mark.refused + (not good))
            self._save(marks)
            return mark

    def _known(self) -> dict[_Key, DeliveryMark]:
        """Return what has arrived: what was saved, and what the log has beyond that."""
        if self._marks is not None:
            return self._marks
        marks, end = self._saved()
        self._end = end
        try:
            for index, data in LogReader(self._folder).newest():
                if index < end:
                    break
                self._end = max(self._end, index + 1)
                _note(marks, data)
        except UsageError:
            pass  # there is no log yet
        self._marks = marks
        return marks

    def _saved(self) -> tuple[dict[_Key, DeliveryMark], int]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
            marks = {(str(node), int(epoch)): DeliveryMark(*map(int, rest)) for node, epoch, *rest in found["marks"]}
            return marks, int(found["end"])
        except FileNotFoundError:
            return {}, 0
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("audit_marks_unknown", extra={"reason": str(error)})
            return {}, 0  # the log has them all

    def _save(self, marks: dict[_Key, DeliveryMark]) -> None:
        """Save what has arrived, so that the next start reads only what is newer in the log."""
        newest = sorted(marks, key=lambda key: key[1])[-MOST_MARKS:]
        rows = [[*key, marks[key].number, marks[key].lost, marks[key].refused] for key in newest]
        partial = self._path.with_suffix(".partial")
        try:
            partial.write_text(json.dumps({"end": self._end, "marks": rows}), encoding="utf-8")
            partial.replace(self._path)
        except OSError as error:  # the log is the truth; only the next start takes longer
            log.warning("audit_marks_not_saved", extra={"reason": str(error)})

    @property
    def _path(self) -> Path:
        return audit_folder(self._folder) / _FILE


def _note(marks: dict[_Key, DeliveryMark], data: bytes) -> None:
    try:
        details = decoded(data).details
    except (ValueError, AuditError):
        return
    match details:
        case {"node": str() as node, "epoch": str() as epoch, "number": int() as number} if epoch.isdecimal():
            before = marks.get((node, int(epoch)), DeliveryMark())
            marks[node, int(epoch)] = replace(before, number=max(number, before.number))
