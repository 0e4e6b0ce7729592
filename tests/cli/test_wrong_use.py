"""A wrong argument of any command is one line that names it and what to do, with exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.media import clips

from passerby.cli.app import run

SPAN = "--from 2026-11-18 --until 2026-11-19"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a clip, a file that is nothing useful, and one of each name that is easily taken for another."""
    monkeypatch.chdir(tmp_path)
    clips.make_clip(tmp_path / "m.mp4")
    (tmp_path / "t.txt").write_text("hi\n")
    (tmp_path / "s.yaml").write_text("a: 1\n")
    (tmp_path / "bad.csv").write_text("x,y\n1,2\n")
    (tmp_path / "old.mp4").write_text("old")
    (tmp_path / "gt.txt").write_text("1,1,10,10,20,40,1,1,1\n")
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        *("redact nope.mp4", "redact t.txt", "redact m.mp4 --mask nope.json", "redact m.mp4 --mask t.txt"),
        *("redact m.mp4 --plan nope.json", "redact m.mp4 --plan t.txt", "redact m.mp4 --for film"),
        *("redact m.mp4 --codec h266", "redact m.mp4 --jobs 99", "redact m.mp4 --hold 99", "redact m.mp4 -o old.mp4"),
        *("check nope.mp4", "check t.txt", "check m.mp4 --depth all", "check m.mp4 --sheet old.mp4"),
        *("evaluate m.mp4 --truth nope.txt", "evaluate m.mp4 --truth t.txt", "evaluate m.mp4 --truth gt.txt --upper 9"),
        *("evaluate m.mp4 --truth gt.txt --covers nope.json", "evaluate nope.mp4 --truth gt.txt"),
        *("tune nope.mp4 --truth gt.txt", "tune m.mp4 --truth nope.txt", "tune m.mp4 --truth gt.txt --efforts auto"),
        *("measure nope.mp4", "measure m.mp4 --places nope.yaml", "measure m.mp4 --places t.txt"),
        *("measure m.mp4 --out x.doc", "measure m.mp4 --window 7s", "measure m.mp4 --start noon"),
        *("measure m.mp4 --into t.txt --start 2026-11-11", "measure m.mp4 --video m.mp4 --force"),
        *("calibrate nope.yaml", "calibrate --point 1", "calibrate --tsai nope.xml", "calibrate --tsai t.txt"),
        *("doctor nope.yaml", "reload nope.yaml", "up nope.yaml"),
        *("camera add nope.mp4 --site new.yaml", "camera add t.txt --transport sctp", "camera discover --at x"),
        *("camera discover --wait 99", "camera add m.mp4 --site t.txt"),
        *("models fetch foo", "models nope", "recordings list nope", "recordings verify t.txt"),
        f"recordings export . door --key nope -o x.mp4 {SPAN}",
        *("signals query nope.db", "signals query t.txt", "signals query bad.csv", "signals query nope.csv"),
        *("signals query m.mp4", "signals export nope.db -o x.csv", "signals query nodir/x.db", "nope"),
    ],
)
def test_a_wrong_argument_is_one_line_that_names_it_and_ends_with_2(here, capsys, words):
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    assert run(words.split()) == 2
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert line.startswith("passerby: ")
    assert "Errno" not in line
    wrong = {"nope", "t.txt", "bad.csv", "m.mp4", "old.mp4", *words.split()[2:]}
    assert any(word in line for word in wrong)
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before
