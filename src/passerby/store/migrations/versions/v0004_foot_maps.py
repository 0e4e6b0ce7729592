"""How many foot points came into each cell of a zone, by the hour."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "foot_map",
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("place", sa.String(64), primary_key=True),
        sa.Column("start_s", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("observed_us", sa.BigInteger, nullable=False),
        sa.Column("space", sa.String(16), nullable=False),
        sa.Column("side", sa.Double, nullable=False),
        sa.Column("left", sa.Integer, nullable=False),
        sa.Column("top", sa.Integer, nullable=False),
        sa.Column("columns", sa.Integer, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("foot_map")
