from __future__ import annotations

from tests.cameras.onvif import STREAM, onvif_camera
from tests.cameras.rtsp import PASSWORD, USER

from passerby.settings.load import load_site


def test_a_camera_is_looked_at_and_written_without_its_password(passerby, rtsp_server, drawn_reel, tmp_path):
    server = rtsp_server({"door": drawn_reel}, password=PASSWORD)
    site = tmp_path / "site.yaml"
    said = ("--purpose", "Notice a blocked exit.", "--legal-basis", "public_task", "--name", "door", "--site", site)
    done = passerby("camera", "add", server.url("door"), "--username", USER, *said, DOOR_PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert "h264 640x360, 10 pictures/s" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr + site.read_text()
    (camera,) = load_site(site, environment={"DOOR_PASSWORD": PASSWORD}).cameras
    assert (camera.username, camera.password.get_secret_value()) == (USER, PASSWORD)


def test_a_camera_that_refuses_is_not_written(passerby, rtsp_server, drawn_reel, tmp_path):
    server = rtsp_server({"door": drawn_reel}, password=PASSWORD)
    site = tmp_path / "site.yaml"
    url = server.url("door").replace("//", f"//{USER}:wr0ng@")
    done = passerby("camera", "add", url, "--name", "door", "--site", site)
    assert done.returncode == 2
    assert "camera door: it rejects the user or password" in done.stderr
    assert "wr0ng" not in done.stderr + done.stdout
    assert not site.exists()


def test_a_file_is_a_camera_and_wrong_options_are_refused(passerby, tmp_path):
    from tests.media import clips

    clip = clips.make_clip(tmp_path / "clip.mp4")
    done = passerby("camera", "add", clip, "--site", tmp_path / "site.yaml")
    assert done.returncode == 0, done.stderr
    assert "write its purpose" in done.stdout
    for wrong in (("--transport", "pigeon"), ("--legal-basis", "because"), ("--name", "a b")):
        assert passerby("camera", "add", clip, "--site", tmp_path / "s.yaml", *wrong).returncode == 2


def test_cameras_on_the_network_are_listed_with_their_streams(passerby):
    with onvif_camera(password="geheim") as port:
        asked = ("camera", "discover", "--at", f"127.0.0.1:{port}", "--wait", "2")
        done = passerby(*asked, "--username", "onvif", ONVIF_PASSWORD="geheim")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"127.0.0.1  Eye-1  {STREAM}\n"
    assert passerby("camera", "discover", "--at", "nowhere").returncode == 2
