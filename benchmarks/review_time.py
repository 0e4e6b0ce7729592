"""The time that a person needs at the review desk: a script plays the reviewer on the real page, in Chromium.

Every key, click and drag is really made; what each costs a person comes from the keystroke-level model (Card, Moran and
Newell, 1980: "The keystroke-level model for user performance time with interactive systems", CACM 23 (7), 396-410):
0.28 s a key of an average typist, 1.1 s to point, 0.4 s to move a hand between keys and mouse, 1.35 s to decide; 0.1 s
to press or release the mouse's button (Kieras, 2001). Looking is counted apart: a doubt is looked at for one decision;
a region that was drawn is watched at normal speed from end to end; and the whole recording is watched once, at a speed
that is chosen. In that pass the reviewer sees a bare head that is on the screen for 0.5 s, and stops 0.75 s later. What
the reviewer sees is the truth: people overlook things, and this script does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Any

from playwright.sync_api import Page, expect
from tests.waiting import until

from benchmarks.review_planted import RATE, Box, Planted, bare_frames, overlap
from passerby.jobs.review_session import ReviewSession
from passerby.reports.redaction import ReportedMiss

KEY_S, POINT_S, HAND_S, DECIDE_S, BUTTON_S = 0.28, 1.1, 0.4, 1.35, 0.1
SEEN_S = 0.5
"""A bare head must be on the screen for so long to be seen."""
STOP_S = 0.75
"""From seeing to stopping."""
TRIES = 4
"""How many times the reviewer corrects one region before it counts as left bare."""
GROWN = 0.15
_SHIFTED = frozenset('<>{}+?"')


@dataclass(slots=True)
class Spent:
    """What the reviewer did, and the time that it costs a person, s, by what it was for."""

    keys: int = 0
    drags: int = 0
    seconds: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)


class Reviewer:
    """Works on the page of one review.

    Args:
        page: The page, loaded.
        session: The review.
        planted: What was planted.
        speed: Speed of the pass over the whole recording.
    """

    def __init__(self, page: Page, session: ReviewSession, planted: Planted, *, speed: int) -> None:
        self.spent = Spent()
        self._page = page
        self._session = session
        self._planted = planted
        self._speed = speed
        self._for = "doubts"
        self._known: tuple[str, dict[int, list[Box]]] = ("", {})

    def doubts(self) -> None:
        """Go through the doubts: cover what is a bare head, accept the rest."""
        self._for = "doubts"
        asked: Counter[str] = Counter()
        while True:
            here = self._page.locator("#doubts li[aria-current=true]:not(.done)")
            if not here.count():
                return
            text = here.inner_text()
            self._look(DECIDE_S)
            self.spent.events["doubts"] += 1
            asked[text] += 1
            spot = next((each for each in self._spots() if _line(each) == text), None)
            if spot is not None and asked[text] == 1 and self._is_bare(spot):
                self.spent.events["doubts that are misses"] += 1
                self._change("m")
                self._watch(len(self._session.journal.edits.added) - 1)
                self._key("]")
            else:
                self._change("a")

    def whole(self) -> None:
        """Watch the recording once, and cover every bare head that stays on the screen long enough."""
        self._for = "watching"
        self._key("Escape")
        self._key("Home")
        for _ in range({1: 0, 2: 1, 4: 2, 8: 3}[self._speed]):
            self._key("}")
        self._key(" ")
        self._look(len(self._planted.report.boxes or []) / RATE / self._speed)
        self._key(" ")
        for frames, box in self._episodes():
            if len(frames) / RATE / self._speed < SEEN_S:
                self.spent.events["misses too short to be seen"] += 1
                continue
            self.spent.events["misses seen while watching"] += 1
            self._for = "mending"
            self._place(frames[0] / RATE + (SEEN_S + STOP_S) * self._speed)
            self._key(" ")
            self._look(DECIDE_S)
            self._go(frames[len(frames) // 2])
            self._draw(box)
            self._go(frames[0])
            self._change("i")
            self._go(frames[-1])
            self._change("e")
            self._watch(len(self._session.journal.edits.added) - 1)
            self._key("Escape")
            self._key(" ")
            self._for = "watching"

    def false_cover(self) -> None:
        """Take away each cover that hides nobody, with another network's answer."""
        self._for = "openings"
        for frames, box in self._planted.false:
            self._key("Escape")
            self._place(frames[0] / RATE)
            self._look(DECIDE_S)
            self._draw(box, grown=0.05)
            self._go(frames[-1])
            self._change("e")
            before = len(self._session.journal.edits.opened)
            self._change("x")
            until(partial(self._looked_at, before))
            self._settled()
            look = self._session.journal.edits.opened[-1].second_look
            self.spent.events["openings"] += 1
            self.spent.events["openings that a network suspects"] += look is None or look.suspects

    def left_bare(self) -> dict[int, list[Box]]:
        """Return what is still bare, by frame."""
        added = self._session.journal.edits.added
        state = repr(added)
        if self._known[0] != state:
            self._known = (state, bare_frames(self._planted, added, self._session.regions.of))
        return self._known[1]

    def _looked_at(self, before: int) -> bool:
        opened = self._session.journal.edits.opened
        return len(opened) > before and opened[-1].second_look is not None

    def _spots(self) -> list[ReportedMiss]:
        check = self._planted.report.leak_check
        return [] if check is None else check.spots

    def _is_bare(self, spot: ReportedMiss) -> bool:
        """Return whether the truth has a bare head where the page shows the doubt."""
        return any(overlap(spot.box_px, each) > 0 for each in self.left_bare().get(spot.frame, []))

    def _episodes(self) -> Iterator[tuple[list[int], Box]]:
        """Yield runs of frames with something bare, and the box in the middle of each; what was mended is gone."""
        done: set[int] = set()
        while rest := [frame for frame in sorted(self.left_bare()) if frame not in done]:
            run = [rest[0]]
            for frame in rest[1:]:
                if frame > run[-1] + 2:
                    break
                run.append(frame)
            done.update(run)
            yield run, self.left_bare()[run[len(run) // 2]][0]

    def _watch(self, index: int) -> None:
        """Watch a region from end to end; stretch it where the person is bare before or after, draw again within."""
        for _ in range(TRIES):
            edit = self._session.journal.edits.added[index]
            self._go(round(edit.from_s * RATE))
            self._key(" ")
            self._look(edit.to_s - edit.from_s)
            self._key(" ")
            bare = self.left_bare()
            first, last = edit.from_s * RATE, edit.to_s * RATE
            near = [frame for frame in sorted(bare) if first - 1 <= frame <= last + 1]
            if not near:
                return
            before, after = (self._until(bare, near[at], step) for at, step in ((0, -1), (-1, 1)))
            if before < first:
                self._go(before)
                self._change("i")
            if after > last:
                self._go(after)
                self._change("e")
            if within := [frame for frame in near if first <= frame <= last]:
                self.spent.events["regions drawn again"] += 1
                self._go(within[len(within) // 2])
                self._draw(bare[within[len(within) // 2]][0])

    @staticmethod
    def _until(bare: dict[int, list[Box]], frame: int, step: int) -> int:
        """Return the last frame in one direction up to which somebody is bare without a pause."""
        while frame + step in bare:
            frame += step
        return frame

    def _look(self, seconds: float) -> None:
        self.spent.seconds[f"{self._for}: looking"] += seconds

    def _key(self, key: str) -> None:
        self._page.keyboard.press("Space" if key == " " else key)
        if key == " ":  # the script does not wait: how long the person watches is counted
            self._page.evaluate("document.getElementById('copy').pause()")
        count = 1 + (key in _SHIFTED)
        self.spent.keys += count
        self.spent.seconds[f"{self._for}: keys and mouse"] += count * KEY_S

    def _draw(self, box: Box, *, grown: float = GROWN) -> None:
        """Draw a box around something: a key, to the mouse, to one corner, to the other, back to the keys."""
        across, down = grown * (box[2] - box[0]), grown * (box[3] - box[1])
        ends = [[box[0] - across, box[1] - down], [box[2] + across, box[3] + down]]
        self._key("b")
        (x, y), (to_x, to_y) = self._page.evaluate(_ON_SCREEN, ends)
        self._page.mouse.move(x, y)
        self._page.mouse.down()
        self._page.mouse.move(to_x, to_y, steps=2)
        before = self._session.journal.undoable
        self._page.mouse.up()
        self._settled(before)
        self.spent.drags += 1
        self.spent.seconds[f"{self._for}: keys and mouse"] += 2 * HAND_S + 2 * POINT_S + 2 * BUTTON_S

    def _place(self, time_s: float) -> None:
        """Put the picture where playing has brought it."""
        self._page.evaluate("time => { document.getElementById('copy').currentTime = time; }", time_s + 0.2 / RATE)

    def _go(self, frame: int) -> None:
        """Go to a frame by keys: a second at a time, then frame by frame."""
        now = int(self._page.evaluate("Math.floor(document.getElementById('copy').currentTime * 10 + 1e-3)"))
        seconds, rest = divmod(abs(frame - now), int(RATE))
        forward = frame >= now
        if rest > RATE / 2:
            seconds, rest = seconds + 1, int(RATE) - rest
            self._keys(">" if forward else "<", seconds)
            self._keys("," if forward else ".", rest)
        else:
            self._keys(">" if forward else "<", seconds)
            self._keys("." if forward else ",", rest)

    def _keys(self, key: str, count: int) -> None:
        for _ in range(ceil(count)):
            self._key(key)

    def _change(self, key: str) -> None:
        """Press a key that changes something, and wait for it."""
        before = self._session.journal.undoable
        self._key(key)
        self._settled(before)

    def _settled(self, before: int = -1) -> None:
        """Wait until a change is stored, and the page has shown it and what follows from it: no person's time."""
        until(lambda: self._session.journal.undoable > before)
        count = self._session.journal.undoable
        expect(self._page.locator("#undo")).to_have_attribute("title", f"Ctrl+Z, {count} changes", timeout=120_000)
        expect(self._page.locator("#saved")).to_have_text("every change is saved", timeout=120_000)


_ON_SCREEN = """ends => {
  const matrix = document.getElementById('draw').getScreenCTM();
  return ends.map(([x, y]) => { const at = new DOMPoint(x, y).matrixTransform(matrix); return [at.x, at.y]; });
}"""


def _line(spot: ReportedMiss) -> str:
    """Return a doubt as the page writes it."""
    minutes, seconds = divmod(spot.first_s, 60)
    return f"{int(minutes)}:{seconds:05.2f} {spot.kind} may be visible ({spot.score:.2f})"


def row(reviewer: Reviewer, *, recording_s: float, speed: int, bare_before: int) -> dict[str, Any]:
    """Return the figures of one review, scaled to an hour of video."""
    per_hour = 3600 / recording_s
    seconds = reviewer.spent.seconds
    needed = sum(each for name, each in seconds.items() if not name.startswith("openings"))
    opened = sum(each for name, each in seconds.items() if name.startswith("openings"))
    return {
        "speed": speed,
        "minutes_per_hour": needed * per_hour / 60,
        "looking_minutes_per_hour": sum(each for name, each in seconds.items() if "looking" in name) * per_hour / 60,
        "opening_minutes_per_hour": opened * per_hour / 60,
        "keys": reviewer.spent.keys,
        "drags": reviewer.spent.drags,
        "bare_head_frames_before": bare_before,
        "bare_head_frames_after": sum(map(len, reviewer.left_bare().values())),
        "seconds": {name: round(each, 1) for name, each in sorted(seconds.items())},
        "events": dict(sorted(reviewer.spent.events.items())),
    }
