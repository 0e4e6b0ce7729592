"""Whoever changes a log, with its key or without, is found out by yesterday's checkpoint."""

from __future__ import annotations

import shutil

import pytest
from tests.audit.logs import filled, opened, stored

from passerby.audit.checkpoint import StoredCheckpoint, read_checkpoints
from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.journal import write_journal
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.audit.note import COSIGNATURE, new_signer, parsed_note
from passerby.audit.tile import packed, unpacked
from passerby.audit.tree import leaf_hash
from passerby.errors import UsageError

EARLY, YESTERDAY, TODAY = 200, 600, 900


def numbered(count: int, begin: int = 0) -> list[bytes]:
    return [b"entry %d" % number for number in range(begin, begin + count)]


@pytest.fixture
def site(tmp_path):
    """A log of three days, with the checkpoints of the first two and the public key kept elsewhere."""
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for begin, end, name in ((0, EARLY, "checkpoint-1"), (EARLY, YESTERDAY, "checkpoint-2"), (YESTERDAY, TODAY, "")):
        folder = filled(state, numbered(end - begin, begin))
        if name:
            shutil.copy(folder / "checkpoint", elsewhere / name)
    shutil.copy(folder / "log.vkey", elsewhere)
    return state, elsewhere


def report_on(site, *, checkpoints: bool = True):
    state, elsewhere = site
    kept = [*read_checkpoints([elsewhere])] if checkpoints else []
    return check_log(LogReader(state), load_key(elsewhere / "log.vkey"), kept)


def texts(report) -> str:
    return "\n".join(each.text for each in report.problems)


def replaced_by(site, entries: list[bytes]) -> None:
    """Put another history in the place of the log, signed with its own key: the gateway's owner can do that."""
    state, _ = site
    key = (state / "key").read_bytes()
    shutil.rmtree(state)
    state.mkdir()
    (state / "key").write_bytes(key)
    (state / "key").chmod(0o600)
    filled(state, entries)


def test_an_untouched_log_holds_and_agrees_with_all_that_was_kept(site):
    report = report_on(site)
    assert not report.problems
    assert (report.first_bad, report.first_bad_text) == (None, "")
    assert (report.size, report.newer, report.erased) == (TODAY, 0, 0)
    assert len(report.agreed) == 2
    assert len(report.root) == 64


@pytest.mark.parametrize("size", [0, 1, 256, 512, 65_536 + 300])
def test_a_log_of_any_size_holds(tmp_path, size):
    folder = filled(tmp_path, numbered(size)) if size < 1000 else _published_at_once(tmp_path, size)
    report = check_log(LogReader(tmp_path), load_key(folder / "log.vkey"))
    assert not report.problems
    assert report.size == size


def _published_at_once(state, size):
    filled(state, [])
    write_journal(state / "journal", 0, numbered(size))
    opened(state).close()
    return state / "log"


def test_entries_that_no_checkpoint_covers_yet_are_counted(site):
    log = opened(site[0])
    log.append(b"newer")
    assert report_on(site).newer == 1
    log.close()
    assert report_on(site).size == TODAY + 1


def bundle(site, number: int):
    return site[0] / "log/tile/entries" / f"{number:03d}"


def changed_bundle(site, number, change) -> None:
    path = bundle(site, number)
    entries = unpacked(path.read_bytes())
    change(entries)
    path.write_bytes(packed(entries))


@pytest.mark.parametrize("checkpoints", [True, False], ids=["with yesterday's checkpoint", "by itself"])
@pytest.mark.parametrize(
    ("change", "first", "what"),
    [
        (lambda entries: entries.__setitem__(44, b"entry 3OO"), 300, "entry 300 was changed"),
        (lambda entries: entries.pop(44), 300, "entry 300 is missing: it was removed"),
        (lambda entries: entries.insert(44, entries.pop(50)), 300, "entry 300 is not in its place"),
        (lambda entries: entries.clear(), 256, "entry 256 is missing"),
    ],
    ids=["edited", "deleted", "reordered", "emptied"],
)
def test_a_change_of_entries_is_found_and_the_first_is_named(site, change, first, what, checkpoints):
    changed_bundle(site, 1, change)
    report = report_on(site, checkpoints=checkpoints)
    assert report.first_bad == first
    assert report.first_bad_text == str(first)
    assert what in texts(report)


def test_a_change_of_entries_and_of_their_tile_is_found_by_the_tile_above(site):
    changed_bundle(site, 1, lambda entries: entries.__setitem__(44, b"entry 3OO"))
    path = site[0] / "log/tile/0/001"
    path.write_bytes(b"".join(map(leaf_hash, unpacked(bundle(site, 1).read_bytes()))))
    report = report_on(site, checkpoints=False)
    assert report.first_bad_text == "between 256 and 511"
    assert "entries 256 to 511 are not those" in texts(report)


def test_a_bundle_that_is_gone_is_missing_unless_retention_says_so(site):
    bundle(site, 1).unlink()
    report = report_on(site)
    assert report.first_bad == 256
    assert texts(report) == "entries 256 to 511 are missing"


REWRITTEN = {
    "edited": [*numbered(300), b"entry 3OO", *numbered(TODAY - 301, 301)],
    "deleted": [*numbered(300), *numbered(TODAY - 301, 301), b"filled up"],
    "reordered": [*numbered(300), b"entry 301", b"entry 300", *numbered(TODAY - 302, 302)],
    "forked": [*numbered(EARLY), *(b"another %d" % number for number in range(TODAY - EARLY))],
    "older copy, continued": [*numbered(300), *(b"later %d" % number for number in range(TODAY - 300))],
}


