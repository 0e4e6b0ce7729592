"""The address of a database: an SQLite file, or a PostgreSQL server; its password is in no message."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from passerby.errors import UsageError

DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class DatabaseAddress:
    """The address of a database; printed without its password.

    Args:
        text: A file such as signals.db, sqlite:///signals.db, or postgresql://user@host/database. The password may
            be in it, but PGPASSWORD or ~/.pgpass, which PostgreSQL's own programs also read, are better.
        setting: Name of the setting that contains the address, for messages.
        example: Name of an example file, for messages.

    Raises:
        UsageError: It is not one of these.

    >>> print(DatabaseAddress("postgresql://ann:secret@db.local/signals"))
    postgresql://ann:***@db.local/signals
    """

    def __init__(self, text: str, *, setting: str = "store", example: str = "signals.db") -> None:
        self.url = _url(text, setting)
        if self.is_file and not self.url.database:
            msg = f"{setting}: the address is empty; name a file, such as {example}"
            raise UsageError(msg)

    @property
    def is_file(self) -> bool:
        """Whether it is an SQLite file."""
        return self.url.drivername == "sqlite"

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    def without_secrets(self, text: str) -> str:
        """Return a message of the database driver in one line, without the password."""
        secrets = [self.url.password, *_passwords(self.url)]
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return " ".join(text.split())

    def __str__(self) -> str:
        """Return the file, or the URL without its password."""
        if self.is_file:
            return str(self.path)
        public = self.url.set(drivername="postgresql", query={})
        return public.render_as_string(hide_password=True)

    __repr__ = __str__


def _url(text: str, setting: str) -> URL:
    scheme, found, _ = text.partition("://")
    if not found:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        msg = f"{setting}: this {scheme} address cannot be read; use postgresql://user@host:port/database, with "
        msg += "special characters of the password percent-encoded"
        raise UsageError(msg) from error

    name = url.drivername.partition("+")[0]
    if name == "sqlite":
        return url.set(drivername="sqlite")
    if name not in DRIVERS:
        msg = f"{setting}: {name} is not supported; use a file, or a postgresql:// address"
        raise UsageError(msg)

    return url.set(drivername=DRIVERS[name])


def _passwords(url: URL) -> list[str]:
    given = url.query.get("password", ())
    return [given] if isinstance(given, str) else list(given)
