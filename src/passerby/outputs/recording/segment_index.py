"""The index of a day's recorded segments: an append log next to them, with an entry for each complete segment.

Earlier versions wrote `index.jsonl`, without checksums. It is still read, but never written: its entries stay there
until its day is deleted, and new entries go to the log.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from passerby.storage.append_log import AppendLog, read_log

INDEX: Final = "index.log"
EARLIER_INDEX: Final = "index.jsonl"

log = logging.getLogger(__name__)


def add_entry(day: Path, entry: Mapping[str, Any]) -> None:
    """Add an entry to a day's index; it is on disk when this returns.

    Args:
        day: The day's folder.
        entry: A value that JSON can represent.

    Raises:
        OSError: The index cannot be written, or another process writes it.
    """
    with AppendLog(day / INDEX) as index:
        index.append(json.dumps(entry).encode())


def entries(day: Path) -> Iterator[dict[str, Any]]:
    """Yield the entries of a day's index, oldest first; damaged ones are skipped and logged.

    Raises:
        OSError: The index cannot be read.
    """
    with suppress(FileNotFoundError):
        for line in (day / EARLIER_INDEX).read_bytes().splitlines():
            with suppress(ValueError):  # incomplete or damaged: this file has no checksums
                yield from _entry(line)
    with suppress(FileNotFoundError):
        for record in read_log(day / INDEX):
            if record.data is None:
                log.error("index_entry_damaged", extra={"index": str(day / INDEX), "record": record.number})
            else:
                yield from _entry(record.data)


def _entry(text: bytes) -> Iterator[dict[str, Any]]:
    entry = json.loads(text)
    if isinstance(entry, dict):
        yield entry
