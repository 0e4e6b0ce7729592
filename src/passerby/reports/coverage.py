"""How much of a copy is covered, when and why: collected frame by frame for the report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from passerby.redact.cause import Cause
from passerby.reports.redaction import (
    Box,
    CauseShare,
    CoverCause,
    FrameBoxes,
    PlanSpan,
    Polygon,
    SecondCauses,
    SecondShare,
    WholeSpan,
)

_Sums = defaultdict[tuple[Cause, str], float]
MOSTLY = 0.9
"""Above this share a frame shows too little to be of use."""
CROWD, BOXES = "a dense crowd, covered as a region", "boxes and masks"


class Coverage:
    """Collects what was covered, frame by frame; without boxes its size grows with the seconds, not the frames."""

    def __init__(self, *, keep_boxes: bool = False) -> None:
        """Start without frames.

        Args:
            keep_boxes: Also store the boxes of each frame.
        """
        self.frames = 0
        self.whole = 0
        self.crowded = 0
        self.spans: list[WholeSpan] = []
        self.plans: list[PlanSpan] = []
        self.boxes: list[FrameBoxes] | None = [] if keep_boxes else None
        self._start_s = 0.0
        self._sum = 0.0
        self._causes: Counter[str] = Counter()
        self._seconds: dict[int, tuple[float, int]] = {}
        self._shares: dict[int, _Sums] = {}
        self._latest = 0, ""

    def add(
        self,
        time_s: float,
        share: float,
        *,
        whole: str,
        boxes_px: Iterable[Box],
        as_region: bool = False,
        plan: str = "",
    ) -> None:
        """Add the next frame.

        Args:
            time_s: Its time, s.
            share: Covered share of the picture, in [0, 1].
            whole: Why it is covered whole ("" = it is not).
            boxes_px: Its covered boxes.
            as_region: Whether a crowd too dense for boxes was covered as a region.
            plan: Which plan inspected it ("" = there was only one).
        """
        self.crowded += as_region
        if not self.frames:
            self._start_s = time_s
        second = max(0, int(time_s - self._start_s))
        total, count = self._seconds.get(second, (0.0, 0))
        self._seconds[second] = (total + share, count + 1)
        self._sum += share
        self._latest = second, whole
        if share > MOSTLY:
            self._causes[whole or (CROWD if as_region else BOXES)] += 1
        if whole:
            self.whole += 1
            self._extend(time_s, whole)

        if plan:
            self._follow(time_s, plan)
        if self.boxes is not None:
            self.boxes.append(FrameBoxes(frame=self.frames, time_s=round(time_s, 6), boxes_px=sorted(boxes_px)))
        self.frames += 1

    def add_polygons(self, polygons_px: Iterable[Polygon]) -> None:
        """Add the polygons of the frame that was added last; without boxes, nothing is stored."""
        if self.boxes:
            self.boxes[-1] = self.boxes[-1].model_copy(update={"polygons_px": sorted(polygons_px)})

    def add_causes(self, causes: Mapping[Cause, float]) -> None:
        """Add what covers the latest frame: the share of the picture that is covered for each cause."""
        second, whole = self._latest
        shares = self._shares.setdefault(second, defaultdict(float))
        for cause, part in causes.items():
            shares[cause, whole if cause is Cause.WHOLE else ""] += part

    def mean(self) -> float:
        """Return the mean covered share; 0 if there was no frame."""
        return self._sum / self.frames if self.frames else 0.0

    def causes_over_90(self) -> list[CoverCause]:
        """Return what covered frames by more than 90 %, the most frequent cause first."""
        return [CoverCause(cause=cause, frames=count) for cause, count in self._causes.most_common()]

    def causes(self) -> list[CauseShare]:
        """Return what covers the copy, the largest share first."""
        total: _Sums = defaultdict(float)
        for shares in self._shares.values():
            for key, part in shares.items():
                total[key] += part
        return _shares(total, self.frames)

    def causes_per_second(self) -> list[SecondCauses]:
        """Return what covers each second that had a frame."""
        return [
            SecondCauses(second=second, causes=_shares(shares, self._seconds[second][1]))
            for second, shares in sorted(self._shares.items())
        ]

    def per_second(self) -> list[SecondShare]:
        """Return the mean covered share of each second that had a frame."""
        return [
            SecondShare(second=second, share=min(1.0, round(total / count, 4)))
            for second, (total, count) in sorted(self._seconds.items())
        ]

    def _extend(self, time_s: float, reason: str) -> None:
        last = self.spans[-1] if self.spans else None
        if last and last.reason == reason and last.last_frame == self.frames - 1:
            self.spans[-1] = last.model_copy(update={"last_frame": self.frames})
        else:
            span = WholeSpan(first_frame=self.frames, last_frame=self.frames, start_s=round(time_s, 6), reason=reason)
            self.spans.append(span)

    def _follow(self, time_s: float, plan: str) -> None:
        if self.plans and self.plans[-1].plan == plan:
            self.plans[-1] = self.plans[-1].model_copy(update={"last_frame": self.frames})
        else:
            start_s = round(time_s, 6)
            self.plans.append(PlanSpan(first_frame=self.frames, last_frame=self.frames, start_s=start_s, plan=plan))


def _shares(sums: _Sums, frames: int) -> list[CauseShare]:
    """Return sums over frames as mean shares, the largest first; what rounds to nothing is left out."""
    found = [
        CauseShare(cause=cause, reason=reason, share=min(1.0, round(total / frames, 4)))
        for (cause, reason), total in sorted(sums.items(), key=lambda item: -item[1])
    ]
    return [each for each in found if each.share]
