"""Stores signals in SQLite or PostgreSQL, rolled up by minute, quarter hour and hour; old signals are deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from passerby.errors import UsageError
from passerby.installation import how_to_install

if TYPE_CHECKING:
    from passerby.store.store import Store


def open_store(address: str, *, create: bool = False) -> Store:
    """Open a store of signals; a context manager.

    Args:
        address: A file such as signals.db, or postgresql://user@host/database.
        create: Whether to create the store if it does not exist.

    Raises:
        UsageError: The address is not a file or a postgresql:// URL, or the packages for stores are not installed.
        StoreError: The database is missing, locked, damaged, or was not made by passerby.
    """
    try:
        from passerby.store.store import Store  # noqa: PLC0415 - its packages are an extra
    except ModuleNotFoundError as error:
        msg = f"a store needs {error.name}; run {how_to_install('store')}"
        raise UsageError(msg) from error
    return Store(address, create=create)
