"""Names that cannot be files are refused by what they are, by every command that opens one."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerby.errors import SourceError
from passerby.media.file_name import why_no_file
from passerby.media.files.video_file import open_source


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("rtsp://admin:geheim@10.0.0.5/live", "rtsp://...: this is an address"),
        ("HTTPS://example.org/a.mp4", "https://...: this is an address"),
        ("-", "standard input is not read"),
        ("a" * 256, "256 bytes, over the limit of 255"),
    ],
)
def test_a_source_that_is_no_file_is_refused_in_one_line_without_its_password(name, says):
    with pytest.raises(SourceError) as refused:
        open_source(Path(name))
    assert says in str(refused.value)
    assert "geheim" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["a.mp4", "./-", "C:/a.mp4", "12:30/a.mp4", "hall: door.mp4", "a" * 255])
def test_odd_names_of_files_are_names_of_files(name):
    assert why_no_file(name) == ""
