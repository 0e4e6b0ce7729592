"""What the styles paint, where, and that nothing beneath shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.redact.pictures import boxes, cover_of, covers, frame_of, layouts, sizes

from passerby.errors import UsageError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Plane
from passerby.redact.figure import FIGURE, silhouette
from passerby.redact.mask import Cover
from passerby.redact.mosaic import ACROSS, CELLS, DOWN, LEVELS, TINTS, cell_edges, palette
from passerby.redact.paint import SLATE, rgb_of, samples_of, yuv_of
from passerby.redact.redactor import RedactedFrame, redact
from passerby.redact.style import style_named

NAMES = ("solid", "mosaic", "figure")
names = st.sampled_from(NAMES)


def covered(frame: Frame, cover: Cover, name: str) -> RedactedFrame:
    return redact(frame, cover, style_named(name))


def touched(frame: Frame, cover: Cover) -> list[NDArray[np.bool_]]:
    """Return for each plane which samples the cover must reach: whole sites of the raster, straightforwardly."""
    mask = cover.raster(frame.height, frame.width).astype(np.bool_)
    if frame.layout is Layout.RGB:
        return [mask]
    even = np.pad(mask, [(0, frame.height % 2), (0, frame.width % 2)])
    rows, columns = frame.planes[1].shape
    sites = np.array(even.reshape(rows, 2, columns, 2).max(axis=(1, 3)), np.bool_)
    return [sites.repeat(2, 0).repeat(2, 1)[: frame.height, : frame.width], sites, sites]


def same(first: RedactedFrame, second: RedactedFrame) -> bool:
    return bool(np.array_equal(first.packed, second.packed))


def with_noise_beneath(frame: Frame, cover: Cover) -> Frame:
    other = frame_of(frame.layout, (frame.height, frame.width), seed=9)
    planes: list[Plane] = []
    for plane, noise, mask in zip(frame.planes, other.planes, touched(frame, cover), strict=True):
        mixed = plane.copy()
        mixed[mask] = noise[mask]
        planes.append(mixed)
    return replace(frame, planes=tuple(planes))


@given(layouts, sizes, covers(), st.sampled_from(["solid", "figure"]))
def test_what_is_beneath_makes_no_difference(layout: Layout, size: tuple[int, int], cover: Cover, name: str) -> None:
    frame = frame_of(layout, size)
    assert same(covered(frame, cover, name), covered(with_noise_beneath(frame, cover), cover, name))


@given(layouts, sizes, covers(), names)
def test_beside_the_cover_nothing_changes(layout: Layout, size: tuple[int, int], cover: Cover, name: str) -> None:
    frame = frame_of(layout, size)
    redacted = covered(frame, cover, name)
    for plane, raw, mask in zip(redacted.planes, frame.planes, touched(frame, cover), strict=True):
        assert np.array_equal(plane[~mask], raw[~mask])


@given(layouts, sizes, covers())
@example(Layout.YUV420, (5, 5), cover_of((4, 4, 5, 5)))
@example(Layout.YUV420, (5, 7), cover_of(polygons=([(6, 4), (6, 4), (6, 4)],)))
def test_every_sample_that_the_cover_touches_is_slate(layout: Layout, size: tuple[int, int], cover: Cover) -> None:
    frame = frame_of(layout, size)
    redacted = covered(frame, cover, "solid")
    ink = samples_of(SLATE, layout, frame.colour)
    for number, (plane, mask) in enumerate(zip(redacted.planes, touched(frame, cover), strict=True)):
        assert (plane[mask] == (ink if layout is Layout.RGB else ink[number])).all()


@given(layouts, sizes, st.sampled_from(["left", "top", "right", "bottom"]), names)
def test_a_box_at_a_border_covers_the_last_row_and_column(
    layout: Layout, size: tuple[int, int], side: str, name: str
) -> None:
    height, width = size
    box = {
        "left": (-3, 0, 1, height),
        "top": (0, -3, width, 1),
        "right": (width - 1, 0, width + 4, height),
        "bottom": (0, height - 1, width, height + 4),
    }[side]
    bright, dark = (
        replace(
            frame_of(layout, size), planes=tuple(np.full_like(plane, value) for plane in frame_of(layout, size).planes)
        )
        for value in (20, 200)
    )
    cover = Cover(np.array([box], np.int32), np.zeros(1, np.bool_))
    for raw in (bright, dark):
        redacted = covered(raw, cover, name)
        for plane, before, mask in zip(redacted.planes, raw.planes, touched(raw, cover), strict=True):
            assert mask.any()
            assert (plane[mask] != before[mask]).any(axis=-1 if layout is Layout.RGB else None).all()


@given(layouts, sizes, covers(), names, st.randoms(use_true_random=False))
def test_the_order_of_boxes_is_irrelevant(
    layout: Layout, size: tuple[int, int], cover: Cover, name: str, random: object
) -> None:
    frame = frame_of(layout, size)
    order = list(range(len(cover.boxes_px)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    other = replace(cover, boxes_px=cover.boxes_px[order], bodies=cover.bodies[order])
    assert same(covered(frame, cover, name), covered(frame, other, name))


@given(layouts, sizes, covers())
def test_a_mosaic_tells_only_the_few_colours_of_its_cells(layout: Layout, size: tuple[int, int], cover: Cover) -> None:
    frame = frame_of(layout, size)
    redacted = covered(frame, cover, "mosaic")
    inks = np.array([samples_of(SLATE, layout, frame.colour), *palette(layout, frame.colour)])
    masks = touched(frame, cover)
    if layout is Layout.RGB:
        seen = {tuple(colour) for colour in redacted.planes[0][masks[0]].tolist()}
        assert seen <= {tuple(ink) for ink in inks.tolist()}
        return
    for number, (plane, mask) in enumerate(zip(redacted.planes, masks, strict=True)):
        assert set(plane[mask].tolist()) <= set(inks[:, number].tolist())


def test_a_mosaic_does_not_show_what_the_means_of_its_cells_do_not() -> None:
    frame = frame_of(Layout.YUV420, (96, 96))
    flat = tuple(np.full_like(plane, 100) for plane in frame.planes)
    striped = tuple(plane.copy() for plane in flat)
    for plane in striped:
        plane[::2] += 30
        plane[1::2] -= 30
    cover = cover_of((8, 8, 88, 88))
    plain, fine = (covered(replace(frame, planes=planes), cover, "mosaic") for planes in (flat, striped))
    assert np.array_equal(plain.planes[0][8:88, 8:88], fine.planes[0][8:88, 8:88])


@given(st.lists(boxes(), min_size=1, max_size=12))
def test_a_region_never_has_more_cells_than_promised(found: list[tuple[int, int, int, int]]) -> None:
    spans = np.array(found, np.int32) + 20
    edges = cell_edges(spans, 8)
    regions: list[set[int]] = []
    for start in range(len(spans)):  # straightforward: boxes around what overlaps, joined until none does
        new = {start}
        while met := [old for old in regions if _overlap(_around(spans, old), _around(spans, new))]:
            regions = [old for old in regions if old not in met]
            new = new.union(*met)
        regions.append(new)
    for region in regions:
        pitches = {int(edges[member]) for member in region}
        assert len(pitches) == 1
        pitch = pitches.pop()
        x1, y1, x2, y2 = _around(spans, region)
        across, down = -(-x2 // pitch) - x1 // pitch, -(-y2 // pitch) - y1 // pitch
        assert across <= ACROSS
        assert down <= DOWN
        assert across * down <= CELLS


def _around(spans: NDArray[np.int32], region: set[int]) -> tuple[int, int, int, int]:
    members = spans[sorted(region)]
    (x1, y1), (x2, y2) = members[:, :2].min(axis=0), members[:, 2:].max(axis=0)
    return int(x1), int(y1), int(x2), int(y2)


def _overlap(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def test_a_region_tells_less_than_the_bits_that_the_docstring_states() -> None:
    assert len(palette(Layout.YUV420, Colour())) == LEVELS * TINTS**2
    assert CELLS * np.log2(LEVELS * TINTS**2) < 52


def test_a_trembling_box_over_something_at_rest_reads_the_same_cells() -> None:
    frame = frame_of(Layout.YUV420, (200, 200), seed=3)
    first = covered(frame, cover_of((50, 40, 90, 140)), "mosaic")
    second = covered(frame, cover_of((52, 42, 92, 142)), "mosaic")
    assert np.array_equal(first.planes[0][44:138, 54:88], second.planes[0][44:138, 54:88])


def test_all_figures_are_the_same_for_boxes_of_one_size() -> None:
    frame = frame_of(Layout.YUV420, (200, 300))
    redacted = covered(frame, cover_of((10, 20, 70, 180), (150, 20, 210, 180)), "figure")
    luma = redacted.planes[0]
    assert np.array_equal(luma[20:180, 10:70], luma[20:180, 150:210])
    light = samples_of(FIGURE, Layout.YUV420, frame.colour)[0]
    assert 0.1 < (luma[20:180, 10:70] == light).mean() < 0.5


def test_a_figure_keeps_its_proportion_in_a_wide_box() -> None:
    frame = frame_of(Layout.RGB, (200, 300))
    picture = covered(frame, cover_of((0, 0, 300, 200)), "figure").planes[0]
    rows, columns = np.nonzero((picture == FIGURE).all(axis=2))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    body = np.argwhere(silhouette() == 2)
    tall, broad = np.ptp(body, axis=0) + 1
    assert width / height == pytest.approx(broad / tall, rel=0.05)


def test_only_bodies_get_a_figure() -> None:
    frame = frame_of(Layout.YUV420, (200, 300))
    cover = replace(cover_of((0, 0, 100, 200)), bodies=np.zeros(1, np.bool_))
    assert same(covered(frame, cover, "figure"), covered(frame, cover, "solid"))


def test_figure_and_slate_differ_in_luma_alone() -> None:
    for matrix in (1, 5, 9):
        slate, light = (samples_of(rgb, Layout.YUV420, Colour(matrix=matrix)) for rgb in (SLATE, FIGURE))
        assert slate[1:] == light[1:]
        assert light[0] > slate[0] + 80


@given(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from([1, 2, 6, 9]), st.booleans())
def test_colours_survive_the_way_to_samples_and_back(rgb: tuple[int, int, int], matrix: int, full: bool) -> None:
    colour = Colour(full_range=full, matrix=matrix)
    assert rgb_of(yuv_of(rgb, colour), colour) == rgb
    y, u, v = samples_of(rgb, Layout.YUV420, colour)
    scale_y, scale_uv, foot = (255, 255, 0) if full else (219, 224, 16)
    back = rgb_of(((y - foot) / scale_y, (u - 128) / scale_uv, (v - 128) / scale_uv), colour)
    assert np.abs(np.subtract(back, rgb)).max() <= 3


def test_an_unknown_style_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(UsageError, match="solid, mosaic, figure"):
        style_named("blur")
