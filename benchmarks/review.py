"""Measures the review of a covered recording; without words, all that follows.

python -m benchmarks.review following [tune|report]

`following`: regions drawn on the truth's boxes of PETS S2.L1 (frames 0-199 tune, 200-794 report) are followed for 5 s,
forwards and backwards, beside OpenCV's own tracker that needs no network (MIL) and a region that stays in place.
A region still covers its person when it covers at least 80 % of the head (the upper sixth of the labelled body).

python -m benchmarks.review signing

`signing`: what a signature costs, for drawn copies of 10 s to an hour (the last has 10 min of pictures): the file's
growth, and the time to sign it.

python -m benchmarks.review person [SPEED ...]

`person`: minutes that a person needs at the desk for an hour of video until no head is bare, by a script that plays
them on a copy of the first 40 s of PETS S2.L1 with planted misses and planted false cover (benchmarks/review_time.py
says how it is counted). SPEED is that of the pass over the whole recording: 1, 2, 4 or 8.

python -m benchmarks.review page

`page`: how long the page takes to react to keys and to seek, in Chromium, with a covered copy of 1080p, 200 doubts and
100 edits.
"""

from __future__ import annotations

import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.release.made import clip, report_of

from benchmarks import material, results
from benchmarks.review_page import DOUBTS, EDITS, measured, shown
from benchmarks.review_planted import bare_frames, plant, write_stretch
from benchmarks.review_time import Reviewer, row
from passerby.jobs.review_files import first_edits, review_files
from passerby.jobs.review_session import ReviewSession
from passerby.jobs.signing import Signing, sign_copy
from passerby.media.files.video_file import open_source
from passerby.release.site_key import create_key
from passerby.reports.redaction import SecondShare
from passerby.review.journal import EditsJournal
from passerby.settings.options import RedactOptions
from passerby.vision.picture.patch_follower import PatchFollower

RATE = 10.0
ROUNDS = 20
STRETCH_S = 40
"""How much of the clip is reviewed, from its start; the rest of its 79.5 s would take twice as long to measure."""
MISSES, FALSE, SEED = 2, 1, 14
"""Planted in that stretch: 180 misses and 90 false covers an hour, many times what passerby leaves in this clip."""
TUNING = 200
EVERY = {"tune": 30, "report": 90}
"""A region is drawn on everyone in every so many frames: 9 s apart, people of the report half are elsewhere."""
LENGTHS_S = (2.0, 5.0)
HEAD = 1 / 6
COVERED = 0.8
MARGIN = 0.1
"""Growth of the region on each side, as the pipeline has it."""

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]
Follow = Callable[[list[Picture], Box], Iterator[Box]]


@dataclass(frozen=True, slots=True)
class Start:
    """A region drawn on someone: where, and where the truth has them in the frames after it."""

    pictures: range
    boxes: list[Box]


def starts(frames: range, truth: list[dict[str, Box]], every: int) -> Iterator[Start]:
    """Yield the regions, forwards and backwards in time, of people who stay in view for 5 s."""
    length = int(LENGTHS_S[-1] * RATE)
    for first in range(frames.start, frames.stop, every):
        for step in (1, -1):
            last = first + step * length
            if not frames.start <= last < frames.stop:
                continue
            pictures = range(first, last + step, step)
            for name in truth[first]:
                if all(name in truth[index] for index in pictures):
                    yield Start(pictures, [truth[index][name] for index in pictures])


def read() -> tuple[list[Picture], list[dict[str, Box]]]:
    """Return the brightness of every frame, and its boxes by the truth's own labels."""
    with_source = open_source(material.data() / "video" / "pets_s2l1_vtest.avi")
    pictures = [np.ascontiguousarray(frame.planes[0]) for frame in with_source]
    folder = material.data() / "gt" / "pets_s2l1"
    truth: list[dict[str, Box]] = []
    for frame in ET.parse(folder / "PETS2009-S2L1.xml").getroot().iter("frame"):  # noqa: S314 - a file of the shared data
        found = {}
        for each in frame.iter("object"):
            box = each.find("box")
            assert box is not None  # noqa: S101 - the truth's form
            x, y, w, h = (float(box.attrib[key]) for key in ("xc", "yc", "w", "h"))
            found[each.attrib["id"]] = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        truth.append(found)
    return pictures, truth


def ours(pictures: list[Picture], box: Box) -> Iterator[Box]:
    """Follow with passerby."""
    follower = PatchFollower(pictures[0], box)
    for picture in pictures[1:]:
        yield follower.next(picture).box_px


