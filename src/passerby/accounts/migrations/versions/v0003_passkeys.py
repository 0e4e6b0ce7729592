"""Passkeys, and a secret of this database from which names for devices are derived."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "a0003"
down_revision = "a0002"


def upgrade() -> None:
    """Create both tables, and the secret."""
    op.create_table(
        "passkey",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("account", sa.Integer, sa.ForeignKey("account.number"), nullable=False, index=True),
        sa.Column("credential", sa.String(1364), nullable=False, unique=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("uses", sa.BigInteger, nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_s", sa.Double, nullable=False),
        sa.Column("used_s", sa.Double, nullable=True),
    )
    secret = op.create_table(
        "secret",
        sa.Column("single", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(64), nullable=False),
    )
    op.bulk_insert(secret, [{"single": 1, "key": secrets.token_hex(32)}])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("secret")
    op.drop_table("passkey")
