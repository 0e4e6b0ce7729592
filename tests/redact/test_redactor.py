"""The redactor: what leaves it, and that nothing else makes a covered frame."""

from __future__ import annotations

import ast
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.redact.pictures import cover_of, frame_of

import passerby
from passerby.errors import RedactionError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout
from passerby.redact.mask import Cover
from passerby.redact.paint import SLATE, Canvas, samples_of
from passerby.redact.redactor import RedactedFrame, blackout, notice, redact
from passerby.redact.style import style_named

SOURCE = Path(next(iter(passerby.__path__)))
SOLID = style_named("solid")
TICK = Fraction(1, 1_000_000)


class Breaks:
    name = "breaks"

    def paint(self, canvas: Canvas, cover: Cover) -> None:
        msg = f"{canvas.size} {cover}"
        raise ZeroDivisionError(msg)


def is_slate(redacted: RedactedFrame) -> bool:
    ink = samples_of(SLATE, redacted.layout, redacted.colour)
    if redacted.layout is Layout.RGB:
        return bool((redacted.planes[0] == ink).all())
    return all(bool((plane == sample).all()) for plane, sample in zip(redacted.planes, ink, strict=True))


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("size", [(4, 6), (5, 7), (1, 1)])
def test_the_planes_lie_one_after_the_other_as_an_encoder_reads_them(layout: Layout, size: tuple[int, int]) -> None:
    frame = frame_of(layout, size)
    redacted = redact(frame, Cover.nothing(), SOLID)
    assert all(np.array_equal(own, raw) for own, raw in zip(redacted.planes, frame.planes, strict=True))
    assert np.array_equal(redacted.packed, np.concatenate([plane.ravel() for plane in frame.planes]))
    assert all(np.shares_memory(redacted.packed, plane) for plane in redacted.planes)


def test_the_frame_is_never_written() -> None:
    frame = frame_of(Layout.YUV420, (20, 30))
    before = [plane.copy() for plane in frame.planes]
    redact(frame, cover_of((0, 0, 30, 20)), SOLID)
    assert all(np.array_equal(plane, old) for plane, old in zip(frame.planes, before, strict=True))


def test_planes_with_a_wide_line_size_are_read_as_they_are() -> None:
    frame = frame_of(Layout.YUV420, (20, 64))
    narrow = Frame(
        (frame.planes[0][:, :40], frame.planes[1][:, :20], frame.planes[2][:, :20]),
        Layout.YUV420, 0, Fraction(1, 25), "door",
    )  # fmt: skip
    redacted = redact(narrow, Cover.nothing(), SOLID)
    assert np.array_equal(redacted.planes[0], narrow.planes[0])


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("matrix", [1, 2, 9])
def test_a_picture_in_doubt_is_slate_all_over(layout: Layout, matrix: int) -> None:
    frame = frame_of(layout, (9, 11), damaged="half of it is missing")
    frame = Frame(frame.planes, layout, 7, Fraction(1, 25), "door", Colour(matrix=matrix), frame.damaged)
    for redacted in (redact(frame, Cover.nothing(), SOLID), blackout(frame, "half of it is missing")):
        assert is_slate(redacted)
        assert redacted.whole == "half of it is missing"
    sound = frame_of(layout, (9, 11))
    assert is_slate(redact(sound, Cover.all("no answer"), SOLID))


def test_a_blackout_does_not_need_sound_planes() -> None:
    short = Frame((np.zeros((10, 10), np.uint8),), Layout.YUV420, 3, Fraction(1, 25), "door")
    redacted = blackout(short, "planes are missing")
    assert [plane.shape for plane in redacted.planes] == [(10, 10), (5, 5), (5, 5)]


@pytest.mark.parametrize(
    "planes",
    [
        (np.zeros((10, 10), np.uint8),),
        (np.zeros((10, 10), np.uint8), np.zeros((5, 5), np.uint8), np.zeros((5, 4), np.uint8)),
        (np.zeros((10, 10), np.uint8), np.zeros((5, 5), np.uint16), np.zeros((5, 5), np.uint8)),
    ],
    ids=["missing", "shape", "dtype"],
)
def test_planes_that_do_not_fit_the_layout_are_refused(planes: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(RedactionError, match="plane") as caught:
        redact(Frame(planes, Layout.YUV420, 0, Fraction(1, 25), "door"), Cover.nothing(), SOLID)
    assert "door" not in str(caught.value)


def test_a_style_that_breaks_costs_the_frame() -> None:
    with pytest.raises(RedactionError, match="style breaks"):
        redact(frame_of(Layout.YUV420, (10, 10)), cover_of((0, 0, 4, 4)), Breaks())


def test_nobody_can_write_into_a_covered_frame() -> None:
    redacted = redact(frame_of(Layout.YUV420, (10, 10)), Cover.nothing(), SOLID)
    with pytest.raises(ValueError, match="read-only"):
        redacted.planes[0][0, 0] = 1


def test_a_covered_frame_cannot_be_built_elsewhere() -> None:
    raw = frame_of(Layout.YUV420, (4, 4))
    with pytest.raises(RedactionError):
        RedactedFrame(raw.planes, raw.planes[0], raw.layout, 0, raw.time_base, raw.colour, "", object())


def test_no_other_module_builds_a_covered_frame() -> None:
    """An alias or the seal would be as good as a call: outside its file the name is used in types only."""
    for path in SOURCE.rglob("*.py"):
        if path == SOURCE / "redact" / "redactor.py":
            continue
        tree = ast.parse(path.read_text())
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert "_SEAL" not in names, path
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        built = [node for node in calls if "RedactedFrame" in ast.unparse(node.func)]
        assigned = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and ast.unparse(node.value).endswith("RedactedFrame")
        ]
        assert not built, path
        assert not assigned, path


def test_a_notice_shows_words_on_the_colour_of_cover_whatever_the_size() -> None:
    for width, height in [(1280, 720), (320, 180), (90, 720), (2, 2)]:
        made = notice(["door", "no picture since 10:00:00 UTC"], height=height, width=width, pts=5, time_base=TICK)
        assert made.whole == "no picture"
        assert made.planes[0].shape == (height, width)
        assert made.pts == 5
        assert not any(plane.flags.writeable for plane in made.planes)
    words = notice(["door"], height=180, width=320, pts=5, time_base=TICK).planes[0]
    assert not np.array_equal(words, notice(["gate"], height=180, width=320, pts=5, time_base=TICK).planes[0])
    assert np.bincount(words.ravel()).argmax() == samples_of(SLATE, Layout.YUV420, Colour())[0]
