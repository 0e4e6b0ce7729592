"""The watchdog: chance of detection, false alarms, time to cover whole, cost, and whether its bound holds.

python -m benchmarks.watchdog chance      # planted misses: one person's cover dropped for k frames
python -m benchmarks.watchdog false [--step 1 --alarms FOLDER]   # looks at covered copies of the shared clips
python -m benchmarks.watchdog weeks       # simulated weeks; no networks
python -m benchmarks.watchdog cost        # share of a core a camera and look, on a quiet machine
python -m benchmarks.watchdog reaction    # from a drawn frame to whole cover, through a gateway, on a quiet machine
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks import material, results
from passerby.assembly.watchdog_inspector import FOLLOWING, WatchdogInspector
from passerby.assembly.watched_stream import STEP_S
from passerby.evaluate.bound import upper_bound
from passerby.evaluate.read import read_truth
from passerby.evaluate.truth import Labels
from passerby.jobs.redact_file import redact_file
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.redact.choice import CheckDepth
from passerby.settings.options import RedactOptions
from passerby.watchdog.exposure import DetectionChance, exposed_head_frames_per_h
from passerby.watchdog.tally import LookTally

CLIPS = {
    "pedestrian_survaillance.mp4": None,
    "intel_one-by-one-person-detection.mp4": 40,
    "intel_car-detection.mp4": None,
    "skv_bikes.mp4": None,
    "pets_s2l1_vtest.avi": 30,
    "vehicle_counting_input.mp4": 10,
}
"""Clips that are looked at for false alarms, and how much of each, s."""
PLANTED = "pets_s2l1_vtest.avi"
PLANTED_S = 30
EVERY = 6
"""Every so many frames, people are planted; a third of them is."""
DROPPED = (1, 3, 5)
"""Frames without cover, from the drawn one on."""
SIZES = ((0, 70), (70, 90), (90, 1000))
"""Heights of people, px."""
LOOK_EVERY_S = 30.0
DAY_LOOKS = 86_400 / LOOK_EVERY_S
WEEKS = 400


def copy_of(folder: Path, clip: str, seconds: int | None) -> list[Frame]:
    """Return the covered frames of a clip."""
    made = folder / f"{Path(clip).stem}.mp4"
    if not made.exists():
        options = RedactOptions(check=CheckDepth.OFF, until_s=seconds)
        redact_file(material.data() / "video" / clip, made, options)
    with closing(open_source(made)) as source:
        return list(source)


def uncovered(covered: Frame, raw: Frame, body_px: NDArray[np.float64]) -> Frame:
    """Return a covered frame in which one person is bare, with a tenth around the label."""
    x1, y1, x2, y2 = body_px
    wide, high = 0.1 * (x2 - x1), 0.1 * (y2 - y1)
    left, top = (max(0, int(edge)) // 2 * 2 for edge in (x1 - wide, y1 - high))
    right, bottom = (min(most, int(edge)) // 2 * 2 for edge, most in ((x2 + wide, raw.width), (y2 + high, raw.height)))
    planes = tuple(plane.copy() for plane in covered.planes)
    for plane, bare, step in zip(planes, raw.planes, (1, 2, 2), strict=True):
        part = slice(top // step, bottom // step), slice(left // step, right // step)
        plane[part] = bare[part]
    return replace(covered, planes=planes)


def planted(folder: Path) -> Iterator[tuple[str, float, list[list[Frame]]]]:
    """Yield the half, a person's height, and the frames of a look for each number of dropped frames."""
    covered = copy_of(folder, PLANTED, PLANTED_S)
    with closing(open_source(material.data() / "video" / PLANTED)) as source:
        rate = float(source.shape.rate)
        raw = [frame for frame, _ in zip(source, covered, strict=False)]
    labels = read_truth(material.data() / "gt" / "pets_s2l1" / "PETS2009-S2L1.xml", upper=0.4, clip=PLANTED).frames
    steps = [round(step * STEP_S * rate) for step in range(FOLLOWING + 1)]
    count = 0
    for index in range(0, len(covered) - steps[-1], EVERY):
        for person in labels[index].people.tolist() if index in labels else ():
            count += 1
            if count % 3:
                continue
            looks = [
                [
                    uncovered(covered[index + step], raw[index + step], body)
                    if step < dropped and (body := body_of(labels.get(index + step), person)) is not None
                    else covered[index + step]
                    for step in steps
                ]
                for dropped in DROPPED
            ]
            body = body_of(labels[index], person)
            if body is not None:
                yield material.split_of(f"pets {index}"), float(body[3] - body[1]), looks


