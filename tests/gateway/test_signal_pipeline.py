from __future__ import annotations

import json
from datetime import timedelta

import pytest
from tests.store.made import NOON_S, signal

from passerby.errors import StoreError, UsageError
from passerby.gateway.signal_pipeline import SignalPipeline
from passerby.signals.external import ExternalCounters
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength

WANTED = Selection(WindowLength.MINUTE, utc(NOON_S), utc(NOON_S) + timedelta(hours=1))


def desk(tmp_path, **options):
    counters = ExternalCounters("arena", ["gate"], clock=lambda: NOON_S + 3600)
    return SignalPipeline(str(tmp_path / "signals.db"), tmp_path / "spool", counters, clock=lambda: NOON_S, **options)


def counted(**changes):
    end = (utc(NOON_S) + timedelta(minutes=1)).isoformat()
    usual = {"source": "door_counter", "end": end, "span_s": 60, "values": {"crossings_in": 5}}
    return json.dumps(usual | changes)


def test_what_is_taken_is_told_at_once_and_kept_when_the_desk_closes(tmp_path):
    with desk(tmp_path, drain_s=1000) as open_desk, open_desk.hub.listen() as feed:
        open_desk.publish([signal(3, length_s=60)])
        open_desk.count("gate", counted())
        assert [each.value for each in feed.take()] == [3, 5]
        assert open_desk.state.waiting_bytes > 0
    assert {chart.quantity: list(chart.values) for chart in open_desk.charts(WANTED)} == {
        "occupancy": [3],
        "crossings_in": [5],
    }
    assert [known.place for known in open_desk.known()] == ["gate", "gate"]


def test_a_message_that_could_tell_people_apart_leaves_nothing(tmp_path):
    with desk(tmp_path) as open_desk, open_desk.hub.listen() as feed:
        with pytest.raises(UsageError, match="could identify people"):
            open_desk.count("gate", counted(badge=7))
        assert not feed.take()


def test_two_gateways_do_not_share_a_spool(tmp_path):
    with desk(tmp_path), pytest.raises(StoreError, match="in use by another passerby"):
        desk(tmp_path)
