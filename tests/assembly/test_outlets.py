"""What a site file asks for is what the outputs are made of."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

import pytest

from passerby.assembly.outlets import (
    mqtt,
    prepare_outlets,
    publisher,
    recorder,
    recording_key_file,
    recordings_folder,
    retention,
    unusable,
)
from passerby.errors import SettingError, UsageError
from passerby.settings.load import load_site
from passerby.settings.site.site import SiteSettings

DOOR = {
    "name": "door",
    "address": "rtsp://10.0.0.5/1",
    "purpose": "Notice a blocked exit at the main door.",
    "legal_basis": "public_task",
}


def site(folder: Path, camera: dict | None = None, **settings) -> SiteSettings:
    return SiteSettings.model_validate(
        {"site": "hall", "state_folder": folder, "cameras": [DOOR | (camera or {})], **settings}
    )


def test_by_default_nothing_is_recorded_published_or_told(tmp_path: Path):
    plain = site(tmp_path)
    prepare_outlets(plain)
    assert recorder(plain, plain.cameras[0]) is None
    assert publisher(plain.cameras[0]) is None
    assert mqtt(plain, version="1") is None
    assert retention(plain, clock=time.time) is None
    assert not list(tmp_path.iterdir())


def test_folder_and_key_are_made_before_a_camera_records(tmp_path: Path):
    recorded = site(tmp_path / "state", {"record": True})
    prepare_outlets(recorded)
    assert recordings_folder(recorded).is_dir()
    assert recording_key_file(recorded).stat().st_mode & 0o777 == 0o600
    made = recorder(recorded, recorded.cameras[0])
    made.close()
    assert retention(recorded, clock=time.time).sweep() == []


def test_what_was_recorded_is_erased_in_time_even_when_nothing_is_recorded_any_more(tmp_path: Path):
    plain = site(tmp_path)
    recordings_folder(plain).mkdir()
    assert retention(plain, clock=time.time) is not None


@pytest.mark.parametrize(
    ("recording", "said"),
    [
        ({"folder": "file/x"}, r"recording\.folder: .*file: the folder does not exist"),
        ({"folder": "disk/recordings"}, r"recording\.folder: .*disk: the folder does not exist; create it first"),
        ({"key_file": "file/key"}, r"recording\.key_file: .*file: the folder does not exist"),
        ({"key_file": "disk/key"}, r"recording\.key_file: .*disk: the folder does not exist; create it first"),
        ({"key_file": "file"}, r"recording\.key_file: .*file: not a key"),
    ],
)
def test_what_cannot_be_used_is_told_by_its_key_before_a_camera_starts(tmp_path: Path, recording: dict, said: str):
    (tmp_path / "file").touch(mode=0o600)
    recording = {key: tmp_path / value for key, value in recording.items()}
    with pytest.raises(SettingError, match=said):
        prepare_outlets(site(tmp_path, {"record": True}, recording=recording))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_lost_key_is_told_and_no_other_is_made(tmp_path: Path):
    recorded = site(tmp_path, {"record": True})
    prepare_outlets(recorded)
    segment = recordings_folder(recorded) / "door" / "2026-11-18" / "11-06-40-000000.segment"
    segment.parent.mkdir(parents=True)
    segment.touch()
    recording_key_file(recorded).unlink()
    (wrong,) = unusable(recorded)
    assert str(wrong).startswith("recording.key_file: ")
    assert "restore it" in wrong.reason
    assert not recording_key_file(recorded).exists()


def test_credentials_of_publishing_reach_the_address_and_no_text(tmp_path: Path):
    to = {"address": "rtsp://127.0.0.1:9/door", "username": "u", "password": "s3cret"}
    made = publisher(site(tmp_path, {"publish": to}).cameras[0])
    made.close()
    assert made._writer._address.url == "rtsp://u:s3cret@127.0.0.1:9/door"
    assert "s3cret" not in repr(made._writer._address) + str(made._writer._address)


def test_a_stream_is_published_by_rtsp_alone(tmp_path: Path):
    path = tmp_path / "site.yaml"
    camera = DOOR | {"publish": {"address": "http://u:s3cret@nvr/door"}}
    path.write_text(json.dumps({"site": "hall", "cameras": [camera]}))  # JSON is YAML
    with pytest.raises(
        UsageError, match=r"site\.yaml:1: cameras\[0\]\.publish\.address: .*rtsp://server:port/name"
    ) as caught:
        load_site(path)
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_broker_is_that_of_the_site_file(tmp_path: Path):
    settings = {"host": "broker", "tls": True, "username": "u", "password": "s3cret", "home_assistant": False}
    made = mqtt(site(tmp_path, mqtt=settings), version="1.2.3")
    broker = made._client._broker
    assert (broker.host, broker.tls, broker.password) == ("broker", True, "s3cret")
    assert made._prefix is None
    assert "s3cret" not in repr(broker)


def test_a_budget_beyond_the_disk_is_logged_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        prepare_outlets(site(tmp_path, {"record": True}, recording={"disk_gb": 900_000}))
    (told,) = [each for each in caplog.records if each.message == "recording_budget_exceeds_disk"]
    assert "disk_gb is 900000" in told.reason
    caplog.clear()
    prepare_outlets(site(tmp_path, {"record": True}, recording={"disk_gb": 0.001, "keep_free_gb": 0}))
    assert not caplog.records