@pytest.mark.parametrize("history", REWRITTEN.values(), ids=REWRITTEN)
def test_a_rewritten_log_is_right_in_itself_and_found_out_by_yesterdays_checkpoint(site, history):
    replaced_by(site, history)
    assert not report_on(site, checkpoints=False).problems
    report = report_on(site)
    assert report.first_bad == EARLY
    assert report.first_bad_text == f"between {EARLY} and {YESTERDAY - 1}"
    assert f"the first {YESTERDAY} entries are not those that were signed" in texts(report)
    assert f"the first that is not is between {EARLY} and {YESTERDAY - 1}" in texts(report)
    assert [name.rpartition("/")[2] for name in report.agreed] == ["checkpoint-1"]


@pytest.mark.parametrize("size", [0, 100, EARLY, 512, YESTERDAY - 1])
def test_a_log_that_was_cut_short_or_put_back_names_the_first_entry_that_is_missing(site, size):
    replaced_by(site, numbered(size))
    assert not report_on(site, checkpoints=False).problems
    report = report_on(site)
    assert report.first_bad == size
    missing = f"entry {size} is" if size == YESTERDAY - 1 else f"entries {size} to {YESTERDAY - 1} are"
    assert f"{missing} missing: cut off, or an older copy was put back" in texts(report)


def test_a_log_with_another_key_is_found_out(site):
    state, _ = site
    shutil.rmtree(state)
    filled(state, numbered(TODAY))
    assert "not signed by the key" in texts(report_on(site))
    _, elsewhere = site
    found = check_log(LogReader(state), load_key(state / "log/log.vkey"), [*read_checkpoints([elsewhere])])
    assert "another log, or one whose key was exchanged" in texts(found)


@pytest.mark.parametrize("name", ["tile/0/001", "tile/1/000.p/3"])
@pytest.mark.parametrize("spoilt", ["missing", "short", "changed"])
def test_a_damaged_tile_is_found_although_the_entries_are_right(site, name, spoilt):
    path = site[0] / "log" / name
    data = path.read_bytes()
    if spoilt == "missing":
        path.unlink()
    else:
        path.write_bytes(data[:-32] if spoilt == "short" else b"x" + data[1:])
    assert report_on(site).problems


def test_a_damaged_checkpoint_is_found(site):
    path = site[0] / "log/checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n900\n", b"\n899\n"))
    assert "not signed by the key" in texts(report_on(site))
    path.write_bytes(b"nothing")
    assert "not a signed note" in texts(report_on(site))


def test_what_retention_erased_is_no_fault_and_counts(tmp_path):
    cut = AuditEntry(AuditKind.LOG_CUT, 1.0, None, details={"first": 512}).encoded()
    folder = filled(tmp_path, [*numbered(800), cut])
    for number in (0, 1):
        (folder / f"tile/entries/{number:03d}").unlink()
    report = check_log(LogReader(tmp_path), load_key(folder / "log.vkey"))
    assert not report.problems
    assert report.erased == 512
    assert [index for index, _ in LogReader(tmp_path).entries()] == list(range(512, 801))
    (folder / "tile/entries/002").unlink()
    report = check_log(LogReader(tmp_path), load_key(folder / "log.vkey"))
    assert report.first_bad == 512


def test_an_older_copy_of_the_erased_entries_that_was_changed_is_found(tmp_path):
    cut = AuditEntry(AuditKind.LOG_CUT, 1.0, None, details={"first": 256}).encoded()
    folder = filled(tmp_path, [*numbered(300), cut])
    (folder / "tile/entries/000").write_bytes(packed([b"forged", *numbered(255, 1)]))
    assert check_log(LogReader(tmp_path), load_key(folder / "log.vkey")).first_bad == 0


def test_a_witness_must_have_cosigned_if_asked(site):
    state, elsewhere = site
    witness = new_signer("witness.example", COSIGNATURE)
    key = load_key(elsewhere / "log.vkey")
    assert "no checkpoint is cosigned by the witness witness.example" in texts(
        check_log(LogReader(state), key, (), [witness.key])
    )
    path = state / "log/checkpoint"
    note = parsed_note(path.read_bytes())
    path.write_text(str(note.with_signatures([witness.sign(note.text, at_s=7)])))
    assert not check_log(LogReader(state), key, (), [witness.key]).problems


def test_what_is_no_checkpoint_is_refused(site, tmp_path):
    key = load_key(site[1] / "log.vkey")
    with pytest.raises(UsageError, match=r"mine\.txt: not a signed note"):
        check_log(LogReader(site[0]), key, [StoredCheckpoint("mine.txt", b"900")])
    with pytest.raises(UsageError, match="the checkpoint cannot be read"):
        list(read_checkpoints([tmp_path / "absent"]))
    with pytest.raises(UsageError, match="begins with 'checkpoint'"):
        list(read_checkpoints([tmp_path]))
    with pytest.raises(UsageError, match="no audit log here"):
        LogReader(tmp_path / "elsewhere")


def test_a_log_is_read_while_it_grows(site):
    log = opened(site[0])
    log.append(b"entry 900")
    assert [data for _, data in LogReader(site[0]).entries()] == numbered(TODAY + 1)
    log.close()
    assert stored(site[0] / "log") == numbered(TODAY + 1)
