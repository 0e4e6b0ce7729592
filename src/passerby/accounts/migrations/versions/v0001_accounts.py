"""Accounts, their sessions, browsers, tokens and invitations, and the counter of changes."""

import sqlalchemy as sa
from alembic import op

revision = "a0001"  # not that of signals, with which it shared a table of versions
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "account",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("folded", sa.String(64), nullable=False, unique=True),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("groups", sa.Text, nullable=True),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("password", sa.Text, nullable=True),
        sa.Column("seed", sa.String(64), nullable=True),
        sa.Column("step", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "session",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        _account(),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("used_s", sa.Double, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("browser", sa.String(120), nullable=False),
    )
    op.create_table(
        "browser",
        sa.Column("hash", sa.String(64), primary_key=True),
        _account(),
        sa.Column("created_s", sa.Double, nullable=False),
    )
    op.create_table(
        "token",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(64), nullable=False),
        _account("owner"),
        sa.Column("actions", sa.Text, nullable=False),
        sa.Column("groups", sa.Text, nullable=True),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("ends_s", sa.Double, nullable=False),
    )
    op.create_table(
        "invitation",
        sa.Column("hash", sa.String(64), primary_key=True),
        _account(),
        sa.Column("ends_s", sa.Double, nullable=False),
    )
    counter = op.create_table(
        "revision",
        sa.Column("single", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(counter, [{"single": 1, "number": 0}])


def downgrade() -> None:
    """Drop them."""
    for name in ("revision", "invitation", "token", "browser", "session", "account"):
        op.drop_table(name)


def _account(name: str = "account") -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey("account.number"), nullable=False, index=True)
