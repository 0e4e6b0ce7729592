"""A run that only measures writes nothing."""

from __future__ import annotations

from tests.redact.pictures import frame_of

from passerby.media.layout import Layout
from passerby.outputs.files.discard import DiscardOutput
from passerby.redact.redactor import blackout


def test_nothing_is_written_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    output = DiscardOutput()
    output.write(blackout(frame_of(Layout.RGB, (4, 6)), "late"))
    output.finish()
    output.abandon()
    assert not list(tmp_path.iterdir())
