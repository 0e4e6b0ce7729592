"""The tables of a store, the same in SQLite and PostgreSQL.

A signal's natural key is what it is about (its series), and the length and start of its window. If two signals have
the same key, every table here keeps the one that observed more of its window; on a tie, the first.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from passerby.storage.migration import Migrations

METADATA = MetaData()
MIGRATIONS = Migrations(Path(__file__).parent / "migrations", "signals")

SERIES = Table(
    "series",
    METADATA,
    Column("series", Integer, primary_key=True),
    Column("site", String(64), nullable=False),
    Column("place", String(64), nullable=False),
    Column("quantity", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    UniqueConstraint("site", "place", "quantity", "kind", name="series_key"),
)

# Ordered by series, then time: a chart of a day reads neighbouring pages.
SIGNAL = Table(
    "signal",
    METADATA,
    Column("length_s", Integer, primary_key=True, autoincrement=False),
    Column("series", Integer, ForeignKey("series.series"), primary_key=True, autoincrement=False),
    Column("start_s", BigInteger, primary_key=True, autoincrement=False),
    Column("value", Double, nullable=False),
    Column("observed_us", BigInteger, nullable=False),
    Column("estimator", String(32), nullable=False),
    Column("arrived", BigInteger, nullable=False),
    Column("low", Double, nullable=True),
    Column("high", Double, nullable=True),
    Index("signal_arrived", "length_s", "arrived"),
    sqlite_with_rowid=False,
)

# One row: its update makes writers wait for one another, so that `follow` never sees a smaller number later.
ARRIVALS = Table(
    "arrivals",
    METADATA,
    Column("single", Integer, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
)

# Where foot points come to: the counts of a zone's cells in one hour, as a JSON list, row by row.
FOOT_MAP = Table(
    "foot_map",
    METADATA,
    Column("site", String(64), primary_key=True),
    Column("place", String(64), primary_key=True),
    Column("start_s", BigInteger, primary_key=True, autoincrement=False),
    Column("observed_us", BigInteger, nullable=False),
    Column("space", String(16), nullable=False),
    Column("side", Double, nullable=False),
    Column("left", Integer, nullable=False),
    Column("top", Integer, nullable=False),
    Column("columns", Integer, nullable=False),
    Column("counts", Text, nullable=False),
)

# How far the records of each placement on a node of a cluster have arrived: written with the rows, so each comes once.
DELIVERED = Table(
    "delivered",
    METADATA,
    Column("node", String(64), primary_key=True),
    Column("site", String(64), primary_key=True),
    Column("camera", String(64), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("lost", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
)

# Which placements a camera has had: what an earlier one measures after a later one began is refused.
PLACED = Table(
    "placed",
    METADATA,
    Column("site", String(64), primary_key=True),
    Column("camera", String(64), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
)

# Changes of the status of cameras on nodes, as the nodes saw them.
HEALTH = Table(
    "health",
    METADATA,
    Column("site", String(64), primary_key=True),
    Column("camera", String(64), primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("node", String(64), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("state", String(32), nullable=False),
    Column("redaction", String(16), nullable=False),
    Column("faults", String(300), nullable=False),
    Column("detail", String(300), nullable=False),
)
