"""Entries of an audit log for people and other programs: JSON lines or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from passerby.audit.entry import AuditEntry, AuditKind, Detail, decoded
from passerby.audit.log_reader import LogReader
from passerby.errors import AuditError

CSV_COLUMNS = ("index", "at", "kind", "account", "subject", "details")
_FORMULA = tuple("=+-@\t\r")
_ABOUT_ACCOUNTS = frozenset(
    {
        AuditKind.SIGN_IN,
        AuditKind.SIGN_IN_FAILED,
        AuditKind.SIGN_OUT,
        AuditKind.ACCOUNT_ADDED,
        AuditKind.ACCOUNT_CHANGED,
        AuditKind.ACCOUNT_DISABLED,
        AuditKind.TOKEN_CREATED,
        AuditKind.TOKEN_REVOKED,
    }
)
"""Kinds whose subject is an account or a token of one."""


@dataclass(frozen=True, slots=True)
class EntrySelection:
    """Which entries are wanted.

    Args:
        begin_s: The earliest, UTC since 1970, s; None = from the first on.
        end_s: Before this time; None = up to the last.
        account: Whose; "" = everybody's.
        kinds: Which; empty = all.
        camera: What it was done to, one camera of several or alone; "" = whatever.
    """

    begin_s: float | None = None
    end_s: float | None = None
    account: str = ""
    kinds: frozenset[AuditKind] = frozenset()
    camera: str = ""

    def wants(self, entry: AuditEntry) -> bool:
        """Return whether an entry is wanted: what an account and its tokens did, and what was done to them."""
        if self.camera and (entry.kind in _ABOUT_ACCOUNTS or self.camera not in entry.subject.split(", ")):
            return False
        return (
            (self.begin_s is None or entry.at_s >= self.begin_s)
            and (self.end_s is None or entry.at_s < self.end_s)
            and (not self.kinds or entry.kind in self.kinds)
            and (not self.account or any(map(self._is_own, _accounts(entry))))
        )

    def _is_own(self, name: Detail) -> bool:
        return isinstance(name, str) and (name == self.account or name.startswith(f"{self.account}/"))


def _accounts(entry: AuditEntry) -> Iterator[Detail]:
    """Yield the accounts that an entry is about; a camera that has the name of an account is none."""
    yield entry.account
    yield entry.details.get("account")
    yield entry.details.get("token")
    if entry.kind in _ABOUT_ACCOUNTS:
        yield entry.subject


def selected(reader: LogReader, selection: EntrySelection) -> Iterator[tuple[int, AuditEntry]]:
    """Yield index and entry of each entry that is wanted, in the order of the log.

    Raises:
        AuditError: The log is damaged, or is not one of a gateway's audit.
    """
    for index, data in reader.entries():
        entry = _entry(reader, index, data)
        if selection.wants(entry):
            yield index, entry


def newest(reader: LogReader, before: int | None = None) -> Iterator[tuple[int, AuditEntry]]:
    """Yield index and entry of each entry before an index, newest first; errors as in `selected`.

    Args:
        reader: Of the log.
        before: Begin before this index; None = with the newest.
    """
    for index, data in reader.newest(before):
        yield index, _entry(reader, index, data)


def _entry(reader: LogReader, index: int, data: bytes) -> AuditEntry:
    try:
        return decoded(data)
    except ValueError as error:
        msg = f"{reader.folder}: entry {index} is not an audit entry; run passerby audit verify, or a newer passerby"
        raise AuditError(msg) from error


def moment_text(at_s: float) -> str:
    """Return a time as ISO 8601, UTC.

    >>> moment_text(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_lines(entries: Iterable[tuple[int, AuditEntry]]) -> Iterator[str]:
    """Yield one JSON object per entry: as it was logged, with its index and its time as text."""
    for index, entry in entries:
        said = {"index": index, "at": moment_text(entry.at_s), **json.loads(entry.encoded())}
        yield json.dumps(said, ensure_ascii=False)


def csv_lines(entries: Iterable[tuple[int, AuditEntry]]) -> Iterator[str]:
    """Yield the lines of a CSV file; a cell that a spreadsheet would compute begins with an apostrophe."""
    yield _csv(CSV_COLUMNS)
    for index, entry in entries:
        details = json.dumps(dict(entry.details), ensure_ascii=False, sort_keys=True) if entry.details else ""
        cells = (entry.kind.value, entry.account or "", entry.subject, details)
        yield _csv((str(index), moment_text(entry.at_s), *map(_harmless, cells)))


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _csv(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
