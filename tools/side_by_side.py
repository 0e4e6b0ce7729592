"""Put stills of a source and of its covered copy side by side: `side_by_side.py SOURCE COPY TARGET` writes a PNG file.

For the demo only: the picture shows what its source shows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import av
from PIL import Image

WIDTH = 640
GAP = 8
MOMENTS = (0.2, 0.5, 0.8)
"""Where in the clip the stills are taken, as a share of its frames."""


def stills(path: Path) -> list[Image.Image]:
    """Return the stills of one video or image."""
    with av.open(str(path)) as container:
        frames = [Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    wanted = [frames[int(share * (len(frames) - 1))] for share in MOMENTS[: max(1, min(len(frames), len(MOMENTS)))]]
    return [each.resize((WIDTH, round(WIDTH * each.height / each.width))) for each in wanted]


def main() -> None:
    """Write the sheet: the source on the left, the copy on the right."""
    source, copy, target = map(Path, sys.argv[1:])
    pairs = list(zip(stills(source), stills(copy), strict=True))
    height = pairs[0][0].height
    sheet = Image.new("RGB", (2 * WIDTH + GAP, len(pairs) * (height + GAP) - GAP), "white")
    for row, (left, right) in enumerate(pairs):
        sheet.paste(left, (0, row * (height + GAP)))
        sheet.paste(right, (WIDTH + GAP, row * (height + GAP)))
    sheet.save(target)


if __name__ == "__main__":
    main()
