"""Bounds of values: low and high; of a lower bound, which had none, the value itself is the low one."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add both columns, and fill them for lower bounds."""
    for name in ("low", "high"):
        op.add_column("signal", sa.Column(name, sa.Double, nullable=True))
    op.execute("UPDATE signal SET low = value WHERE estimator = 'lower bound'")


def downgrade() -> None:
    """Remove them."""
    for name in ("low", "high"):
        op.drop_column("signal", name)
