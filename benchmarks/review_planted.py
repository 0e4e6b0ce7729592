"""A covered copy of PETS S2.L1 with planted misses and planted false cover, and what of it the truth says is bare.

passerby leaves no head of this clip bare, so a reviewer would have nothing to do. A planted miss takes the cover off
one person for a few seconds, in the pixels of the copy and in its report; a planted false cover is a box where
nobody is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks import leak, material
from benchmarks.covers import Covered, FrameCover
from passerby.jobs.check_file import check_file
from passerby.jobs.review_files import ReviewFiles, make_copy
from passerby.jobs.signing import sha256_of
from passerby.redact.choice import CheckDepth
from passerby.redact.drawn_region import DrawnRegion, KeyFrame
from passerby.redact.hand_cover import FollowedPlaces, HandCover
from passerby.reports.redaction import FrameBoxes, RedactionReport
from passerby.review.edits import AddedCover
from passerby.settings.options import RedactOptions

RATE = 10.0
BARE = 0.5
"""A head is bare where less than this share of the protected part (the upper 40 % of the body) is covered."""
MISS_S = (1.0, 6.0)
FALSE_S = 10.0
FALSE_PX = (40, 96)
SAME = 0.25
"""A box that covers this share of a person or more is taken away with them."""
AROUND = 0.1
SLACK_S = 0.01

Box = tuple[float, float, float, float]
Follow = Callable[[AddedCover], FollowedPlaces]


@dataclass(frozen=True, slots=True)
class Planted:
    """What was planted.

    Args:
        misses: Frames of each person whose cover was taken off.
        false: Each false cover: its frames and its box, px.
        truth: For each frame, the persons' names, protected parts and bodies, px.
        report: Of the planted copy.
        known: What is bare in a frame, by its number and the cover by hand that applies there.
    """

    misses: list[range]
    false: list[tuple[range, Box]]
    truth: dict[int, list[tuple[str, Box, Box]]]
    report: RedactionReport
    known: dict[tuple[int, tuple[str, ...]], list[Box]] = field(default_factory=dict, repr=False)


def plant(files: ReviewFiles, options: RedactOptions, *, misses: int, false: int, seed: int) -> Planted:
    """Cover the clip, plant, check the planted copy with other networks, and write it with its report."""
    report = make_copy(files, options, replace=True)
    boxes = report.boxes or []
    truth = leak.labels(leak.CLIPS["pets"], leak.evaluator())
    rng = np.random.default_rng(seed)
    chosen = _misses(truth, len(boxes), misses, rng)
    empty = _empty(truth, boxes, false, rng)
    frames = [_planted(each, truth.get(each.frame, []), chosen, empty) for each in boxes]
    _paint(files, frames, truth, misses=chosen, false=empty)
    found = check_file(files.copy, depth=CheckDepth.FULL)
    update = {"boxes": frames, "leak_check": found, "copy_sha256": sha256_of(files.copy)}
    report = report.model_copy(update=update)
    files.report.write_text(report.to_json())
    return Planted([frames for _, frames in chosen], empty, truth, report)


def bare_frames(planted: Planted, edits: Sequence[AddedCover], follow: Follow) -> dict[int, list[Box]]:
    """Return the protected parts that are bare in the planted copy with cover by hand, by frame.

    Args:
        planted: The copy.
        edits: The cover by hand.
        follow: Returns where a region leads.
    """
    named = [(_drawn(each), each, by_hand(each, follow)) for each in edits]
    bare: dict[int, list[Box]] = {}
    for each in planted.report.boxes or []:
        here = [
            (name, region)
            for name, edit, region in named
            if edit.from_s - SLACK_S <= each.time_s <= edit.to_s + SLACK_S
        ]
        key = (each.frame, tuple(name for name, _ in here))
        if key not in planted.known:
            planted.known[key] = _bare(planted, each, [region for _, region in here])
        if found := planted.known[key]:
            bare[each.frame] = found
    return bare


def _bare(planted: Planted, frame: FrameBoxes, regions: Sequence[HandCover]) -> list[Box]:
    cover = [list(box) for box in frame.boxes_px]
    polygons: list[list[tuple[int, int]]] = []
    for region in regions:
        drawn = region.added(frame.time_s)
        cover += drawn.boxes_px.tolist()
        polygons += [[(int(x), int(y)) for x, y in corners] for corners in drawn.polygons_px]
    covered = Covered(FrameCover(cover, polygons=polygons).raster(*_size()))
    return [part for _, part, _ in planted.truth.get(frame.frame, []) if covered.share(part) < BARE]


def _drawn(edit: AddedCover) -> str:
    return edit.model_dump_json(include={"keys", "from_s", "to_s", "follow"})


def by_hand(edit: AddedCover, follow: Follow) -> HandCover:
    """Return cover that was drawn, followed as passerby does for a copy."""
    keys = tuple(KeyFrame(each.time_s, each.points()) for each in edit.keys)
    region = DrawnRegion("benchmark", keys, edit.from_s, edit.to_s, edit.follow)
    return HandCover([region], followed={region: follow(edit)} if edit.follow else {})


def _misses(truth: dict[int, list[Any]], count: int, wanted: int, rng: np.random.Generator) -> list[tuple[str, range]]:
    """Return persons and frames, spread over the clip, in which they are in view all the time."""
    found: list[tuple[str, range]] = []
    for number in range(wanted):
        first, last = (int(count * part / wanted) for part in (number, number + 1))
        length = int(rng.uniform(*MISS_S) * RATE)
        starts = rng.permutation(np.arange(first, max(first + 1, last - length)))
        found.append(next(_in_view(truth, starts.tolist(), length, rng)))
    return found


def _in_view(
    truth: dict[int, list[Any]], starts: Iterable[int], length: int, rng: np.random.Generator
) -> Iterator[tuple[str, range]]:
    for start in starts:
        frames = range(start, start + length)
        names = [{name for name, *_ in truth.get(frame, [])} for frame in frames]
        always = sorted(set.intersection(*names))
        if always:
            yield str(rng.choice(always)), frames


def _empty(
    truth: dict[int, list[Any]], boxes: Sequence[FrameBoxes], wanted: int, rng: np.random.Generator
) -> list[tuple[range, Box]]:
    """Return boxes and frames in which nobody is near and nothing is covered."""
    height, width = _size()
    length, found = int(FALSE_S * RATE), list[tuple[range, Box]]()
    while len(found) < wanted:
        start = int(rng.integers(0, len(boxes) - length))
        x, y = (int(rng.integers(0, high)) // 2 * 2 for high in (width - FALSE_PX[0], height - FALSE_PX[1]))
        box = (float(x), float(y), float(x + FALSE_PX[0]), float(y + FALSE_PX[1]))
        frames = range(start, start + length)
        near = [body for frame in frames for *_, body in truth.get(frame, [])]
        near += [tuple(map(float, each)) for frame in frames for each in boxes[frame].boxes_px]
        if not any(overlap(box, each) for each in near):
            found.append((frames, box))
    return found


def _planted(
    frame: FrameBoxes, people: list[Any], misses: list[tuple[str, range]], false: list[tuple[range, Box]]
) -> FrameBoxes:
    shown = [body for name, _, body in people for missed, frames in misses if name == missed and frame.frame in frames]
    kept = [box for box in frame.boxes_px if not any(share_of(body, box) >= SAME for body in shown)]
    kept += [tuple(map(int, box)) for frames, box in false if frame.frame in frames]  # type: ignore[misc]
    return frame.model_copy(update={"boxes_px": sorted(kept)})


def _paint(
    files: ReviewFiles,
    frames: Sequence[FrameBoxes],
    truth: dict[int, list[Any]],
    *,
    misses: list[tuple[str, range]],
    false: list[tuple[range, Box]],
) -> None:
    """Write the planted copy: raw where cover was taken off and nothing else covers, black where it is false."""
    target = files.copy.with_suffix(".planted.mp4")
    with av.open(str(files.recording)) as raw, av.open(str(files.copy)) as copy, av.open(str(target), "w") as output:
        origin = copy.streams.video[0]
        stream = output.add_stream("libx264", rate=int(RATE), options={"crf": "18", "preset": "veryfast", "g": "20"})
        stream.width, stream.height, stream.pix_fmt = origin.width, origin.height, "yuv420p"
        for frame, bare, seen in zip(raw.decode(video=0), copy.decode(video=0), frames, strict=False):
            planes = seen_planes(bare)
            below = seen_planes(frame)
            for name, frames_of in misses:
                body = next((each for who, _, each in truth.get(seen.frame, []) if who == name), None)
                if body is not None and seen.frame in frames_of:
                    _uncover(planes, below, body, seen)
            for frames_of, box in false:
                if seen.frame in frames_of:
                    _fill(planes, box)
            made = av.VideoFrame.from_ndarray(planes, "yuv420p")
            made.pts, made.time_base = bare.pts, bare.time_base
            output.mux(stream.encode(made))
        output.mux(stream.encode(None))
    target.replace(files.copy)


def seen_planes(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return a picture as planes, shape (3 H / 2, W)."""
    return np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8).copy()


