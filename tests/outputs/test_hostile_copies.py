"""Whatever odd recording can be read can be written again, with the same frames, times, size and look."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest

from passerby.errors import SourceError
from passerby.media.files.video_file import VideoFile
from passerby.outputs.files.codecs import target_suffix
from passerby.outputs.files.video import VideoTarget
from passerby.redact.mask import Cover
from passerby.redact.redactor import redact
from passerby.redact.style import style_named

pytestmark = pytest.mark.data

FRAMES = 24
COARSEST_UNIT_S = Fraction(1, 1000)


def copied(path: Path, target: Path) -> str:
    """Return what differs between a recording and its copy; "" = nothing, or the recording is refused."""
    try:
        source = VideoFile(path, threads=1)
    except SourceError:
        return ""
    output = VideoTarget(target, source.shape, replace=True)
    times = []
    for frame in islice(source, FRAMES):
        times.append(frame.pts * frame.time_base)
        output.write(redact(frame, Cover.nothing(), style_named("solid")))
    output.finish()
    source.close()
    copy = VideoFile(target, threads=1)
    again = [frame.pts * frame.time_base for frame in copy]
    if len(again) != len(times):
        return f"{len(times)} frames became {len(again)}"
    if any(abs(a - b) > COARSEST_UNIT_S for a, b in zip(times, again, strict=True)):
        return f"times {times} became {again}"
    looks = [
        (shape.width, shape.height, shape.layout, shape.colour, shape.sample_aspect_ratio, shape.fields)
        for shape in (source.shape, copy.shape)
    ]
    return "" if looks[0] == looks[1] else f"{looks[0]} became {looks[1]}"


def test_every_hostile_recording_that_can_be_read_comes_out_alike(data_dir: Path, tmp_path: Path):
    paths = sorted(path for path in (data_dir / "hostile").rglob("*.*") if path.is_file())
    results = {path.name: copied(path, tmp_path / f"t{target_suffix(path, 'h264')}") for path in paths}
    assert {name: result for name, result in results.items() if result} == {}
