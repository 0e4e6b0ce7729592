"""Create docs/covered.png: the drawn scene of the self-test, uncovered, covered solid, and covered with figures."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import passerby
from passerby.vision.inspect.self_test import scene

TARGET = Path(__file__).parents[1] / "docs" / "covered.png"
GAP_PX = 8


def main() -> None:
    """Draw the scene, cover it twice, and save the three side by side."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "scene.png"
        Image.fromarray(np.asarray(scene().planes[0], np.uint8)).save(source)
        pictures = [source]
        for style in (passerby.StyleName.SOLID, passerby.StyleName.FIGURE):
            pictures.append(source.with_name(f"{style}.png"))
            passerby.redact_file(source, pictures[-1], passerby.RedactOptions(style=style))
        parts = [Image.open(path) for path in pictures]
        width, height = parts[0].size
        sheet = Image.new("RGB", (3 * width + 2 * GAP_PX, height), "white")
        for number, part in enumerate(parts):
            sheet.paste(part, (number * (width + GAP_PX), 0))
        sheet.resize((sheet.width // 2, sheet.height // 2)).save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
