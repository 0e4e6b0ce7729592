"""Who watches what, from when to when, in the audit log; a view that cannot be logged does not begin."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType

import anyio.to_thread

from passerby.accounts.trail import Trail
from passerby.audit.entry import AuditKind, Detail
from passerby.errors import AuditError

log = logging.getLogger(__name__)


@asynccontextmanager
async def viewing(
    trail: Trail, account: str, subject: str, stream: str, *, details: Mapping[str, Detail] = MappingProxyType({})
) -> AsyncIterator[None]:
    """Log that somebody begins to watch, and, at the end of the block, that they have stopped.

    Args:
        trail: Gets the entries.
        account: Who watches.
        subject: The camera, or the cameras of a mosaic.
        stream: Which stream, and by which way.
        details: More about it; it is read again at the end.

    Raises:
        AuditError: The beginning cannot be logged.
    """
    await anyio.to_thread.run_sync(
        partial(trail.note, AuditKind.VIEW_BEGAN, account, subject, stream=stream, **details)
    )
    try:
        yield
    finally:
        with anyio.CancelScope(shield=True):
            ended = partial(trail.note, AuditKind.VIEW_ENDED, account, subject, stream=stream, **details)
            try:
                await anyio.to_thread.run_sync(ended)
            except AuditError as error:
                log.error("end_of_view_not_logged", extra={"camera": subject, "reason": str(error)})  # noqa: TRY400
