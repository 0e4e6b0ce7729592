"""Record the walks that simulated cameras use without JuPedSim: record_walks.py (needs JuPedSim)."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np

from passerby.media.camera.walk import RATE, VENUES, packed, simulate

FOLDER = Path(__file__).parents[1] / "src" / "passerby" / "media" / "camera" / "walks"
LENGTH_S = 120

for name in VENUES:
    moments = list(islice(simulate(name), LENGTH_S * RATE))
    np.savez_compressed(FOLDER / f"{name}.npz", allow_pickle=False, **packed(moments))
    print(f"wrote {name}: {len(moments)} moments, at most {max(map(len, moments))} people")
