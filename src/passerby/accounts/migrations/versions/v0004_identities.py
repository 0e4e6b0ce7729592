"""Who people are at an OpenID provider."""

import sqlalchemy as sa
from alembic import op

revision = "a0004"
down_revision = "a0003"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(255), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("account", sa.Integer, sa.ForeignKey("account.number"), nullable=False, index=True),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("identity")
