"""The tables of accounts, the same in SQLite and PostgreSQL; of a secret that is random, only a hash is stored."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Integer, MetaData, String, Table, Text

from passerby.storage.migration import Migrations

METADATA = MetaData()
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", "accounts")

ACCOUNT = Table(
    "account",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("folded", String(64), nullable=False, unique=True),  # names that differ in case alone are one
    Column("role", String(32), nullable=False),
    Column("groups", Text, nullable=True),  # names as JSON; null = all cameras
    Column("disabled", Boolean, nullable=False),
    Column("created_s", Double, nullable=False),
    Column("password", Text, nullable=True),  # Argon2id
    Column("seed", String(64), nullable=True),  # of the authenticator app
    Column("step", BigInteger, nullable=False),  # of the code that was accepted last
    Column("version", Integer, nullable=False),
)

SESSION = Table(
    "session",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("account", Integer, ForeignKey("account.number"), nullable=False, index=True),
    Column("created_s", Double, nullable=False),
    Column("used_s", Double, nullable=False),
    Column("address", String(64), nullable=False),
    Column("browser", String(120), nullable=False),
)

# A browser in which somebody has signed in before: a stranger who guesses cannot lock it out.
BROWSER = Table(
    "browser",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("account", Integer, ForeignKey("account.number"), nullable=False, index=True),
    Column("created_s", Double, nullable=False),
)

TOKEN = Table(
    "token",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("owner", Integer, ForeignKey("account.number"), nullable=False, index=True),
    Column("actions", Text, nullable=False),  # as JSON
    Column("groups", Text, nullable=True),  # as those of an account; null = those of the owner
    Column("camera", String(64), nullable=True),  # of a ticket: the one that it opens; null = an API token
    Column("created_s", Double, nullable=False),
    Column("ends_s", Double, nullable=False),
)

PASSKEY = Table(
    "passkey",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("account", Integer, ForeignKey("account.number"), nullable=False, index=True),
    Column("credential", String(1364), nullable=False, unique=True),  # its id, at most 1023 bytes, in base64url
    Column("key", Text, nullable=False),  # the public key, COSE in base64url
    Column("uses", BigInteger, nullable=False),  # by its own count
    Column("host", String(255), nullable=False),  # the host name that it works under
    Column("name", String(64), nullable=False),
    Column("created_s", Double, nullable=False),
    Column("used_s", Double, nullable=True),
)

# One row: a random key of this database, from which names for devices are derived.
SECRET = Table(
    "secret",
    METADATA,
    Column("single", Integer, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
)

# Who somebody is at an OpenID provider: their name there may change, and this may not.
IDENTITY = Table(
    "identity",
    METADATA,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("account", Integer, ForeignKey("account.number"), nullable=False, index=True),
)

INVITATION = Table(
    "invitation",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("account", Integer, ForeignKey("account.number"), nullable=False, index=True),
    Column("ends_s", Double, nullable=False),
)

# What one person asks for and another one decides.
REQUEST = Table(
    "request",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("matter", String(32), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("details", Text, nullable=False),  # as JSON
    Column("reason", Text, nullable=False),
    Column("asked_by", Integer, ForeignKey("account.number"), nullable=False),
    Column("asked_s", Double, nullable=False),
    Column("ends_s", Double, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", Integer, ForeignKey("account.number"), nullable=True),
    Column("decided_s", Double, nullable=True),
)

# One row: every change counts it up, so that a gateway notices what another program changed.
REVISION = Table(
    "revision",
    METADATA,
    Column("single", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
