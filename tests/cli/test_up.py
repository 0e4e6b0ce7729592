"""`passerby up` as a user meets it: what it says, that it stops, and bad site files."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests import command_line
from tests.program import started
from tests.serve.served import PASSWORD, token_in
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until

from passerby.cli.up import MOST_LINES, _StatusPrinter
from passerby.gateway.camera_process import SILENCE_S
from passerby.health.status import CameraState, CameraStatus

RunCommand = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = (*command_line.COMMAND, "up")
CAMERA = """
  - name: {name}
    address: {address}
    purpose: See that the gateway works.
    legal_basis: consent
    effort: fast
    max_fps: 5
"""


def site_file(folder: Path, *cameras: tuple[str, object], port: int = 0) -> Path:
    text = f"site: test\nstate_folder: {folder / 'state'}\nweb:\n  port: {port}\ncameras:"
    path = folder / "site.yaml"
    path.write_text(text + "".join(CAMERA.format(name=name, address=address) for name, address in cameras))
    return path


class Gateway:
    """`passerby up` in a process of its own, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def close(self) -> None:
        """Hear the last words."""
        self._listener.join(PATIENCE_S)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(line.rstrip() for line in self.process.stdout)

    def until(self, words: str) -> str:
        """Wait for a line with these words and return it."""
        return until(lambda: [line for line in list(self.said) if words in line], shown=lambda: "\n".join(self.said))[0]


@contextmanager
def gateway(site: Path) -> Iterator[Gateway]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with started([*COMMAND, site], start_new_session=True, **pipes) as process:
        running = Gateway(process)
        try:
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE_S)
            finally:
                process.kill()
                running.close()


def places_of(running: Gateway, token: str) -> int:
    """Return how the API answers when it is asked what is measured."""
    address = running.until("http://")
    return httpx.get(
        f"{address}/api/places", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S, verify=PLAIN
    ).status_code


@pytest.mark.data
@pytest.mark.usefixtures("registry_models")
def test_it_starts_says_where_the_page_is_reloads_and_stops(
    passerby: RunCommand, data_dir: Path, tmp_path: Path
) -> None:
    clip = data_dir / "video" / "pets_s2l1_vtest.avi"
    site = site_file(tmp_path, ("door", clip))
    token = token_in(tmp_path / "state")
    with gateway(site) as running:
        assert running.until("http://").startswith("http://127.0.0.1:")
        running.until("door: ok")
        second = passerby("up", site)
        assert second.returncode == 2
        assert f"site.yaml:2: state_folder: {tmp_path / 'state'}: in use by another gateway" in second.stderr
        assert f"process {running.process.pid}" in second.stderr
        site_file(tmp_path, ("door", clip), ("gate", tmp_path / "absent.mp4"))
        assert passerby("reload", site).returncode == 0
        running.until("gate: ")
        assert places_of(running, token) == 404
        (tmp_path / "yard.yaml").write_text("zones:\n  - name: yard\n    corners_px: [[0, 0], [700, 0], [700, 500]]\n")
        site_file(tmp_path, ("gate", tmp_path / "absent.mp4"), ("door", clip), port=1)
        site.write_text(site.read_text() + "    places: yard.yaml\n")
        assert passerby("reload", site).returncode == 0
        running.until("web: restart passerby up to apply")
        until(lambda: places_of(running, token) == 200)
        site.write_text("site: [")
        os.kill(running.process.pid, signal.SIGHUP)
        running.until("nothing was changed")
    assert running.process.returncode == 0
    assert not any("Traceback" in line for line in running.said)


