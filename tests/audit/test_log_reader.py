"""A log is read from its newest entry backwards, whatever lies in bundles and what only in the journal."""

from __future__ import annotations

import pytest
from tests.audit.logs import filled, opened

from passerby.audit.log_reader import LogReader
from passerby.errors import AuditError


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_the_newest_entries_come_first_and_none_twice(tmp_path, size):
    entries = [b"entry %d" % number for number in range(size)]
    filled(tmp_path, entries)
    log = opened(tmp_path)
    log.append(b"not signed yet")
    reader = LogReader(tmp_path)
    there = list(reader.entries())
    assert [data for _, data in there] == [*entries, b"not signed yet"]
    assert list(reader.newest()) == there[::-1]
    for before in {0, 1, size // 2, 256, size, size + 1, size + 9}:
        assert list(reader.newest(before)) == there[:before][::-1]
    log.close()


def test_a_damaged_bundle_is_an_error_and_not_an_end(tmp_path):
    folder = filled(tmp_path, [b"entry %d" % number for number in range(300)])
    bundle = folder / "tile/entries/000"
    bundle.chmod(0o600)
    bundle.write_bytes(bundle.read_bytes()[:100])
    with pytest.raises(AuditError, match="is missing; run passerby audit verify"):
        list(LogReader(tmp_path).newest())
