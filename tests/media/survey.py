"""Read every file named on the command line, one line of JSON for each: run apart, it may crash or hang."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from passerby.errors import SourceError
from passerby.media.files.video_file import open_source


def survey(path: Path) -> dict[str, object]:
    """Return what became of a file."""
    try:
        source = open_source(path)
        frames = damaged = 0
        last = None
        for frame in source:
            frames += 1
            damaged += bool(frame.damaged)
            increasing = last is None or frame.pts > last
            last = frame.pts
            if not increasing or (frame.width, frame.height) != (source.shape.width, source.shape.height):
                return {"path": str(path), "broken": f"frame {frame.pts} does not fit"}
        source.close()
    except SourceError as error:
        return {"path": str(path), "refused": str(error)}
    return {"path": str(path), "frames": frames, "damaged": damaged}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(json.dumps(survey(Path(name))) + "\n")
        sys.stdout.flush()
