from __future__ import annotations

import errno
import os
import shutil
import threading

import pytest
from tests.audit.log_killed import acknowledged_until_killed
from tests.audit.logs import ORIGIN, filled, opened, stored
from tests.waiting import until

from passerby.audit import tile_log, tile_publisher
from passerby.audit.checkpoint import signed_checkpoint
from passerby.audit.journal import Journal, read_journal, write_journal
from passerby.audit.key_file import load_key
from passerby.audit.tile_folder import TileFolder
from passerby.audit.tile_log import TileLog
from passerby.audit.tree import consistency_proof, consistent, included, inclusion_proof, leaf_hash
from passerby.errors import AuditError

LIVES = 8  # benchmarks/audit.py has 50


def numbered(count: int, begin: int = 0) -> list[bytes]:
    return [b"entry %d" % number for number in range(begin, begin + count)]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 600, 5000])
def test_what_was_appended_is_published_and_added_to_later(tmp_path, count):
    folder = filled(tmp_path, numbered(count))
    assert stored(folder) == numbered(count)
    filled(tmp_path, numbered(3, count))
    assert stored(folder) == numbered(count + 3)


def test_an_entry_that_a_journal_cannot_hold_is_refused(tmp_path):
    log = opened(tmp_path)
    for data in (b"a\nb", bytes(65_536)):
        with pytest.raises(ValueError, match="65535 bytes and no line feed"):
            log.append(data)
    log.close()
    assert stored(tmp_path / "log") == []


