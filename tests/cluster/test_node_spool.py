"""What waits on a node: each record until it has arrived; if too much waits, the oldest signals give way, no facts."""

from __future__ import annotations

import errno
import os
from itertools import count

import pytest

from passerby.cluster import spool_folder
from passerby.cluster.node_spool import NodeSpool
from passerby.cluster.placement_spool import PlacementSpool, SpoolLimits
from passerby.cluster.spool_folder import drop_oldest, node_id
from passerby.errors import StoreError
from passerby.store.delivery import NodeOrigin, RecordKind

DOOR = NodeOrigin("a1", "hall", "door.1", 5)
SIGNALS, HEALTH, AUDIT = RecordKind.SIGNALS, RecordKind.HEALTH, RecordKind.AUDIT
SMALL = SpoolLimits(signal_bytes=1000, fact_bytes=1000, segment_bytes=100)


def taken(spool: NodeSpool, most_bytes: int = 10**6) -> dict[tuple[int, RecordKind], list[int]]:
    """The numbers that wait, by epoch and kind."""
    records, _ = spool.take("hall", most_bytes=most_bytes)
    return {(each.origin.epoch, each.kind): [number for number, _ in each.records] for each in records}


def test_what_was_written_waits_until_it_has_arrived_also_after_a_restart(tmp_path):
    writer = PlacementSpool(tmp_path, DOOR)
    for kind in (SIGNALS, SIGNALS, HEALTH, AUDIT):
        writer.append(kind, b"x y")
    reader = NodeSpool(tmp_path, "a1")
    (audit, *_), waiting_bytes = reader.take("hall", most_bytes=10**6)
    assert (audit.origin, audit.kind, audit.records) == (DOOR, AUDIT, ((1, b"x y"),))
    assert waiting_bytes == 12
    assert (
        taken(reader) == taken(NodeSpool(tmp_path, "a1")) == {(5, AUDIT): [1], (5, HEALTH): [1], (5, SIGNALS): [1, 2]}
    )
    reader.note_arrived({(DOOR, SIGNALS): 1, (DOOR, HEALTH): 1})
    assert taken(reader) == {(5, AUDIT): [1], (5, SIGNALS): [2]}
    assert reader.take("yard", most_bytes=10**6) == ([], 0)


def test_a_placement_that_ended_is_removed_once_everything_has_arrived(tmp_path):
    writer = PlacementSpool(tmp_path, DOOR)
    writer.append(SIGNALS, b"x")
    reader = NodeSpool(tmp_path, "a1")
    reader.note_arrived({(DOOR, SIGNALS): 1})
    assert list((tmp_path / "hall").iterdir())  # it may still grow
    writer.append(AUDIT, b"y")
    writer.close()
    reader.note_arrived({(DOOR, SIGNALS): 1})
    assert taken(reader) == {(5, AUDIT): [1]}
    reader.note_arrived({(DOOR, AUDIT): 1})
    assert not list((tmp_path / "hall").iterdir())


def test_segments_that_have_arrived_are_removed_while_the_camera_runs(tmp_path):
    writer = PlacementSpool(tmp_path, DOOR, limits=SMALL)
    for _ in range(30):
        writer.append(SIGNALS, b"x" * 20)
    reader = NodeSpool(tmp_path, "a1")
    before = len(list(tmp_path.rglob("*.log")))
    reader.note_arrived({(DOOR, SIGNALS): 28})
    assert len(list(tmp_path.rglob("*.log"))) < before
    assert taken(reader) == {(5, SIGNALS): [29, 30]}


