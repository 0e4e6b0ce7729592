from __future__ import annotations

import json
import logging

from passerby.outputs.recording.segment_index import EARLIER_INDEX, INDEX, add_entry, entries

ENTRIES = [{"begin": "2026-11-20T10:00:00+00:00", "size": number, "sha256": "ab" * 32} for number in range(3)]


def test_entries_are_read_as_they_were_added(tmp_path):
    for entry in ENTRIES:
        add_entry(tmp_path, entry)
    assert list(entries(tmp_path)) == ENTRIES


def test_a_day_without_an_index_has_no_entries(tmp_path):
    assert not list(entries(tmp_path))


def test_an_index_of_an_earlier_version_is_read_before_what_was_added_since(tmp_path):
    (tmp_path / EARLIER_INDEX).write_text(f"{json.dumps(ENTRIES[0])}\n{json.dumps(ENTRIES[1])}\n" + '{"torn')
    add_entry(tmp_path, ENTRIES[2])
    assert list(entries(tmp_path)) == ENTRIES
    assert (tmp_path / EARLIER_INDEX).read_text().endswith('{"torn')  # left as it was


def test_a_damaged_entry_is_passed_over_and_logged(tmp_path, caplog):
    for entry in ENTRIES:
        add_entry(tmp_path, entry)
    index = tmp_path / INDEX
    index.write_bytes(index.read_bytes().replace(b'"size": 1', b'"size": 7'))
    with caplog.at_level(logging.ERROR):
        assert list(entries(tmp_path)) == [ENTRIES[0], ENTRIES[2]]
    assert [record.message for record in caplog.records] == ["index_entry_damaged"]


def test_what_is_no_entry_is_passed_over(tmp_path):
    (tmp_path / EARLIER_INDEX).write_bytes(b"\xff\xfe\n7\n[]\n\n")
    assert not list(entries(tmp_path))