def test_the_folder_has_the_names_and_forms_of_c2sp_tiles(tmp_path):
    folder = filled(tmp_path, numbered(700))
    names = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert names == {
        *("checkpoint", "log.vkey", "tile/0/000", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2"),
        *("tile/entries/000", "tile/entries/001", "tile/entries/002.p/188"),
    }
    assert (folder / "tile/0/000").stat().st_size == 8192
    assert (folder / "tile/entries/000").read_bytes().startswith(b"\x00\x07entry 0\x00\x07entry 1")
    assert (folder / "checkpoint").read_text().startswith(f"{ORIGIN}\n700\n")


def test_partial_tiles_go_when_the_tile_is_full_and_no_sooner(tmp_path):
    log = opened(tmp_path)
    log.append(b"one")
    log.publish()
    log.append(b"two")
    log.publish()
    partial = tmp_path / "log/tile/0/000.p"
    assert {each.name for each in partial.iterdir()} == {"1", "2"}
    for each in numbered(254):
        log.append(each)
    log.publish()
    assert not partial.exists()
    assert not (tmp_path / "log/tile/entries/000.p").exists()
    log.close()


def test_inclusion_and_consistency_are_proved_from_the_files(tmp_path):
    folder = filled(tmp_path, numbered(300))
    key = load_key(folder / "log.vkey")
    old, _ = signed_checkpoint((folder / "checkpoint").read_bytes(), key)
    filled(tmp_path, numbered(400, 300))
    new, _ = signed_checkpoint((folder / "checkpoint").read_bytes(), key)
    node = TileFolder(folder).node
    for index in (0, 255, 256, 299, 511, 512, 699):
        proof = inclusion_proof(index, new.size, node)
        assert included(leaf_hash(b"entry %d" % index), index, new.size, proof=proof, root=new.root)
    proof = consistency_proof(old.size, new.size, node)
    assert consistent(old.size, new.size, old_root=old.root, new_root=new.root, proof=proof)


def test_many_threads_get_one_index_each_and_few_syncs(tmp_path, monkeypatch):
    syncs = []
    slow = os.fdatasync

    def counted(descriptor):
        syncs.append(descriptor)
        threading.Event().wait(0.05)  # meanwhile the other threads line up, on a busy machine too
        slow(descriptor)

    log = opened(tmp_path)
    monkeypatch.setattr(os, "fdatasync", counted)
    indexes: dict[int, bytes] = {}

    def write(thread: int) -> None:
        for number in range(20):
            data = b"thread %d number %d" % (thread, number)
            indexes[log.append(data)] = data

    threads = [threading.Thread(target=write, args=(each,)) for each in range(16)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    log.close()
    assert stored(tmp_path / "log") == [indexes[index] for index in range(320)]
    assert len(syncs) < 160


def test_an_entry_that_another_thread_failed_to_write_is_not_acknowledged(tmp_path, monkeypatch):
    log = opened(tmp_path)
    monkeypatch.setattr(log, "_commit", log._queue.clear)
    with pytest.raises(AuditError, match="was not written"):
        log.append(b"lost")
    monkeypatch.undo()
    log.append(b"written")
    log.close()
    assert stored(tmp_path / "log") == [b"written"]


def test_another_process_appends_beside_the_one_that_publishes(tmp_path):
    with opened(tmp_path) as first:
        first.append(b"by the gateway")
        with opened(tmp_path) as second:
            assert second.append(b"by a command") == 1
            assert second.publish() is None
        assert first.append(b"by the gateway again") == 2
        until(lambda: len(stored(tmp_path / "log")) == 3, not_yet=(OSError,))
    third = opened(tmp_path)
    checkpoint = third.publish()
    assert checkpoint is not None
    assert checkpoint.size == 3
    third.close()
    assert stored(tmp_path / "log") == [b"by the gateway", b"by a command", b"by the gateway again"]


def test_a_journal_that_is_shortened_meanwhile_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tile_publisher, "ROTATED_AT", 256)
    publishing, other = opened(tmp_path), opened(tmp_path)
    for number in range(1000):
        (publishing, other)[number % 2].append(b"entry %d" % number)
        if number % 97 == 0:
            publishing.publish()
    assert read_journal(tmp_path / "journal").first > 0
    other.close()
    publishing.close()
    assert stored(tmp_path / "log") == numbered(1000)


def test_when_the_publisher_ends_another_takes_over(tmp_path):
    first, second = opened(tmp_path), opened(tmp_path)
    first.append(b"one")
    first.close()
    second.append(b"two")
    assert second.publish() is not None
    second.close()
    assert stored(tmp_path / "log") == [b"one", b"two"]


@pytest.mark.slow
def test_no_kill_loses_what_was_acknowledged_or_logs_it_twice(tmp_path):
    acknowledged = acknowledged_until_killed(tmp_path, LIVES, seed=9)
    opened(tmp_path).close()
    entries = stored(tmp_path / "log")
    assert len(acknowledged) > LIVES
    assert {index: entries[index] for index in acknowledged} == acknowledged
    assert len(set(entries)) == len(entries)


@pytest.mark.parametrize("step", ["bundle", "upper tile", "lowest tile", "checkpoint", "journal"])
def test_a_kill_at_any_step_of_publishing_loses_nothing(tmp_path, monkeypatch, step):
    """The files at that moment are copied, as a kill would leave them, and opened as a log of their own."""
    monkeypatch.setattr(tile_publisher, "ROTATED_AT", 256)
    state, cut = tmp_path / "state", tmp_path / "cut"
    log = opened(state)
    for each in numbered(100):
        log.append(each)
    log.publish()
    for each in numbered(500, 100):
        log.append(each)
    wanted = {
        "bundle": lambda name: name.startswith("tile/entries/001"),
        "upper tile": lambda name: name.startswith("tile/1/"),
        "lowest tile": lambda name: name.startswith("tile/0/001"),
        "checkpoint": lambda name: name == "checkpoint",
    }
    write, replace = TileFolder.write, Journal.replace

    def killed(tiles, name, data):
        if step in wanted and wanted[step](name) and not cut.exists():
            shutil.copytree(state, cut)
        write(tiles, name, data)

    def killed_in_journal(journal, first):
        shutil.copytree(state, cut)
        replace(journal, first)

    monkeypatch.setattr(TileFolder, "write", killed)
    if step == "journal":
        monkeypatch.setattr(Journal, "replace", killed_in_journal)
    log.publish()
    monkeypatch.undo()
    log.close()
    again = opened(cut)
    assert again.append(b"entry 600") == 600
    again.close()
    assert stored(cut / "log") == numbered(601)


@pytest.mark.parametrize("left", range(1, 60, 7))
def test_a_torn_end_of_the_journal_is_removed(tmp_path, left):
    log = opened(tmp_path)
    log.append(b"whole")
    log.append(b"torn " * 10)
    log._journal.close()
    path = tmp_path / "journal"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - left])
    os.close(log._lock)
    log._lock = -1
    again = opened(tmp_path)
    assert again.append(b"after") == 1
    again.close()
    assert stored(tmp_path / "log") == [b"whole", b"after"]


