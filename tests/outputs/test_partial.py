"""A file has its name only once it is whole."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from passerby.errors import OutputError
from passerby.outputs.partial import PartialFile, write_error


def test_bytes_appear_under_the_name_only_after_commit(tmp_path: Path):
    target = tmp_path / "copy.bin"
    file = PartialFile(target, replace=False)
    assert file.write(b"0123456789") == 10
    file.seek(2)
    file.write(b"XY")
    assert file.tell() == 4
    assert not target.exists()
    file.commit()
    file.discard()
    assert target.read_bytes() == b"01XY456789"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path: Path):
    target = tmp_path / "copy.bin"
    file = PartialFile(target, replace=False)
    target.write_text("another one's")
    with pytest.raises(OutputError, match="the file exists"):
        file.commit()
    file.discard()
    assert target.read_text() == "another one's"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_of_that_name_is_refused_even_when_replacing(tmp_path: Path):
    (tmp_path / "copy.bin").mkdir()
    with pytest.raises(OutputError, match="this is a folder"):
        PartialFile(tmp_path / "copy.bin", replace=True)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.ENAMETOOLONG, errno.EIO])
def test_every_reason_is_one_line_with_the_name_and_a_mend(number: int):
    text = str(write_error(Path("a/copy.mp4"), OSError(number, "reason")))
    assert text.startswith("a/copy.mp4: ")
    assert "; " in text
    assert "\n" not in text
