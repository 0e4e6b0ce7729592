"""A sealed file tells whether it is as it was written."""

from __future__ import annotations

import logging
import resource
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.program import started

from passerby.errors import OutputError, SourceError
from passerby.outputs.recording.encryption import EncryptedFile, EncryptedReader, Key, load_key, load_or_make_key

KEY = Key(Path("site.key"), bytes(range(32)))
ABOUT = {"camera": "door"}


def sealed(path: Path, *chunks: bytes, last: bytes | None = b"end", key: Key = KEY) -> Path:
    path.unlink(missing_ok=True)
    file = EncryptedFile(path, key, ABOUT)
    for chunk in chunks:
        file.append(chunk)
    if last is not None:
        file.finish(last)
    file.close()
    return path


def opened(path: Path, key: Key = KEY) -> tuple[list[bytes], bool]:
    reader = EncryptedReader(path, key)
    return list(reader.chunks()), reader.cut_off


def test_chunks_come_back_and_nothing_of_them_is_readable_in_the_file(tmp_path: Path):
    path = sealed(tmp_path / "a", b"covered picture", b"", b"another one")
    assert opened(path) == ([b"covered picture", b"", b"another one", b"end"], False)
    assert b"picture" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    reader = EncryptedReader(path, KEY)
    assert list(reader.chunks())
    assert reader.about == ABOUT


@settings(max_examples=60)
@given(st.data())
def test_no_changed_byte_goes_unseen(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    path = sealed(tmp_path_factory.mktemp("vault") / "a", b"one", b"two two")
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    try:
        chunks, cut_off = opened(path)
    except SourceError:
        return
    assert cut_off  # a length that points beyond the end
    assert chunks == [b"one", b"two two", b"end"][: len(chunks)]


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_a_file_cut_anywhere_holds_its_whole_chunks_and_says_that_it_was_cut(tmp_path_factory, length: int):
    path = sealed(tmp_path_factory.mktemp("vault") / "a", b"one" * 50, b"two" * 50)
    whole = path.read_bytes()
    path.write_bytes(whole[: length % len(whole)])
    chunks, cut_off = opened(path)
    assert cut_off
    assert chunks == [b"one" * 50, b"two" * 50, b"end"][: len(chunks)]


def test_what_is_added_behind_the_end_is_noticed(tmp_path: Path):
    path = sealed(tmp_path / "a")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(SourceError, match="added after its end"):
        opened(path)


@pytest.mark.parametrize("other", [Key(Path("other.key"), bytes(32))])
def test_another_key_opens_nothing(tmp_path: Path, other: Key):
    with pytest.raises(SourceError, match=r"part 1 was changed or damaged, or other\.key is not its key"):
        opened(sealed(tmp_path / "a", b"one"), other)


def test_another_file_is_no_recording(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"ftypisom" * 10)
    with pytest.raises(SourceError, match="not a recording of passerby"):
        opened(tmp_path / "a")


def test_two_files_of_the_same_content_have_nothing_in_common(tmp_path: Path):
    one, two = (sealed(tmp_path / name, b"same", last=None).read_bytes() for name in "ab")
    assert one[-20:] != two[-20:]


def test_a_disk_that_fills_up_leaves_whole_chunks(tmp_path: Path):
    file = EncryptedFile(tmp_path / "a", KEY, ABOUT)
    file.append(b"one")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.size + 10, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            file.append(b"two" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert (tmp_path / "a").stat().st_size == file.size
    assert opened(tmp_path / "a") == ([b"one"], True)
    file.append(b"another")  # must not be sealed with the nonce of what failed
    file.close()
    with pytest.raises(SourceError, match="part 2"):
        opened(tmp_path / "a")


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path):
    path = tmp_path / "state" / "recording.key"
    key = load_or_make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_make_key(path) == load_key(path) == key
    assert list(path.parent.iterdir()) == [path]


def test_processes_that_make_a_key_at_once_agree_on_it(tmp_path: Path):
    code = (
        "import sys, pathlib; from passerby.outputs.recording.encryption import load_or_make_key as k;"
        "print(k(pathlib.Path(sys.argv[1]))._secret.hex())"
    )
    command = [sys.executable, "-c", code, tmp_path / "k"]
    with ExitStack() as running:
        each = [running.enter_context(started(command, stdout=subprocess.PIPE, text=True)) for _ in range(3)]
        (key,) = {process.communicate()[0] for process in each}
    assert len(bytes.fromhex(key.strip())) == 32


def test_a_key_is_never_shown(caplog: pytest.LogCaptureFixture):
    logging.getLogger("x").warning("key", extra={"key": KEY})
    assert bytes(range(32)).hex() not in f"{KEY!r} {KEY} {caplog.text}"
    assert "01" not in repr(KEY)


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("00" * 32, 0o640, "other users can read or change the key; run chmod 600"),
        ("00" * 31, 0o600, "not a key"),
        ("zz" * 32, 0o600, "not a key"),
        ("", 0o600, "not a key"),
    ],
)
def test_a_key_that_is_none_or_open_to_others_is_refused(tmp_path: Path, text: str, mode: int, reason: str):
    path = tmp_path / "k"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(OutputError, match=reason):
        load_or_make_key(path)


def test_a_key_that_is_absent_is_not_made_for_reading(tmp_path: Path):
    with pytest.raises(OutputError, match="the key cannot be read"):
        load_key(tmp_path / "k")
    assert not list(tmp_path.iterdir())