def body_of(labels: Labels | None, person: int) -> NDArray[np.float64] | None:
    """Return the label of a person in a frame; None if there is none."""
    if labels is None or person not in labels.people:
        return None
    return labels.bodies_px[labels.people.tolist().index(person)]


def chance(folder: Path) -> Iterator[results.Row]:
    """Yield how many planted people one look finds, by half, size and number of frames without cover."""
    inspector: WatchdogInspector | None = None
    found: dict[tuple[str, tuple[int, int], int], list[bool]] = {}
    for half, height_px, looks in planted(folder):
        inspector = inspector or WatchdogInspector(looks[0][0].width, looks[0][0].height)
        size = next(each for each in SIZES if each[0] <= height_px < each[1])
        for dropped, (drawn, *following) in zip(DROPPED, looks, strict=True):
            hit = inspector.look(drawn, lambda following=following: following).heads > 0
            found.setdefault((half, size, dropped), []).append(hit)
    for half in ("tune", "report"):
        for dropped in DROPPED:
            for size in (*SIZES, (0, 1000)):
                hits = [
                    hit
                    for (at, of, after), each in found.items()
                    if (at, after) == (half, dropped) and size[0] <= of[0] and of[1] <= size[1]
                    for hit in each
                ]
                least = DetectionChance(sum(hits), len(hits)).least
                yield {
                    "half": half,
                    "frames_dropped": dropped,
                    "person_px": f"{size[0]}-{size[1]}",
                    "planted": len(hits),
                    "found": sum(hits),
                    "least_chance": round(least, 3),
                }


def false_alarms(folder: Path, step: int, pictures: Path | None) -> Iterator[results.Row]:
    """Yield how many looks at covered copies find somebody, and what that means for a day (95 %).

    A clip that is looped shows the same frames again and again: with a step of 1, each of them is looked at once.
    Whoever is found may be bare indeed: `pictures` gets each frame with a finding, for a person to judge.
    """
    everything = [0, 0, 0]
    for clip, seconds in CLIPS.items():
        frames = copy_of(folder, clip, seconds)
        inspector = WatchdogInspector(frames[0].width, frames[0].height)
        spots = alarms = looks = 0
        for index in range(0, len(frames), step):
            following = [frames[(index + more) % len(frames)] for more in (3, 6)]
            spots += bool(inspector.spots(frames[index]))
            found = inspector.look(frames[index], lambda following=following: following).heads > 0
            if found and pictures is not None:
                cv2.imwrite(str(pictures / f"{Path(clip).stem}_{index:05d}.png"), picture_of(frames[index]))
            alarms += found
            looks += 1
        everything = [old + new for old, new in zip(everything, (looks, spots, alarms), strict=True)]
        yield alarm_row(clip, looks, spots, alarms)
    yield alarm_row("all", *everything)


def picture_of(frame: Frame) -> NDArray[np.uint8]:
    """Return a frame as colours for OpenCV, shape (H, W, 3)."""
    planes = np.concatenate([plane.reshape(-1) for plane in frame.planes]).reshape(-1, frame.width)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)


def alarm_row(clip: str, looks: int, spots: int, alarms: int) -> results.Row:
    """Return a row about false alarms."""
    return {
        "clip": clip,
        "looks": looks,
        "camera_hours": round(looks * LOOK_EVERY_S / 3600, 1),
        "looks_with_a_spot": spots,
        "alarms": alarms,
        "alarms_a_day": round(alarms / looks * DAY_LOOKS, 2),
        "alarms_a_day_at_most": round(upper_bound(alarms, looks) * DAY_LOOKS, 1),
    }


def weeks(seed: int = 15) -> Iterator[results.Row]:
    """Yield in how many simulated weeks the bound is above the truth, with a chance known from planted heads only."""
    random = np.random.default_rng(seed)
    rate, slots = 10.0, int(7 * DAY_LOOKS)
    a_slot = round(LOOK_EVERY_S * rate)
    for true_chance in (0.5, 0.9):
        for share in (1e-5, 1e-4, 1e-3, 1e-2):
            for burst in (1, 10, 600):
                held, excess = 0, []
                for _ in range(WEEKS):
                    frames = slots * a_slot
                    starts = np.sort(random.integers(0, frames - burst, random.poisson(share * frames / burst)))
                    truth = min(frames, len(starts) * burst)  # overlaps count twice: never too little
                    drawn = np.arange(slots) * a_slot + random.integers(0, a_slot, slots)
                    last = np.searchsorted(starts, drawn, side="right") - 1
                    hit = (last >= 0) & (drawn < starts[np.maximum(last, 0)] + burst) if len(starts) else drawn < 0
                    found = int((hit & (random.random(slots) < true_chance)).sum())
                    known = DetectionChance(int(random.binomial(40, true_chance)), 40)
                    tally = LookTally(slots, found, 0, frames, frames / rate, int(found > 0))
                    bound = exposed_head_frames_per_h(tally, known)
                    true_per_h = truth / (frames / rate) * 3600
                    held += bound is not None and bound >= true_per_h
                    excess.append((bound or 0.0) / true_per_h if true_per_h else np.nan)
                yield {
                    "chance": true_chance,
                    "exposed_share": share,
                    "burst_frames": burst,
                    "weeks": WEEKS,
                    "held": round(held / WEEKS, 4),
                    "bound_over_truth_p50": round(float(np.nanmedian(excess)), 2),
                }


