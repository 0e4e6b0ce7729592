"""Pictures of floor plans are encoded anew: only their samples come out."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from passerby.errors import UsageError
from passerby.outputs.files.plan_picture import MOST_PIXELS, encoded_anew

SECRET = b"taken at Example Street 9"


def file_of(picture, form="PNG", **more):
    written = io.BytesIO()
    picture.save(written, form, **more)
    return written.getvalue()


def floor(mode="RGB", size=(90, 60)):
    picture = Image.new("RGB", size, "white")
    picture.paste((20, 40, 60), (10, 10, 40, 40))
    return picture.convert(mode)


def opened(made):
    return Image.open(io.BytesIO(made.content))


def test_metadata_and_what_follows_the_picture_stay_outside():
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET.decode())
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    for sent in (
        file_of(floor(), pnginfo=text) + SECRET,
        file_of(floor(), "JPEG", exif=exif, comment=SECRET) + SECRET,
    ):
        assert SECRET in sent
        made = encoded_anew(sent)
        assert SECRET not in made.content
        assert (made.width, made.height) == opened(made).size == (90, 60)
        assert not opened(made).getexif()


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_looks_as_before(mode):
    sent = floor(mode) if mode != "I;16" else Image.fromarray(np.asarray(floor("L")).astype(np.uint16) * 257)
    made = encoded_anew(file_of(sent))
    assert made.suffix == ".png"
    there, then = (np.asarray(each.convert("L")).astype(int) for each in (opened(made), floor(mode="L")))
    dark = (then < 128) if mode != "1" else np.asarray(floor("1").convert("L")) < 128
    assert there[~dark].min() > 200
    assert there[dark].max() < 128


def test_what_is_see_through_becomes_white():
    made = encoded_anew(file_of(Image.new("RGBA", (32, 32), (0, 0, 0, 0))))
    assert np.asarray(opened(made).convert("L")).min() == 255


def test_a_photograph_that_was_taken_sideways_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    made = encoded_anew(file_of(floor(), "JPEG", exif=exif))
    assert (made.width, made.height, made.suffix) == (60, 90, ".jpg")


def png_that_claims(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (b"", "not a PNG or JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG or JPEG"),
        (file_of(floor(), "GIF"), "not a PNG or JPEG"),
        (file_of(floor())[:-60], "cut off or damaged"),
        (file_of(floor(size=(8, 60))), "8 x 60 px"),
        (png_that_claims(30_000, 3_000), f"at most {MOST_PIXELS // 1_000_000} million"),
        (png_that_claims(60_000, 60_000), "not a PNG or JPEG"),
    ],
    ids=["empty", "SVG", "GIF", "cut off", "too narrow", "too large", "a bomb"],
)
def test_what_is_no_plan_is_refused_in_a_sentence(sent, text):
    with pytest.raises(UsageError, match=text):
        encoded_anew(sent)
