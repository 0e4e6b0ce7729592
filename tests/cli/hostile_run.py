"""Cover every file named on the command line, one line of JSON for each: run apart, it may crash or hang.

Everything that a file meets is real but the networks: a made-up detector sees somebody in every frame.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path

from tests.stage import Sees, found

from passerby.errors import PasserbyError
from passerby.jobs.redact_plan import default_target
from passerby.media.files.video_file import open_source
from passerby.media.frame import Frame
from passerby.media.layout import Layout
from passerby.media.source import Source
from passerby.outputs.files.picture import PictureTarget
from passerby.outputs.files.video import VideoTarget
from passerby.outputs.output import VideoOutput
from passerby.pipelines.recording import Demanding, run
from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.rule import COVER_SCORE, rules_for
from passerby.redact.stream import Redactor
from passerby.redact.style import style_named
from passerby.vision.inspect.inspector import FrameInspector
from passerby.vision.picture.scenery import Observed

RULES = rules_for(frozenset({CoverKind.PEOPLE}), score=COVER_SCORE, margin=0.1)


def walker(frame: Frame) -> object:
    """Return somebody who goes to and fro in a third of the picture."""
    x = frame.width * (0.1 + 0.5 * abs(frame.time_s % 2 - 1))
    return found((x, 0.2 * frame.height, x + 0.3 * frame.width, 0.9 * frame.height))


def target_for(source: Source, path: Path) -> VideoOutput:
    if source.shape.layout is Layout.RGB:
        return PictureTarget(path, replace=False)
    return VideoTarget(path, source.shape, replace=False)


def covered(path: Path, folder: Path) -> dict[str, object]:
    """Return what became of a file: what its copy hides in each frame, or why there is none."""
    told: dict[str, object] = {"path": str(path)}
    try:
        with closing(open_source(path, threads=1)) as source:
            copy = default_target(path, folder)
            output = target_for(source, copy)
            inspector = FrameInspector([Sees(walker)], observed=Observed.MOTION)
            redactor = Redactor(CoverPlan(RULES, hold_s=0.5, motion=True), style_named("solid"), look_ahead_s=1.0)
            try:
                records = list(run(source, inspector, redactor, output=Demanding(output, redactor, name=source.name)))
            finally:
                inspector.close()
                output.abandon()
    except PasserbyError as error:
        return told | {"refused": str(error)}
    whole = [record.index for record in records if record.whole]
    return told | {"copy": str(copy), "whole": whole, "boxes": [record.cover.boxes_px.tolist() for record in records]}


if __name__ == "__main__":
    for name in sys.argv[2:]:
        sys.stdout.write(json.dumps(covered(Path(name), Path(sys.argv[1]))) + "\n")
        sys.stdout.flush()
