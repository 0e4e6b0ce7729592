from __future__ import annotations

import threading
import time

import pytest
from tests.waiting import PATIENCE_S

from passerby.errors import StoreError
from passerby.storage.address import DatabaseAddress
from passerby.storage.engine import engine_for, transaction


@pytest.fixture
def address(tmp_path):
    return DatabaseAddress(str(tmp_path / "some.db"))


def test_a_transaction_waits_for_another_as_long_as_it_is_told(address):
    held, release = threading.Event(), threading.Event()

    def hold():
        engine = engine_for(address)
        with transaction(engine, address, writes=True):
            held.set()
            release.wait(PATIENCE_S)
        engine.dispose()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(PATIENCE_S)
    engine = engine_for(address)
    with pytest.raises(StoreError, match="locked"), transaction(engine, address, writes=True, wait_s=0.05):
        pass

    threading.Timer(0.3, release.set).start()
    begun_s = time.monotonic()
    with transaction(engine, address, writes=True, wait_s=60):
        assert time.monotonic() - begun_s >= 0.2, "it did not wait"
    engine.dispose()
    holder.join()


@pytest.mark.parametrize("mapped", [False, True])
def test_a_commit_waits_for_the_disk(tmp_path, mapped):
    made = engine_for(DatabaseAddress(str(tmp_path / "a.db")), mapped=mapped)
    with made.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
