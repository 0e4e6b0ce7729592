"""Covered pictures as files: the samples and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from tests.media import clips

from passerby.errors import OutputError, UsageError
from passerby.media.files.picture_file import PictureFile
from passerby.media.files.video_file import VideoFile
from passerby.outputs.files.picture import PictureTarget
from passerby.redact.mask import Cover
from passerby.redact.redactor import RedactedFrame, redact
from passerby.redact.style import style_named


def frame_of(path: Path) -> RedactedFrame:
    return redact(next(iter(PictureFile(path))), Cover.nothing(), style_named("solid"))


def told(path: Path) -> Path:
    """A JPEG that tells where it comes from in every way that Pillow can write."""
    exif = Image.Exif()
    exif[271], exif[272], exif[306], exif[315] = "TellTaleMake", "TellTaleModel", "2021:05:04 03:02:01", "TellTaleName"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    exif.get_ifd(0x8769).update({37500: b"TellTaleMakerNote", 37510: b"ASCII\0\0\0TellTaleComment"})
    Image.fromarray(clips.scene(0)).save(
        path,
        exif=exif,
        comment=b"TellTaleComment",
        xmp=b"<x:xmpmeta>TellTaleXmp</x:xmpmeta>",
        icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    )
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".JPEG", ".png", ".webp", ".tif", ".tiff", ".bmp"])
def test_a_picture_names_nothing_of_its_source(tmp_path: Path, suffix: str):
    source = told(tmp_path / "TellTaleSource.jpg")
    assert source.read_bytes().count(b"TellTale") >= 5
    path = tmp_path / f"t{suffix}"
    target = PictureTarget(path)
    target.write(frame_of(source))
    target.finish()
    data = path.read_bytes()
    for mark in (b"TellTale", b"Exif", b"2021", b"xmp", b"ICC", b"iCCP", b"acsp", b"PIL", b"Pillow", b"Adobe"):
        assert mark not in data, mark
    with Image.open(path) as picture:
        assert not picture.getexif().get_ifd(0x8825)
        assert np.abs(np.asarray(picture.convert("RGB")).astype(int) - clips.scene(0)).mean() < 3


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_what_is_not_covered_stays_exact(tmp_path: Path, suffix: str):
    Image.fromarray(clips.scene(3)).save(tmp_path / "s.png")
    target = PictureTarget(tmp_path / f"t{suffix}")
    target.write(frame_of(tmp_path / "s.png"))
    target.finish()
    assert np.array_equal(np.asarray(Image.open(tmp_path / f"t{suffix}")), clips.scene(3))


def test_nothing_is_left_when_given_up_or_never_written(tmp_path: Path):
    PictureTarget(tmp_path / "a.png").abandon()
    with pytest.raises(OutputError, match="no picture was written"):
        PictureTarget(tmp_path / "b.png").finish()
    assert list(tmp_path.iterdir()) == []


def test_a_second_picture_and_a_picture_of_a_recording_are_refused(tmp_path: Path):
    Image.fromarray(clips.scene(3)).save(tmp_path / "s.png")
    target = PictureTarget(tmp_path / "t.png")
    target.write(frame_of(tmp_path / "s.png"))
    with pytest.raises(OutputError, match="holds only one picture"):
        target.write(frame_of(tmp_path / "s.png"))
    frame = next(iter(VideoFile(clips.make_clip(tmp_path / "s.mp4"))))
    with pytest.raises(OutputError, match="RGB"):
        PictureTarget(tmp_path / "u.png").write(redact(frame, Cover.nothing(), style_named("solid")))


def test_an_unknown_extension_is_refused_by_name(tmp_path: Path):
    with pytest.raises(UsageError, match=r"t\.psd: .*use \.jpg"):
        PictureTarget(tmp_path / "t.psd")


def test_a_picture_too_large_for_its_format_is_told(tmp_path: Path):
    target = PictureTarget(tmp_path / "t.webp")
    with pytest.raises(OutputError, match=r"choose \.png"):
        target.write_pixels(np.zeros((2, 17000, 3), np.uint8))
    target.abandon()
