"""Whatever is killed at whatever step: what a node has written down arrives, once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.cluster import killed
from tests.store.made import NOON_S

from passerby.audit.export import EntrySelection, selected
from passerby.audit.log_reader import LogReader
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength
from passerby.store.store import Store

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_kills_at_any_step_lose_nothing_and_store_nothing_twice(address: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", killed.__name__, address, str(tmp_path), "16"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged = json.loads(done.stdout)
    assert sum(acknowledged) > killed.LIVES
    end_s = NOON_S + killed.LIVES * killed.LIFE_S
    with Store(address) as store:
        values = [each.value for each in store.read(Selection(WindowLength.SECOND, utc(NOON_S), utc(end_s)))]
        health = Counter(
            (each.at_us // 10**6 - NOON_S) // killed.LIFE_S for each in store.health("arena", "door", since_s=0)
        )
        marks = store.delivered("arena")
    signals = Counter(int(value) // killed.LIFE_S for value in values)
    reasons = [entry.details["reason"] for _, entry in selected(LogReader(tmp_path / "gateway"), EntrySelection())]
    assert len(set(reasons)) == len(reasons)
    entries = Counter(int(str(reason).split(".")[0]) for reason in reasons)
    for life, safe in enumerate(acknowledged):
        assert safe <= signals[life] <= safe + 1
        assert safe <= health[life] <= safe + 1
        assert safe <= entries[life] <= safe + 1
    assert not any(mark.lost or mark.refused for mark in marks.values())
    assert not list((tmp_path / "node" / "cluster-spool" / "arena").iterdir())
