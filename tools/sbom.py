"""Write a software bill of materials (CycloneDX 1.5, JSON): the locked packages, and the networks of the catalogue.

python tools/sbom.py > passerby.cdx.json
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from passerby.version import __version__
from passerby.vision.models.catalogue import MODELS, ON_REQUEST

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")


def bill(lock: str) -> dict[str, Any]:
    """Return the bill of what a lock file pins.

    Args:
        lock: Its text.
    """
    pins = [found.groups() for line in lock.splitlines() if (found := _PIN.match(line.strip()))]
    packages = [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name.lower()}@{version}"}
        for name, version in pins
    ]
    networks = [
        {
            "type": "machine-learning-model",
            "name": name,
            "version": model.sha256[:12],
            "hashes": [{"alg": "SHA-256", "content": model.sha256}],
            "licenses": [{"license": {"id": model.licence}}],
        }
        for name, model in (MODELS | ON_REQUEST).items()
    ]
    itself = {"type": "application", "name": "passerby", "version": __version__}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": itself},
        "components": [*packages, *networks],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(bill(LOCK.read_text(encoding="utf-8")), indent=1) + "\n")
