from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa

from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction
from passerby.storage.migration import Migrations, migrate

STEP = """
import time
from alembic import op
import sqlalchemy as sa
revision = "1"
down_revision = None
def upgrade():
    for number in range(5):
        op.create_table(f"{NAME}{number}", sa.Column("number", sa.Integer, primary_key=True))
        time.sleep(0.01)
"""


def test_databases_that_are_made_at_the_same_time_get_their_own_tables(tmp_path: Path) -> None:
    """As those of accounts and signals are when a gateway starts."""

    def make(name: str) -> set[str]:
        steps = tmp_path / name / "versions"
        steps.mkdir(parents=True)
        (steps / "v1.py").write_text(f"NAME = {name!r}\n{STEP}")
        address = DatabaseAddress(str(tmp_path / f"{name}.db"))
        engine = engine_for(address)
        migrate(engine, address, Migrations(tmp_path / name, "things"), create=True)
        with transaction(engine, address) as connection:
            return set(sa.inspect(connection).get_table_names()) - {"passerby_things_version"}

    names = ["accounts", "signals", "others", "more"]
    with ThreadPoolExecutor(len(names)) as pool:
        made = list(pool.map(make, names))
    assert made == [{f"{name}{number}" for number in range(5)} for name in names]
