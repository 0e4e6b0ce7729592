"""Recordings measured on the nodes of a cluster: the same signals as on one machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cluster.nodes import TwoNodes
from tests.jobs.piece_clips import first_seconds

from passerby.cluster.engine import Engine
from passerby.cluster.measure_spread import measure_on_nodes
from passerby.errors import UsageError
from passerby.jobs.measure_file import MeasureOrder
from passerby.jobs.measure_many import measure_all
from passerby.jobs.measure_plan import MeasuredRecording
from passerby.jobs.stepwise import Stepwise
from passerby.redact.choice import CheckDepth
from passerby.settings.options import RedactOptions
from passerby.vision.effort import Effort

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORDER = MeasureOrder(options=RedactOptions(effort=Effort.FAST, check=CheckDepth.OFF))


def test_signals_are_those_of_one_machine(
    registry_models: None, data_dir: Path, engine: Engine, two_nodes: TwoNodes, tmp_path: Path
) -> None:
    first = first_seconds(data_dir, tmp_path / "a.mp4", 4)
    other = first_seconds(data_dir, tmp_path / "c.mp4", 3)
    planned = [MeasuredRecording(clip, clip.stem, start=START) for clip in (first, other)]
    notes: list[str] = []
    spread_order = replace(ORDER, out=tmp_path / "spread.csv")
    with Stepwise(measure_on_nodes(planned, spread_order, engine, jobs=1, note=notes.append)) as steps:
        events = list(steps)
        run = steps.result
    with Stepwise(measure_all(planned, replace(ORDER, out=tmp_path / "alone.csv"))) as steps:
        list(steps)
        alone = steps.result
    assert notes == []
    assert len(events) >= len(planned)
    assert [each.clip for each, _ in run.measured] == [first, other]
    assert run.signals == alone.signals
    assert run.signals
    assert (tmp_path / "spread.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_recordings_of_one_camera_need_their_starts(tmp_path: Path) -> None:
    planned = [MeasuredRecording(tmp_path / name, "hall", start=start) for name, start in (("a", START), ("b", None))]
    with pytest.raises(UsageError, match="b would begin where the recording before ends; give --start for each"):
        next(measure_on_nodes(planned, replace(ORDER, one_camera=True), None, jobs=1, note=print))  # type: ignore[arg-type]
