"""The networks themselves: what they find in the drawn scene, in which layouts, sizes and places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vision.net_files import net, weights
from tests.vision.pictures import drawn, frame_of

from passerby.errors import ModelError
from passerby.media.layout import Layout
from passerby.vision.detections import Kind
from passerby.vision.inspect.self_test import FIGURES, scene
from passerby.vision.nets import openvino, picodet, retail, yolox, yunet
from passerby.vision.nets.efficientdet import CLASSES, anchor_boxes, within
from passerby.vision.nets.efficientdet import decode as decode_bodies
from passerby.vision.nets.ssdlite import regions
from passerby.vision.sampling import sample

FACE_NETS = {"centerface", "yunet-n"}
NETS = [
    ("efficientdet-lite0", 640),
    ("yolox-nano", 640),
    ("centerface", 640),
    ("ssdlite-pedestrian", 0),
    ("person-detection-retail-0013", 640),
    ("picodet-s", 640),
    ("yunet-n", 640),
]


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("which", NETS, ids=str)
def test_the_drawn_people_are_found_where_they_stand(which: tuple[str, int], layout: Layout, scale: float) -> None:
    (found,) = net(*which).detect([drawn(layout, scale)])
    sure = found.of(frozenset({Kind.PERSON, Kind.FACE}), 0.3)
    share = 0.08 if which[0] in FACE_NETS else 0.5
    centres = sure.boxes_px.reshape(-1, 2, 2).mean(axis=1) / scale
    hits = 0
    for x, top, height, _ in FIGURES:
        hits += bool((np.abs(centres - (x, top + share * height)) < 0.12 * height).all(axis=1).any())
    assert hits >= (2 if scale < 1 else 3)


@pytest.mark.parametrize("which", NETS, ids=str)
def test_a_net_reports_only_kinds_that_it_says_it_finds(which: tuple[str, int]) -> None:
    detector = net(*which)
    noise = np.random.default_rng(2).integers(0, 256, (361, 641, 3)).astype(np.uint8)
    for frame in (drawn(Layout.RGB, 1.0), frame_of(noise, Layout.YUV420)):
        (found,) = detector.detect([frame])
        assert {Kind(kind) for kind in found.kinds.tolist()} <= detector.finds


@pytest.mark.parametrize("size", [(1, 1), (3, 500)], ids=str)
@pytest.mark.parametrize("which", NETS, ids=str)
def test_the_smallest_and_thinnest_pictures_are_no_error(which: tuple[str, int], size: tuple[int, int]) -> None:
    for layout in (Layout.RGB, Layout.YUV420):
        (found,) = net(*which).detect([frame_of(np.full((*size, 3), 120, np.uint8), layout)])
        assert not len(found.of(frozenset({Kind.PERSON, Kind.FACE}), 0.5))


def test_several_frames_are_answered_in_order() -> None:
    empty = frame_of(np.full((360, 640, 3), 120, np.uint8), Layout.RGB)
    answers = net("centerface", 640).detect([empty, drawn(Layout.RGB, 1.0), empty])
    assert [len(answer.of(frozenset({Kind.FACE}), 0.3)) for answer in answers] == [0, 3, 0]


@pytest.mark.parametrize("size", [(320, 320), (640, 384)], ids=str)
def test_the_net_has_one_answer_for_each_anchor(size: tuple[int, int]) -> None:
    anchors = anchor_boxes(*size)
    graph = openvino.read(weights("efficientdet-lite0"))
    openvino.keep_classes(graph, list(CLASSES), out_of=90, anchors=9)
    openvino.resize_top_down(graph, size[1], size[0], levels=(6, 5, 4, 3))
    answers = openvino.Net(graph).run(np.zeros((size[1], size[0], 3), np.uint8))
    assert {answer.shape for answer in answers} == {(1, len(anchors), 4), (1, len(anchors), len(CLASSES))}
    assert (anchors[:, 2:] > 0).all()
    assert (anchors[:, :2] > 0).all()


@pytest.mark.parametrize("size", [(320, 320), (384, 256)], ids=str)
def test_a_head_cut_to_our_classes_scores_them_exactly_like_the_whole_head(size: tuple[int, int]) -> None:
    width, height = size
    picture = sample(drawn(Layout.RGB, 1.0), width, height).rgb
    answers = []
    for classes in (range(90), CLASSES):
        graph = openvino.read(weights("efficientdet-lite0"))
        openvino.keep_classes(graph, list(classes), out_of=90, anchors=9)
        openvino.resize_top_down(graph, height, width, levels=(6, 5, 4, 3))
        outputs = openvino.Net(graph).run(picture)
        answers.append({output.shape[-1]: output.copy() for output in outputs})
    whole, cut = answers
    assert whole[90].max() > 0.5
    assert np.array_equal(cut[len(CLASSES)], whole[90][..., list(CLASSES)])
    assert np.array_equal(cut[4], whole[4])


def test_an_offset_of_nothing_is_the_anchor_itself() -> None:
    anchors = anchor_boxes(128, 64)
    boxes = decode_bodies(np.zeros_like(anchors), anchors)
    assert np.allclose(boxes[:, 2] - boxes[:, 0], anchors[:, 3], rtol=1e-4)
    assert np.allclose((boxes[:, 1] + boxes[:, 3]) / 2, anchors[:, 0], rtol=1e-4, atol=1e-3)


def test_equal_logits_put_every_side_of_a_box_at_the_middle_of_its_bins() -> None:
    boxes = picodet.decode(np.zeros((2, 32), np.float32), np.array([0, 11]), stride=8, columns=10)
    assert boxes.tolist() == [[-24.0, -24.0, 32.0, 32.0], [-16.0, -16.0, 40.0, 40.0]]


def test_an_offset_of_nothing_is_the_cell_itself() -> None:
    boxes, scores = yunet.decode(np.array([0.1, 0.2], np.float32), np.zeros((2, 4), np.float32), stride=8, columns=1)
    assert boxes.tolist() == [[-4.0, -4.0, 4.0, 4.0], [-4.0, 4.0, 4.0, 12.0]]
    assert len(scores) == 2


def test_an_offset_of_nothing_is_a_box_of_one_stride_round_the_corner_of_its_cell() -> None:
    where = yolox.cells(64, 32)
    boxes = yolox.decode(np.zeros((len(where), 4), np.float32), where)
    assert len(where) == 8 * 4 + 4 * 2 + 2 * 1
    assert boxes[[0, 9, 32, -1]].tolist() == [[-4, -4, 4, 4], [4, 4, 12, 12], [-8, -8, 8, 8], [16, -16, 48, 16]]


def test_an_absurd_size_stays_a_number() -> None:
    boxes = yolox.decode(np.full((1, 4), 1e4, np.float32), np.array([[0, 0, 8]], np.float32))
    assert np.isfinite(boxes).all()


@pytest.mark.parametrize("size", [(416, 416), (640, 384)], ids=str)
def test_the_second_body_net_has_one_answer_for_each_cell(size: tuple[int, int]) -> None:
    graph = openvino.set_rgb_bytes_input(openvino.read(weights("yolox-nano")), size[1], size[0], bgr=True)
    (answer,) = openvino.Net(graph).run(np.zeros((size[1], size[0], 3), np.uint8))
    assert answer.shape == (1, len(yolox.cells(*size)), 85)


def test_a_prior_that_is_not_moved_stands_in_the_middle_of_its_cell() -> None:
    logits = np.zeros((24, 2, 3), np.float32)
    logits[1, 1, 2] = 5.0
    boxes, scores = retail.decode(np.zeros((48, 2, 3), np.float32), logits, score=0.9)
    assert ((boxes[0, :2] + boxes[0, 2:]) / 2).tolist() == pytest.approx([40.0, 24.0])
    assert (boxes[0, 2:] - boxes[0, :2]).tolist() == pytest.approx([retail.WIDTHS[0], retail.HEIGHTS[0]], rel=1e-5)
    assert scores.tolist() == pytest.approx([1 / (1 + np.exp(-5))])


def test_a_file_that_is_no_model_is_refused_with_the_mend(tmp_path: Path) -> None:
    for name in ("object_detector.tflite", "centerface.onnx", "frozen_inference_graph.pb"):
        path = tmp_path / name
        path.write_bytes(b"no model" * 40)
        with pytest.raises(ModelError, match="models fetch --force"):
            openvino.read(path)


@settings(max_examples=60)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(120, 500).map(lambda half: 2 * half))
def test_tiles_cover_every_pixel_and_begin_at_even_places(width: int, height: int, tile: int) -> None:
    whole, *tiles = regions(width, height, tile=tile)
    assert whole == (0, 0, width, height)
    seen = np.zeros((height, width), np.bool_)
    for x1, y1, x2, y2 in tiles:
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height
        assert x1 % 2 == y1 % 2 == 0
        seen[y1:y2, x1:x2] = True
    assert seen.all() or (not tiles and tile >= max(width, height))


@pytest.mark.parametrize("right", [False, True])
def test_who_is_cut_in_half_by_a_side_border_is_found_and_no_mirror_image_is(right: bool) -> None:
    whole, (x, top, height, _) = scene().planes[0], FIGURES[0]
    halved = whole[:, ::-1] if right else whole
    middle = whole.shape[1] - x if right else x
    halved = halved[:, : middle - middle % 2] if right else halved[:, middle - middle % 2 :]
    (found,) = net("efficientdet-lite0", 640).detect([frame_of(np.ascontiguousarray(halved), Layout.YUV420)])
    border = halved.shape[1] if right else 0
    bodies = found.of(frozenset({Kind.PERSON}), 0.3).boxes_px
    touching = bodies[np.abs(bodies[:, 2 if right else 0] - border) <= 2]
    assert ((touching[:, 1] < top + 0.15 * height) & (touching[:, 3] > top + 0.8 * height)).any()
    assert found.boxes_px[:, 0].min() >= 0
    assert found.boxes_px[:, 2].max() <= halved.shape[1]


def test_what_lies_mostly_beyond_a_side_border_is_a_mirror_image() -> None:
    boxes = np.array([[-50, 0, 50, 90], [-90, 0, 10, 90], [300, 0, 340, 90], [310, 0, 400, 90]], np.float32)
    cut, inside = within(boxes, 320)
    assert inside.tolist() == [True, False, True, False]
    assert cut[inside].tolist() == [[0, 0, 50, 90], [300, 0, 320, 90]]
