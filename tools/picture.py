"""Create docs/covered.png: a moment of the drawn demo clip, uncovered, covered solid, and covered with figures."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image

import clip
import passerby
import side_by_side

TARGET = Path(__file__).parents[1] / "docs" / "covered.png"
GAP_PX = 8
PART = (640, 360)
CUT = (60, 80, 600, 330)
"""The part of each still that is shown, px: without the empty sky and floor."""


def main() -> None:
    """Draw the clip, cover it twice, and save a still of each side by side."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "plaza.mp4"
        clip.write(source)
        videos = [source]
        for style in (passerby.StyleName.SOLID, passerby.StyleName.FIGURE):
            videos.append(source.with_name(f"{style}.mp4"))
            passerby.redact_file(source, videos[-1], passerby.RedactOptions(style=style))
        parts = [side_by_side.stills(path)[1].resize(PART).crop(CUT) for path in videos]
        width, height = parts[0].size
        sheet = Image.new("RGB", (3 * width + 2 * GAP_PX, height), "white")
        for number, part in enumerate(parts):
            sheet.paste(part, (number * (width + GAP_PX), 0))
        sheet.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