def fails_with(number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("place", ["write", "fdatasync"])
def test_a_full_or_failing_disk_refuses_entries_and_takes_them_again_later(tmp_path, monkeypatch, place):
    log = opened(tmp_path)
    log.append(b"before")
    with monkeypatch.context() as patch:
        patch.setattr(os, place, fails_with(errno.ENOSPC))
        with pytest.raises(AuditError, match=r"the disk is full; free some space\. What needs an entry is refused"):
            log.append(b"refused")
    assert log.append(b"after") == 1
    log.close()
    assert stored(tmp_path / "log") == [b"before", b"after"]


def test_a_disk_that_is_full_in_the_middle_of_a_group_leaves_none_of_it(tmp_path, monkeypatch):
    log = opened(tmp_path)
    log.append(b"before")
    whole = (tmp_path / "journal").read_bytes()
    write = os.write
    calls = []

    def half(descriptor, data):
        calls.append(descriptor)
        return write(descriptor, data[:5]) if len(calls) == 1 else fails_with(errno.ENOSPC)()

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(AuditError, match="the disk is full"):
            log.append(b"refused")
    assert (tmp_path / "journal").read_bytes() == whole
    log.close()


def test_tiles_that_cannot_be_written_are_reported_and_written_later(tmp_path, monkeypatch):
    log = opened(tmp_path)
    log.append(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(TileFolder, "write", fails_with(errno.EROFS))
        log._try_to_publish()
        assert "the disk is read-only" in log.failure
    assert log.append(b"two") == 1
    log._try_to_publish()
    assert not log.failure
    log.close()
    assert stored(tmp_path / "log") == [b"one", b"two"]


def test_a_lost_journal_is_made_again_from_the_last_bundle(tmp_path):
    filled(tmp_path, numbered(300))
    (tmp_path / "journal").unlink()
    filled(tmp_path, [b"entry 300"])
    assert stored(tmp_path / "log") == numbered(301)


def spoil_journal(state):
    path = state / "journal"
    path.write_bytes(path.read_bytes().replace(b"entry 298", b"entry 289"))


def older_journal(state):
    write_journal(state / "journal", 0, numbered(200))


def short_journal(state):
    write_journal(state / "journal", 0, numbered(290))


def rewritten_journal(state):
    write_journal(state / "journal", 0, [*numbered(299), b"entry 999"])


def later_journal(state):
    write_journal(state / "journal", 512, [])


def lost_tile(state):
    (state / "log/tile/0/000").unlink()
    write_journal(state / "journal", 256, numbered(44, 256))


def lost_checkpoint(state):
    (state / "log/checkpoint").unlink()
    write_journal(state / "journal", 256, numbered(44, 256))


def other_checkpoint(state):
    filled(state / "other", numbered(1))
    shutil.copy(state / "other/log/checkpoint", state / "log/checkpoint")


def spoilt_tile(state):
    path = state / "log/tile/0/000"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    write_journal(state / "journal", 256, numbered(44, 256))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_journal, "entry 298 is damaged"),
        (older_journal, "the tiles end at 256: one of them is an older copy"),
        (short_journal, "300 entries were signed, and 290 are there: the log was cut short"),
        (rewritten_journal, "the first 300 entries are not those that were signed"),
        (later_journal, "one of them is an older copy"),
        (lost_tile, "one of them is an older copy"),
        (lost_checkpoint, "is missing; restore it from its copy"),
        (other_checkpoint, "not signed by the key"),
        (spoilt_tile, "are not those that were signed"),
    ],
)
def test_a_log_that_is_not_what_it_signed_is_not_continued(tmp_path, spoil, reason):
    filled(tmp_path, numbered(300))
    spoil(tmp_path)
    signed = (tmp_path / "log/checkpoint").read_bytes() if (tmp_path / "log/checkpoint").exists() else b""
    with pytest.raises(AuditError, match=reason):
        opened(tmp_path)
    if signed:
        assert (tmp_path / "log/checkpoint").read_bytes() == signed


def test_key_and_files_are_for_their_own_user_alone_unless_the_log_is_public(tmp_path):
    folder = filled(tmp_path / "private", numbered(1))
    for each in (tmp_path / "private").rglob("*"):
        assert not each.stat().st_mode & 0o077, each
    log = TileLog(tmp_path / "www", tmp_path / "state", origin="site/cover", public=True)
    log.append(b"one")
    log.close()
    assert (tmp_path / "state/key").stat().st_mode & 0o777 == 0o600
    for each in (tmp_path / "www").rglob("*"):
        assert each.stat().st_mode & 0o777 == (0o755 if each.is_dir() else 0o644), each
    assert not (folder / "key").exists()


def test_a_key_that_others_can_read_is_refused(tmp_path):
    filled(tmp_path, numbered(1))
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(AuditError, match="chmod 600"):
        opened(tmp_path)


def test_a_key_that_is_damaged_is_refused_without_showing_it(tmp_path):
    filled(tmp_path, numbered(1))
    secret = (tmp_path / "key").read_text()
    (tmp_path / "key").write_text(secret[:-9])
    with pytest.raises(AuditError, match="not a private key") as caught:
        opened(tmp_path)
    assert secret[-30:-20] not in str(caught.value)


def test_each_checkpoint_is_handed_on_once(tmp_path):
    seen: list[bytes] = []
    log = TileLog(tmp_path / "log", tmp_path, origin=ORIGIN, on_checkpoint=seen.append)
    log.append(b"one")
    log.publish()
    log.publish()
    log.append(b"two")
    log.close()
    assert [data.split(b"\n")[1] for data in seen] == [b"1", b"2"]


def test_an_entry_is_published_without_being_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(tile_log, "EVERY_S", 0.01)
    with opened(tmp_path) as log:
        log.append(b"one")
        assert until(lambda: stored(tmp_path / "log"), not_yet=(OSError,)) == [b"one"]
