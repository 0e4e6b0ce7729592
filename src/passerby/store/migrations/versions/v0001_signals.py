"""Series, their signals, and the counter of arrivals."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the first tables."""
    op.create_table(
        "series",
        sa.Column("series", sa.Integer, primary_key=True),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("quantity", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.UniqueConstraint("site", "place", "quantity", "kind", name="series_key"),
    )
    op.create_table(
        "signal",
        sa.Column("length_s", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("series", sa.Integer, sa.ForeignKey("series.series"), primary_key=True, autoincrement=False),
        sa.Column("start_s", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("observed_us", sa.BigInteger, nullable=False),
        sa.Column("estimator", sa.String(32), nullable=False),
        sa.Column("arrived", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("signal_arrived", "signal", ["length_s", "arrived"])
    arrivals = op.create_table(
        "arrivals",
        sa.Column("single", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(arrivals, [{"single": 1, "last": 0}])


def downgrade() -> None:
    """Drop them."""
    for name in ("arrivals", "signal", "series"):
        op.drop_table(name)