def cost(folder: Path) -> Iterator[results.Row]:
    """Yield the processor's time of a look, and the share of a core at one look in 30 s; decoding comes on top."""
    for clip in ("pets_s2l1_vtest.avi", "intel_one-by-one-person-detection.mp4"):
        frames = copy_of(folder, clip, CLIPS[clip])
        inspector = WatchdogInspector(frames[0].width, frames[0].height)
        inspector.test()
        begun_s = time.process_time()
        count = 40
        for index in range(count):
            inspector.look(frames[index * len(frames) // count], list)
        each_s = (time.process_time() - begun_s) / count
        yield {
            "clip": clip,
            "size": f"{frames[0].width}x{frames[0].height}",
            "look_ms": round(1000 * each_s),
            "core_share": round(each_s / LOOK_EVERY_S, 4),
        }


def reaction(seconds: float) -> Iterator[results.Row]:
    """Yield how long it takes from the drawn frame's capture until the gateway is asked for whole cover.

    The camera is drawn (tests/serve/test_watchdog.py), and the watchdog looks once a second to have many findings.
    """
    from tests.serve.served import Served  # noqa: PLC0415 - the other parts need no web server
    from tests.serve.test_watchdog import Scene, reached  # noqa: PLC0415 - as above

    from passerby.gateway.watchdog_book import WatchdogBook  # noqa: PLC0415 - as above
    from passerby.jobs.watchdog import Watchdog  # noqa: PLC0415 - as above
    from passerby.settings.site.web import WebSettings  # noqa: PLC0415 - as above

    took_s: list[float] = []
    acted = Scene()
    acted.left_out = 1
    with TemporaryDirectory() as folder, Served(acted, WebSettings(port=0)) as server:
        book = WatchdogBook(Path(folder), raise_cover=lambda *_: None, clock=time.time, audit=None)
        finding = book.finding

        def timed(by: str, camera: str, *, captured_s: float, heads: int) -> float:
            took_s.append(time.time() - captured_s)
            return finding(by, camera, captured_s=captured_s, heads=heads)

        book.finding = timed  # type: ignore[method-assign]
        server.set_watchdog(book)
        made = Watchdog(
            reached(server), ["door"], secret=bytes(range(32)), every_s=1.0, clock=time.time, report=lambda _: None
        )
        thread = threading.Thread(target=made.run)
        thread.start()
        time.sleep(seconds)
        made.stop()
        thread.join()
    acted.close()
    took_s = took_s[3:]  # networks are loaded with the first look
    yield {
        "findings": len(took_s),
        "capture_to_cover_ms_p50": round(1000 * float(np.median(took_s))) if took_s else None,
        "capture_to_cover_ms_p95": round(1000 * float(np.percentile(took_s, 95))) if took_s else None,
    }


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["chance", "false", "weeks", "cost", "reaction"])
    parser.add_argument("--step", type=int, default=4, help="false: every so many frames a look")
    parser.add_argument("--alarms", type=Path, help="false: folder for the frames with a finding")
    parser.add_argument("--seconds", type=float, default=60.0, help="reaction: how long")
    parser.add_argument("--copies", type=Path, help="folder with covered copies, to keep them for the next part")
    given = parser.parse_args()
    with TemporaryDirectory() as made:
        folder = given.copies or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        if given.alarms is not None:
            given.alarms.mkdir(parents=True, exist_ok=True)
        rows = {
            "chance": lambda: chance(folder),
            "false": lambda: false_alarms(folder, given.step, given.alarms),
            "weeks": weeks,
            "cost": lambda: cost(folder),
            "reaction": lambda: reaction(given.seconds),
        }[given.part]()
        results.save(f"watchdog_{given.part}", list(rows), look_every_s=LOOK_EVERY_S)


if __name__ == "__main__":
    sys.exit(main())
