"""Writing in recordings and pictures: covered in every frame, and whole frames where the finder fails."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.vision.net_files import weights

import passerby
from passerby.redact.paint import SLATE
from passerby.vision.inspect.text_scene import HEIGHT, SIGNS, WIDTH, text_scene
from passerby.vision.nets.text_finder import TextFinder

TEXT = passerby.RedactOptions(cover=frozenset({passerby.CoverKind.TEXT}), effort=passerby.Effort.FAST)


@pytest.fixture
def signs(tmp_path: Path) -> Path:
    """A second of the drawn signs, which move to the right."""
    path = tmp_path / "signs.mp4"
    wall = text_scene().planes[0]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(10):
            picture = av.VideoFrame.from_ndarray(np.roll(wall, 4 * index, axis=1), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def test_moving_writing_is_covered_in_every_frame_and_the_wall_is_not(signs: Path):
    weights("ppocr-v4-text-finder")
    report = passerby.redact_file(signs, options=TEXT)
    assert [model.name for model in report.models] == ["ppocr-v4-text-finder"]
    assert report.leak_check is None
    assert report.covered_share < 0.5
    with av.open(str(signs.with_name("signs_redacted.mp4"))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 10
    for index, frame in enumerate(frames):
        for left, top, width, height, _ in SIGNS:
            x = left + 4 * index
            words = frame[top + 8 : top + height - 8, x + 10 : x + width - 20]
            assert (np.abs(words.astype(int) - SLATE).max(axis=2) < 40).mean() > 0.97


def test_a_finder_that_fails_costs_the_whole_copy(signs: Path, monkeypatch: pytest.MonkeyPatch):
    weights("ppocr-v4-text-finder")
    first = TextFinder.detect
    calls: list[int] = []

    def fails_after_the_self_test(self, frames):
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("broken")
        return first(self, frames)

    monkeypatch.setattr(TextFinder, "detect", fails_after_the_self_test)
    with pytest.raises(passerby.DetectorError, match="no frame could be inspected"):
        passerby.redact_file(signs, options=TEXT)
    assert [each.name for each in signs.parent.iterdir()] == ["signs.mp4"]


def test_a_missing_finder_names_the_command_that_fetches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PASSERBY_MODELS", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    path = tmp_path / "wall.png"
    Image.fromarray(text_scene().planes[0]).save(path)
    with pytest.raises(passerby.ModelError, match="run 'passerby models fetch ppocr-v4-text-finder'"):
        passerby.redact_file(path, options=TEXT)
