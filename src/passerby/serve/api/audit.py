"""The audit log, newest first: for those who may read it, and for each person what is recorded about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from passerby.accounts.permission import Action
from passerby.audit.entry import AuditEntry, AuditKind, Detail
from passerby.audit.export import EntrySelection, newest
from passerby.audit.log_reader import LogReader
from passerby.errors import UsageError
from passerby.serve.api.instant import Instant
from passerby.serve.api.page import MOST
from passerby.serve.auth.requirement import RequiresSite
from passerby.serve.auth.visitor import SignedIn, Visit

router = APIRouter(prefix="/api", tags=["audit"])

_LOOKED_AT: Final = 20_000
"""Entries that are looked at for one page: of a long log, a page may have few entries, and still name a next one."""

ReadingLog = Annotated[Visit, Depends(RequiresSite(Action.READ_AUDIT))]
OwnEntries = Annotated[Visit, Depends(SignedIn("people may see what is recorded about them"))]


class AuditEntryInfo(BaseModel):
    """An entry of the audit log."""

    index: int = Field(description="Its place in the log, from 0.")
    at: datetime = Field(description="When, UTC.")
    kind: AuditKind = Field(description="What happened.")
    account: str | None = Field(description="The account or API token that did it; null: the gateway itself.")
    subject: str = Field(description="What it was done to: a camera, place, account or alert; empty: the whole site.")
    details: dict[str, Detail] = Field(description="More about it, by name.")

    @classmethod
    def of(cls, index: int, entry: AuditEntry) -> AuditEntryInfo:
        """Return an entry as the API shows it."""
        at = datetime.fromtimestamp(entry.at_s, UTC)
        details = dict(entry.details)
        return cls(index=index, at=at, kind=entry.kind, account=entry.account, subject=entry.subject, details=details)


def log_of(request: Request) -> LogReader:
    """Return a reader of the gateway's audit log.

    Raises:
        HTTPException: 404 if there is none.
    """
    folder = cast("Path | None", request.app.state.state_folder)
    try:
        if folder is not None:
            return LogReader(folder)
    except UsageError:
        pass  # nothing has been logged yet
    raise HTTPException(404, "this gateway has no audit log")


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Which page of the log is asked for.

    Args:
        request: The request.
        answer: Names the next page in its `Link` header.
        after: Index of the last entry that was looked at for the page before; None = the first page.
        limit: Entries in one page.
    """

    request: Request
    answer: Response
    after: int | None
    limit: int

    def of(self, wanted: EntrySelection) -> list[AuditEntryInfo]:
        """Return the page of the entries that are wanted.

        Raises:
            HTTPException: 404 if there is no log.
            AuditError: The log is damaged.
        """
        found: list[AuditEntryInfo] = []
        for count, (index, entry) in enumerate(self._entries(), 1):
            if wanted.wants(entry):
                found.append(AuditEntryInfo.of(index, entry))
            if index and (len(found) == self.limit or count == _LOOKED_AT):
                query = [pair for pair in self.request.query_params.multi_items() if pair[0] != "after"]
                path = self.request.url.path
                self.answer.headers["Link"] = f'<{path}?{urlencode([*query, ("after", index)])}>; rel="next"'
                break
        return found

    def _entries(self) -> Iterator[tuple[int, AuditEntry]]:
        return newest(log_of(self.request), self.after)


async def _page(
    request: Request,
    answer: Response,
    after: Annotated[
        int | None, Query(ge=0, lt=1 << 53, description="Cursor: entries older than this one; `Link` has it.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="Entries in one page.")] = MOST,
) -> EntryPage:
    return EntryPage(request, answer, after, limit)


EntryPageHere = Annotated[EntryPage, Depends(_page)]


async def _selection(
    *,
    start: Annotated[Instant | None, Query(description="The earliest, with an offset.")] = None,
    end: Annotated[Instant | None, Query(description="Before this time, with an offset.")] = None,
    account: Annotated[
        str, Query(max_length=200, description="What it and its tokens did, and what was done to it.")
    ] = "",
    kinds: Annotated[list[AuditKind] | None, Query(alias="kind", description="What happened; may be repeated.")] = None,
    camera: Annotated[str, Query(max_length=64, description="What was done to it, alone or with others.")] = "",
) -> EntrySelection:
    first, last = (None if at is None else at.timestamp() for at in (start, end))
    return EntrySelection(first, last, account, frozenset(kinds or ()), camera)


SelectionHere = Annotated[EntrySelection, Depends(_selection)]


@router.get("/audit", summary="The audit log")
def entries(_visit: ReadingLog, page: EntryPageHere, wanted: SelectionHere) -> list[AuditEntryInfo]:
    """Return entries, newest first; `Link` names the next page, also after a page without a match."""
    return page.of(wanted)


@router.get("/account/audit", summary="What is recorded about me")
def own(visit: OwnEntries, page: EntryPageHere) -> list[AuditEntryInfo]:
    """Return what the person who asks did, also by token, and what was done to their account, newest first."""
    return page.of(EntrySelection(account=visit.account.name))