def _uncover(planes: NDArray[np.uint8], below: NDArray[np.uint8], body: Box, seen: FrameBoxes) -> None:
    height, width = _size()
    across, down = AROUND * (body[2] - body[0]), AROUND * (body[3] - body[1])
    x1, y1 = (max(0, int(edge)) // 2 * 2 for edge in (body[0] - across, body[1] - down))
    x2, y2 = min(width, int(body[2] + across)) // 2 * 2, min(height, int(body[3] + down)) // 2 * 2
    open_px = np.zeros((height, width), np.bool_)
    open_px[y1:y2, x1:x2] = True
    for a, b, c, d in seen.boxes_px:
        open_px[max(0, b) : max(0, d), max(0, a) : max(0, c)] = False
    luma = planes[:height]
    luma[open_px] = below[:height][open_px]
    small = open_px[::2, ::2]
    for plane, other in zip(_chroma(planes), _chroma(below), strict=True):
        plane[small] = other[small]


def _fill(planes: NDArray[np.uint8], box: Box) -> None:
    height = _size()[0]
    x1, y1, x2, y2 = map(int, box)
    planes[:height][y1:y2, x1:x2] = 16
    for plane in _chroma(planes):
        plane[y1 // 2 : y2 // 2, x1 // 2 : x2 // 2] = 128


def _chroma(planes: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    height, width = _size()
    return [each.reshape(height // 2, width // 2) for each in np.split(planes[height:].reshape(-1), 2)]


def share_of(part: Box, cover: Sequence[float]) -> float:
    """Return how much of a part is covered."""
    return overlap(part, cover) / max(1.0, (part[2] - part[0]) * (part[3] - part[1]))


def overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the common area of two boxes, px²."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down)


def write_stretch(path: Path, frames: int) -> None:
    """Write the first frames of the clip, not encoded anew."""
    source = material.data() / "video" / leak.CLIPS["pets"].video
    with av.open(str(source)) as clip, av.open(str(path), "w") as part:
        stream = part.add_stream_from_template(clip.streams.video[0])
        for packet in islice((each for each in clip.demux(video=0) if each.dts is not None), frames):
            packet.stream = stream
            part.mux(packet)


def _size() -> tuple[int, int]:
    return 576, 768