def opencv(pictures: list[Picture], box: Box) -> Iterator[Box]:
    """Follow with OpenCV's MIL."""
    cv2.setRNGSeed(7)
    tracker = cv2.TrackerMIL_create()
    x1, y1, x2, y2 = box
    tracker.init(cv2.cvtColor(pictures[0], cv2.COLOR_GRAY2BGR), [int(x1), int(y1), int(x2 - x1), int(y2 - y1)])
    last = box
    for picture in pictures[1:]:
        found, (x, y, w, h) = tracker.update(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
        last = (x, y, x + w, y + h) if found else last
        yield last


def still(pictures: list[Picture], box: Box) -> Iterator[Box]:
    """Stay where it was drawn."""
    for _ in pictures[1:]:
        yield box


def grown(box: Box) -> Box:
    """Return a region with its margin."""
    x1, y1, x2, y2 = box
    across, down = MARGIN * (x2 - x1), MARGIN * (y2 - y1)
    return x1 - across, y1 - down, x2 + across, y2 + down


def share(part: Box, cover: Box) -> float:
    """Return how much of a part is covered."""
    across = max(0.0, min(part[2], cover[2]) - max(part[0], cover[0]))
    down = max(0.0, min(part[3], cover[3]) - max(part[1], cover[1]))
    return across * down / ((part[2] - part[0]) * (part[3] - part[1]))


def head(box: Box) -> Box:
    """Return the head of a labelled body: the upper sixth, half as wide as the body."""
    x1, y1, x2, y2 = box
    quarter = (x2 - x1) / 4
    return x1 + quarter, y1, x2 - quarter, y1 + HEAD * (y2 - y1)


def following(split: str, ways: dict[str, Follow]) -> list[dict[str, Any]]:
    """Return the shares of each way to follow."""
    pictures, truth = read()
    frames = range(TUNING) if split == "tune" else range(TUNING, len(truth))
    drawn = list(starts(frames, truth, EVERY[split]))
    rows = []
    for name, follow in ways.items():
        hits: dict[float, list[bool]] = {length: [] for length in LENGTHS_S}
        whole: list[bool] = []
        for start in drawn:
            places = follow([pictures[index] for index in start.pictures], start.boxes[0])
            covered = [
                share(head(box), grown(place)) >= COVERED for box, place in zip(start.boxes[1:], places, strict=True)
            ]
            for length in LENGTHS_S:
                hits[length].append(covered[int(length * RATE) - 1])
            whole += covered
        rows.append(
            {"way": name, "split": split, "regions": len(drawn)}
            | {f"covered_after_{length:g}_s": float(np.mean(hits[length])) for length in LENGTHS_S}
            | {"covered_all_frames": float(np.mean(whole))}
        )
    return rows


def signing() -> list[dict[str, Any]]:
    """Return what it costs to sign a copy whose report has one value a second."""
    rows = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        key = create_key(folder / "key", "Benchmark", years=1, now=datetime.now(UTC))
        for seconds in (10, 600, 3600):
            copy = clip(folder / f"{seconds}.mp4", seconds=min(seconds, 600))
            shares = [SecondShare(second=number, share=0.1 + 0.001 * (number % 700)) for number in range(seconds)]
            report = report_of(copy, covered_share_per_second=shares, boxes=None).to_json().encode()
            size = copy.stat().st_size
            times = []
            for number in range(ROUNDS):
                began = time.perf_counter()
                sign_copy(copy, report, Signing(key), target=folder / f"signed{number}.mp4")
                times.append(time.perf_counter() - began)
            grown_bytes = (folder / "signed0.mp4").stat().st_size - size
            rows.append({"recording_s": seconds, "signature_bytes": grown_bytes, "median_ms": 1000 * median(times)})
    return rows


def person(speeds: list[int]) -> list[dict[str, Any]]:
    """Return the time that a reviewer needs, for each speed of the pass over the whole recording."""
    options = RedactOptions.checked(effort="balanced", check="off")
    rows = []
    with TemporaryDirectory() as name:
        recording = Path(name) / "pets.avi"
        write_stretch(recording, round(STRETCH_S * RATE))
        files = review_files(recording)
        planted = plant(files, options, misses=MISSES, false=FALSE, seed=SEED)
        recording_s = len(planted.report.boxes or []) / RATE
        for speed in speeds:
            files.journal.unlink(missing_ok=True)
            with EditsJournal(files.journal, first_edits(files, openings=True, second=False)) as journal:
                session = ReviewSession(files, options, journal, planted.report, "R. Viewer")
                before = sum(map(len, bare_frames(planted, [], session.regions.of).values()))
                with shown(session) as page:
                    reviewer = Reviewer(page, session, planted, speed=speed)
                    reviewer.doubts()
                    reviewer.whole()
                    reviewer.false_cover()
                rows.append(row(reviewer, recording_s=recording_s, speed=speed, bare_before=before))
    return rows


WAYS: dict[str, Follow] = {"passerby": ours, "OpenCV MIL": opencv, "in place": still}


def main(words: list[str]) -> None:
    """Measure what is named, or everything."""
    what, *more = words or ["following", "person", "page", "signing"]
    if not words:
        for each in (what, *more):
            main([each])
    elif what == "person":
        speeds = [int(each) for each in more] or [2, 4, 8]
        results.save("review_person", person(speeds), recording_s=STRETCH_S, misses=MISSES, false=FALSE, seed=SEED)
    elif what == "page":
        with TemporaryDirectory() as folder:
            results.save("review_page", measured(Path(folder)), rounds=ROUNDS, doubts=DOUBTS, edits=EDITS)
    elif what == "signing":
        results.save("review_signing", signing(), rounds=ROUNDS)
    else:
        split = more[0] if more else "report"
        results.save("review_following", following(split, WAYS), truth="PETS2009 S2.L1, 10/s, heads of labelled bodies")


if __name__ == "__main__":
    main(sys.argv[1:])
