"""Tickets: tokens that open the picture of one camera in a page of another origin."""

import sqlalchemy as sa
from alembic import op

revision = "a0005"
down_revision = "a0004"


def upgrade() -> None:
    """Add the camera of a ticket."""
    op.add_column("token", sa.Column("camera", sa.String(64), nullable=True))


def downgrade() -> None:
    """End all tickets, which would become API tokens, and drop it."""
    op.execute("DELETE FROM token WHERE camera IS NOT NULL")
    op.drop_column("token", "camera")
