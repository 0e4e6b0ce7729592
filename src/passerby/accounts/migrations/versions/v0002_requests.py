"""Requests that a second person decides on."""

import sqlalchemy as sa
from alembic import op

revision = "a0002"
down_revision = "a0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "request",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("matter", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Integer, sa.ForeignKey("account.number"), nullable=False),
        sa.Column("asked_s", sa.Double, nullable=False),
        sa.Column("ends_s", sa.Double, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.Integer, sa.ForeignKey("account.number"), nullable=True),
        sa.Column("decided_s", sa.Double, nullable=True),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("request")
