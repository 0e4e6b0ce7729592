"""Draw the clip for `make demo`: a square full of drawn people, so that no unknown person's face is needed.

`clip.py FILE` writes it. The walks are recorded JuPedSim walks, and the drawing is deterministic.
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import av

from passerby.errors import PasserbyError
from passerby.media.camera.simulated import SIZE, SimulatedCamera
from passerby.media.camera.walk import RATE

SECONDS = 5


def main() -> int:
    """Draw the clip unless it is there."""
    target = Path(sys.argv[1])
    if target.exists():
        return 0
    partial = target.with_suffix(".partial.mp4")
    try:
        write(partial)
    except PasserbyError as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    partial.replace(target)
    return 0


def write(target: Path) -> None:
    """Write the clip to a file."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "crf": "20"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number, arrival in enumerate(islice(SimulatedCamera("plaza"), SECONDS * RATE)):
            picture = arrival.picture
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


if __name__ == "__main__":
    sys.exit(main())
