"""Still pictures: upright, in sRGB, refused in time."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms, features
from tests.media import clips

from passerby.errors import SourceError
from passerby.media.files.picture_file import PictureFile
from passerby.media.files.video_file import VideoFile, open_source
from passerby.media.layout import Layout

SCENE = clips.scene(2)
AVIF = pytest.mark.skipif(not features.check("avif"), reason="this Pillow reads no AVIF")


def pixels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    source = open_source(path)
    assert isinstance(source, PictureFile)
    (frame,) = source
    assert frame.layout is source.shape.layout is Layout.RGB
    assert frame.planes[0].shape == (source.shape.height, source.shape.width, 3)
    assert not frame.planes[0].flags.writeable
    return frame.planes[0].astype(np.uint8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_pictures_are_told_by_content_and_not_by_name(tmp_path: Path, kind: str):
    path = tmp_path / "picture.mp4"
    Image.fromarray(SCENE).save(path, kind, **({"quality": 95} if kind in {"JPEG", "WEBP"} else {}))
    assert np.abs(pixels(path).astype(int) - SCENE).mean() < 3


@pytest.mark.parametrize("tag", range(1, 9))
def test_exif_orientation_is_baked_in(tmp_path: Path, tag: int):
    exif = Image.Exif()
    exif[274] = tag
    stored = {6: np.rot90(SCENE, 1), 8: np.rot90(SCENE, -1), 3: SCENE[::-1, ::-1], 2: SCENE[:, ::-1]}
    stored |= {1: SCENE, 4: SCENE[::-1], 5: SCENE.transpose(1, 0, 2), 7: SCENE[::-1, ::-1].transpose(1, 0, 2)}
    Image.fromarray(np.ascontiguousarray(stored[tag])).save(tmp_path / "p.png", exif=exif)
    assert np.array_equal(pixels(tmp_path / "p.png"), SCENE)


@pytest.mark.parametrize(
    ("mode", "kind", "tolerance"),  # mean difference, grey levels
    [
        ("L", "PNG", 60),
        ("P", "PNG", 25),
        ("1", "TIFF", 255),
        ("CMYK", "TIFF", 1),
        ("YCbCr", "JPEG", 8),
        ("LA", "PNG", 60),
    ],
)
def test_other_colour_models_become_rgb(tmp_path: Path, mode: str, kind: str, tolerance: int):
    Image.fromarray(SCENE).convert(mode).save(tmp_path / "p", kind)
    grey = SCENE.mean(2, keepdims=True).repeat(3, 2) if mode in {"L", "LA"} else SCENE
    assert np.abs(pixels(tmp_path / "p").astype(int) - grey).mean() <= tolerance


def test_sixteen_bits_become_eight(tmp_path: Path):
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, 0)
    Image.fromarray(ramp).save(tmp_path / "p.png")
    assert np.array_equal(pixels(tmp_path / "p.png")[0, :, 0], np.arange(256))


def test_transparency_is_laid_on_white(tmp_path: Path):
    rgba = np.dstack([SCENE, np.full(SCENE.shape[:2], 255, np.uint8)])
    rgba[:10, :10, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "p.png")
    got = pixels(tmp_path / "p.png")
    assert (got[:10, :10] == 255).all()
    assert np.array_equal(got[10:], SCENE[10:])


def profile_with_red_and_blue_exchanged() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, blue = entries[b"rXYZ"], entries[b"bXYZ"]
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)


def test_a_colour_profile_is_converted_to_srgb(tmp_path: Path):
    Image.fromarray(SCENE).save(tmp_path / "p.png", icc_profile=profile_with_red_and_blue_exchanged())
    assert np.abs(pixels(tmp_path / "p.png").astype(int) - SCENE[..., ::-1]).max() <= 3


def test_a_broken_colour_profile_is_taken_as_srgb(tmp_path: Path):
    Image.fromarray(SCENE).save(tmp_path / "p.png", icc_profile=b"no profile at all")
    assert np.array_equal(pixels(tmp_path / "p.png"), SCENE)


def test_a_moving_picture_is_a_recording(tmp_path: Path):
    frames = [Image.fromarray(clips.scene(index)) for index in range(3)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], duration=40)
    source = open_source(tmp_path / "moving.gif")
    assert isinstance(source, VideoFile)
    assert len(list(source)) == 3


def test_a_gif_of_one_frame_is_an_image(tmp_path: Path):
    Image.fromarray(SCENE).quantize().save(tmp_path / "still.gif")
    assert np.abs(pixels(tmp_path / "still.gif").astype(int) - SCENE).mean() < 30


@AVIF
def test_avif_is_read_upright(tmp_path: Path):
    exif = Image.Exif()
    exif[274] = 6
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(SCENE, 1)))
    turned.save(tmp_path / "p.avif", exif=exif, quality=95, subsampling="4:4:4")
    assert np.abs(pixels(tmp_path / "p.avif").astype(int) - SCENE).mean() < 4


@pytest.mark.parametrize("kind", ["WEBP", pytest.param("AVIF", marks=AVIF)])
def test_a_moving_image_that_ffmpeg_reads_in_part_is_refused_as_moving(tmp_path: Path, kind: str):
    frames = [Image.fromarray(clips.scene(index)) for index in range(3)]
    frames[0].save(tmp_path / "m", kind, save_all=True, append_images=frames[1:], duration=40)
    with pytest.raises(SourceError, match=rf"moving {kind} image of 3 frames.*convert it to MP4"):
        open_source(tmp_path / "m")


@pytest.mark.parametrize(("brand", "kind"), [(b"heic", "HEIC"), (b"mif1", "HEIC"), (b"avif", "AVIF")])
def test_an_image_in_a_video_container_is_never_a_video_of_one_frame(tmp_path: Path, brand: bytes, kind: str):
    clips.make_clip(tmp_path / "c.mp4")
    data = bytearray((tmp_path / "c.mp4").read_bytes())
    assert data[4:8] == b"ftyp"
    data[8:12] = brand
    (tmp_path / "c.mp4").write_bytes(data)
    with pytest.raises(SourceError, match=f"a {kind} image, which this build cannot read; convert it to JPEG or PNG"):
        open_source(tmp_path / "c.mp4")


def test_an_image_of_a_format_that_is_not_written_is_never_a_video_of_one_frame(tmp_path: Path):
    Image.fromarray(SCENE).save(tmp_path / "p.jp2")
    with pytest.raises(SourceError, match="not supported; convert it to JPEG or PNG"):
        open_source(tmp_path / "p.jp2")


def test_a_row_of_jpegs_is_a_recording(tmp_path: Path):
    clip = clips.make_clip(tmp_path / "s.avi", codec="mjpeg", pixel_format="yuvj420p", options={})
    with av.open(str(clip)) as container:
        (tmp_path / "row.mjpeg").write_bytes(b"".join(bytes(packet) for packet in container.demux(video=0)))
    assert len(list(open_source(tmp_path / "row.mjpeg"))) == 12


def test_a_damaged_picture_is_refused_as_one(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8" + bytes(500))
    with pytest.raises(SourceError, match=r"a\.jpg: .*convert it to JPEG or PNG|a\.jpg: .*copy it again"):
        open_source(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_several_pages_are_all_read_or_refused_by_name(tmp_path: Path, kind: str):
    frames = [Image.fromarray(clips.scene(index)) for index in range(3)]
    path = tmp_path / f"pages.{kind.lower()}"
    frames[0].save(path, kind, save_all=True, append_images=frames[1:])
    try:
        source = open_source(path)
    except SourceError as error:
        assert "pages" in str(error)  # noqa: PT017 - either way is right, silence is not
    else:
        assert len(list(source)) == 3


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(60_000, 60_000), (8193, 8193), (20_000, 10)], ids=str)
def test_a_bomb_is_refused_by_its_declared_size(tmp_path: Path, size: tuple[int, int]):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_claims(*size))
    with pytest.raises(SourceError, match=r"bomb\.png: the picture size .*is over the limit"):
        open_source(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cut_off_picture_is_refused(tmp_path: Path, kind: str, share: float):
    memory = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (200, 200, 3), np.uint8)).save(memory, kind)
    path = tmp_path / "cut"
    path.write_bytes(memory.getvalue()[: int(len(memory.getvalue()) * share)])
    with pytest.raises(SourceError, match=r"cut: .*; "):
        list(open_source(path))
