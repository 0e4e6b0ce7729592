"""The audit log as a whole: verified up to its checkpoint, and exported as a file."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final, cast

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from passerby.audit.entry import AuditKind, Detail
from passerby.audit.export import EntrySelection, csv_lines, json_lines, selected
from passerby.audit.key_file import load_key
from passerby.audit.log_check import LogReport, check_log
from passerby.audit.log_reader import LogReader
from passerby.audit.tile_folder import KEY_FILE
from passerby.serve.api.audit import OwnEntries, ReadingLog, SelectionHere, log_of
from passerby.serve.auth.visitor import AccountsHere

router = APIRouter(prefix="/api", tags=["audit"])

_MOST_PROBLEMS: Final = 100


class LogFormat(StrEnum):
    """Format of an exported audit log."""

    JSONL = "jsonl"
    CSV = "csv"


_TYPES: Final = {LogFormat.JSONL: "application/x-ndjson", LogFormat.CSV: "text/csv"}
_Format = Annotated[LogFormat, Query(alias="format", description="JSON lines, or CSV for a spreadsheet.")]
_FILE: Final[dict[int | str, dict[str, object]]] = {
    200: {
        "content": {kind: {"schema": {"type": "string"}} for kind in _TYPES.values()},
        "description": "The entries, oldest first.",
    }
}


class LogVerification(BaseModel):
    """Whether the audit log is complete and unchanged, and up to where."""

    entries: int = Field(description="Entries below the log's newest checkpoint: those that were verified.")
    root: str = Field(description="Root of the tree above them, hexadecimal, as the checkpoint has it.")
    key: str = Field(description="Public key by which the checkpoint was checked; compare it with a copy elsewhere.")
    newer: int = Field(description="Entries that no checkpoint covers yet; the next one does.")
    erased: int = Field(description="Of the verified entries, those that retention erased; their hashes were checked.")
    first_bad: str = Field(description="The first entry that is wrong, or between which two it is; empty: none.")
    problems: list[str] = Field(description="What is wrong; the first 100.")

    @classmethod
    def of(cls, report: LogReport) -> LogVerification:
        """Return a report as the API shows it."""
        return cls(
            entries=report.size,
            root=report.root,
            key=str(report.key),
            newer=report.newer,
            erased=report.erased,
            first_bad=report.first_bad_text,
            problems=[each.text for each in report.problems[:_MOST_PROBLEMS]],
        )


@router.post("/audit/verification", summary="Verify the audit log")
def verify(_visit: ReadingLog, request: Request) -> LogVerification:
    """Check that no entry was changed, removed, inserted or moved; for one caller at a time, as it reads all of them.

    It compares the entries with the gateway's own checkpoint and key. Anyone who has that key could have written
    another history; `passerby audit verify --checkpoint` compares with a checkpoint that was stored elsewhere.
    """
    verifying = cast("threading.Lock", request.app.state.verifying)
    if not verifying.acquire(blocking=False):
        raise HTTPException(503, "the audit log is being verified already; try again later")
    try:
        reader = log_of(request)
        return LogVerification.of(check_log(reader, load_key(reader.folder / KEY_FILE)))
    finally:
        verifying.release()


@router.get("/audit/export", summary="Export the audit log", response_class=StreamingResponse, responses=_FILE)
def export(
    visit: ReadingLog, request: Request, wanted: SelectionHere, accounts: AccountsHere, *, form: _Format = LogFormat.CSV
) -> StreamingResponse:
    """Send the entries that are selected, oldest first; that they were taken out is an entry itself."""
    reader = log_of(request)
    said: dict[str, Detail] = {"audit_log": form.value, "of_account": wanted.account, "of_camera": wanted.camera}
    accounts.trail.note(AuditKind.EXPORT, visit.principal.name, "", **said)
    return _sent(reader, wanted, form)


@router.get(
    "/account/audit/export",
    summary="Export what is recorded about me",
    response_class=StreamingResponse,
    responses=_FILE,
)
def export_own(visit: OwnEntries, request: Request, form: _Format = LogFormat.CSV) -> StreamingResponse:
    """Send what the audit log has about the person who asks, oldest first."""
    wanted = EntrySelection(account=visit.account.name)
    return _sent(log_of(request), wanted, form)


def _sent(reader: LogReader, wanted: EntrySelection, form: LogFormat) -> StreamingResponse:
    write = csv_lines if form is LogFormat.CSV else json_lines
    lines: Iterable[str] = (f"{line}\n" for line in write(selected(reader, wanted)))
    name = f'attachment; filename="passerby-audit.{form}"'
    return StreamingResponse(lines, media_type=_TYPES[form], headers={"Content-Disposition": name})