@pytest.mark.data
@pytest.mark.usefixtures("registry_models")
def test_a_signal_to_the_whole_group_reaches_no_camera_and_its_recording_is_completed(
    data_dir: Path, tmp_path: Path
) -> None:
    site = site_file(tmp_path, ("door", data_dir / "video" / "pets_s2l1_vtest.avi"))
    site.write_text(site.read_text() + "    record: true\n")
    recordings = tmp_path / "state" / "recordings" / "door"
    with gateway(site) as running:
        running.until("door: ok")
        os.killpg(running.process.pid, signal.SIGHUP)  # as a terminal that is closed does
        running.until("reloaded")
        os.killpg(running.process.pid, signal.SIGSTOP)  # as Ctrl-Z does
        time.sleep(SILENCE_S + 1)
        os.killpg(running.process.pid, signal.SIGCONT)
        time.sleep(2)
        os.killpg(running.process.pid, signal.SIGTERM)
        assert running.process.wait(PATIENCE_S) == 0
    assert [line for line in running.said if "ended" in line] == []
    assert {path.suffix for path in recordings.glob("*/*-*")} == {".segment"}


@pytest.mark.data
@pytest.mark.usefixtures("registry_models")
@pytest.mark.parametrize("read", ["nothing", "the first line"])
def test_cameras_go_on_when_nobody_reads_what_the_gateway_says(read: str, data_dir: Path, tmp_path: Path) -> None:
    site = site_file(tmp_path, ("door", data_dir / "video" / "pets_s2l1_vtest.avi"))
    site.write_text(site.read_text() + "    record: true\n")
    recordings = tmp_path / "state" / "recordings" / "door"
    with started([*COMMAND, site], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        with process.stdout as said:
            assert read == "nothing" or any("http://" in line for line in said)
        until(lambda: any(path.stat().st_size > 20_000 for path in recordings.glob("*/*.part")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert [path.suffix for path in recordings.glob("*/*-*")] == [".segment"]


@pytest.mark.usefixtures("registry_models")
def test_the_first_start_prints_a_link_that_makes_the_first_administrator_once(tmp_path: Path) -> None:
    site = site_file(tmp_path, ("gate", tmp_path / "absent.mp4"))
    body = {"account": "anna", "password": PASSWORD}
    with gateway(site) as running:
        address, _, key = running.until("make the first administrator").rpartition("once: ")[2].partition("/#/first/")
        assert (
            httpx.post(
                f"{address}/api/first-account", json=body | {"key": "made-up"}, timeout=PATIENCE_S, verify=PLAIN
            ).status_code
            == 401
        )
        with httpx.Client(base_url=address, timeout=PATIENCE_S, verify=PLAIN) as browser:
            assert browser.post("/api/first-account", json=body | {"key": key}).status_code == 204
            assert browser.get("/api/account").json()["role"] == "administrator"
        assert (
            httpx.post(
                f"{address}/api/first-account", json=body | {"key": key}, timeout=PATIENCE_S, verify=PLAIN
            ).status_code
            == 422
        )
    with gateway(site) as running:
        running.until("gate: ")
    assert not any("administrator" in line for line in running.said)


def test_a_shared_token_of_an_earlier_version_is_refused_with_what_replaces_it(
    passerby: RunCommand, tmp_path: Path
) -> None:
    site = site_file(tmp_path, ("gate", tmp_path / "absent.mp4"))
    site.write_text(site.read_text().replace("web:", f"web:\n  token_file: {tmp_path / 'token'}"))
    done = passerby("up", site)
    assert done.returncode == 2
    assert "there is no shared access token any more" in done.stderr
    assert "passerby token create" in done.stderr


def test_a_port_in_use_is_said_before_any_camera_starts(passerby: RunCommand, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = passerby("up", site_file(tmp_path, ("door", tmp_path / "x.mp4"), port=taken.getsockname()[1]))
    assert done.returncode == 2
    assert f"{tmp_path / 'site.yaml'}:4: web.port: " in done.stderr
    assert "is in use by another program" in done.stderr


def test_far_too_many_cameras_are_refused_with_the_estimate(passerby: RunCommand, tmp_path: Path) -> None:
    done = passerby("up", site_file(tmp_path, *[(f"c{index}", "rtsp://10.0.0.5/1") for index in range(500)]))
    assert done.returncode == 2
    assert "500 cameras need about" in done.stderr
    assert "spread them" in done.stderr


def test_two_cameras_with_one_name_are_refused(passerby: RunCommand, tmp_path: Path) -> None:
    done = passerby("up", site_file(tmp_path, ("door", "x.mp4"), ("Door", "y.mp4")))
    assert done.returncode == 2
    assert "door" in done.stderr


def test_a_reload_without_a_gateway_says_so(passerby: RunCommand, tmp_path: Path) -> None:
    done = passerby("reload", site_file(tmp_path, ("door", tmp_path / "x.mp4")))
    assert done.returncode == 2
    assert "no gateway is running" in done.stderr


def test_a_number_that_a_dead_gateway_left_is_no_gateway(passerby: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    with started([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        (tmp_path / "state" / "up.pid").write_text(str(bystander.pid))
        done = passerby("reload", site_file(tmp_path, ("door", tmp_path / "x.mp4")))
        assert done.returncode == 2
        bystander.communicate(b"\n")
    assert bystander.returncode == 0


def test_a_state_folder_that_cannot_be_written_is_an_error(passerby: RunCommand, tmp_path: Path) -> None:
    site = site_file(tmp_path, ("door", tmp_path / "x.mp4"))
    (tmp_path / "state").write_text("a file where the folder should be")
    done = passerby("up", site)
    assert done.returncode == 2
    assert f"{site}:2: state_folder: {tmp_path / 'state'}: " in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk needs the right to mount one")
    (disk / "fill").write_bytes(bytes(4096))
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_state_folder_on_a_full_disk_is_told_with_its_line(
    passerby: RunCommand, tmp_path: Path, full_disk: Path
) -> None:
    site = site_file(tmp_path, ("door", tmp_path / "x.mp4"))
    site.write_text(site.read_text().replace(str(tmp_path / "state"), str(full_disk)))
    done = passerby("up", site)
    assert done.returncode == 2
    assert done.stderr == f"passerby: {site}:2: state_folder: {full_disk}: the disk is full; free some space\n"


def test_a_recordings_folder_that_cannot_be_written_is_told_with_its_line_by_up_and_doctor(
    passerby: RunCommand, tmp_path: Path
) -> None:
    site = site_file(tmp_path, ("door", tmp_path / "x.mp4"))
    (tmp_path / "file").touch()
    site.write_text(f"{site.read_text()}    record: true\nrecording:\n  folder: file/recordings\n")
    told = f"{site}:14: recording.folder: {tmp_path / 'file'}: the folder does not exist"
    done = passerby("up", site)
    assert done.returncode == 2
    assert done.stderr.startswith(f"passerby: {told}")
    assert done.stderr.count("\n") == 1
    done = passerby("doctor", site)
    assert done.returncode == 1
    assert f"WRONG {told}" in done.stdout


def test_a_camera_that_keeps_changing_fills_no_log_and_its_last_state_is_printed() -> None:
    lines: list[str] = []
    printer = _StatusPrinter(lines.append, span_s=600)
    for status in changing(21):
        printer(status)
    printer(CameraStatus("hall", CameraState.OK))
    printer._end_span("door")  # as the timer does: a busy machine may need any time for 21 changes
    assert len(lines) == MOST_LINES + 2
    assert lines[-2] == "hall: ok"
    assert lines[-1] == "door: ok (16 more in 600 s, not printed)"


def changing(count: int) -> Iterator[CameraStatus]:
    for index in range(count):
        state = CameraState.NO_PICTURE if index % 2 else CameraState.OK
        yield CameraStatus("door", state, detail="it does not answer" if index % 2 else "")


def test_what_was_not_printed_is_counted_when_the_time_is_over() -> None:
    lines: list[str] = []
    printer = _StatusPrinter(lines.append, span_s=0.1)

    def counted() -> bool:
        for status in changing(2 * MOST_LINES):
            printer(status)
        return any("not printed" in line for line in lines)

    until(counted)