def test_if_too_much_waits_the_oldest_signals_are_dropped_and_leave_a_gap(tmp_path):
    old = PlacementSpool(tmp_path, DOOR._replace(epoch=4), limits=SMALL)
    old.append(SIGNALS, b"x" * 50)
    old.close()
    writer = PlacementSpool(tmp_path, DOOR, limits=SMALL)
    writer.append(AUDIT, b"z")
    for _ in range(60):
        writer.append(SIGNALS, b"x" * 50)
    found = taken(NodeSpool(tmp_path, "a1"))
    numbers = found[5, SIGNALS]
    assert (4, SIGNALS) not in found  # the oldest of all placements
    assert numbers == list(range(numbers[0], 61))
    assert 1 < numbers[0] < 55
    assert found[5, AUDIT] == [1]
    assert sum(size for path, size in spool_folder.sizes(tmp_path) if path.parent.name == SIGNALS) < 1300


def test_audit_entries_are_never_dropped_but_refused(tmp_path):
    writer = PlacementSpool(tmp_path, DOOR, limits=SMALL)
    written = 0
    with pytest.raises(  # noqa: PT012 - how many are accepted is what is asked
        StoreError, match=r"0\.001 MB of audit entries wait for the gateway, and none may be lost; run"
    ):
        for written in range(60):  # noqa: B007
            writer.append(AUDIT, b"x" * 50)
    assert taken(NodeSpool(tmp_path, "a1"))[5, AUDIT] == list(range(1, written + 1))
    assert 10 < written < 20
    with pytest.raises(StoreError, match="none may be lost"):
        PlacementSpool(tmp_path, DOOR._replace(epoch=6), limits=SpoolLimits(fact_bytes=900))
    drop_oldest(tmp_path, most_bytes=0)
    assert len(taken(NodeSpool(tmp_path, "a1"))[5, AUDIT]) == written


def test_a_full_disk_leaves_a_gap_and_what_follows_is_written(tmp_path, monkeypatch):
    writer = PlacementSpool(tmp_path, DOOR)
    writer.append(SIGNALS, b"x")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("passerby.storage.append_log.os.fdatasync", full)
        with pytest.raises(StoreError, match="No space left"):
            writer.append(SIGNALS, b"lost")
    writer.append(SIGNALS, b"y")
    (found,), _ = NodeSpool(tmp_path, "a1").take("hall", most_bytes=100)
    assert found.records == ((1, b"x"), (3, b"y"))


def test_a_damaged_record_is_skipped_and_the_others_keep_their_numbers(tmp_path):
    writer = PlacementSpool(tmp_path, DOOR)
    for text in (b"one", b"two", b"three"):
        writer.append(SIGNALS, text)
    (path,) = tmp_path.rglob("*.log")
    path.write_bytes(path.read_bytes().replace(b"two", b"t\no"))
    (found,), _ = NodeSpool(tmp_path, "a1").take("hall", most_bytes=100)
    assert found.records == ((1, b"one"), (3, b"three"))


def test_one_answer_holds_facts_first_and_something_of_each_placement(tmp_path):
    for epoch in (5, 6):
        writer = PlacementSpool(tmp_path, DOOR._replace(epoch=epoch))
        for _ in range(10):
            writer.append(SIGNALS, b"x" * 100)
        writer.append(HEALTH, b"y")
    records, waiting_bytes = NodeSpool(tmp_path, "a1").take("hall", most_bytes=500)
    assert [(each.origin.epoch, each.kind) for each in records] == [
        (5, HEALTH),
        (6, HEALTH),
        (5, SIGNALS),
        (6, SIGNALS),
    ]
    assert [len(each.records) for each in records] == [1, 1, 3, 3]
    assert waiting_bytes == 2002


def test_an_epoch_is_used_once(tmp_path):
    PlacementSpool(tmp_path, DOOR).close()
    with pytest.raises(StoreError, match="File exists"):
        PlacementSpool(tmp_path, DOOR)


def test_a_node_has_one_name_for_good(tmp_path, monkeypatch):
    numbers = count()
    monkeypatch.setattr(spool_folder.secrets, "token_hex", lambda _: f"{next(numbers):016x}")
    assert node_id(tmp_path / "a") == node_id(tmp_path / "a") != node_id(tmp_path / "b")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["node"]
