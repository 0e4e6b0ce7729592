"""The demo site: what `passerby up` shows without a site file."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_state_path

from passerby.config.site import CameraSettings, LegalBasis, SiteSettings
from passerby.errors import UsageError

CLIP = Path("demo/bikes.mp4")


def demo_site() -> SiteSettings:
    """Return a site of simulated people where JuPedSim is there, and the demo clip where `make demo` has fetched it.

    Raises:
        UsageError: Neither is there.
    """
    addresses = {"plaza": "simulation:plaza", "platform": "simulation:platform"} if find_spec("jupedsim") else {}
    if CLIP.exists():
        addresses["street"] = str(CLIP.absolute())
    if not addresses:
        msg = "nothing to demonstrate: run make demo here for a clip, or pip install 'passerby[simulation]'"
        raise UsageError(msg)
    cameras = tuple(
        CameraSettings.model_validate(
            {
                "name": name,
                "address": address,
                "purpose": "Show what passerby does; nobody real is seen.",
                "legal_basis": LegalBasis.LEGITIMATE_INTERESTS,
                "max_fps": 10.0,
            }
        )
        for name, address in addresses.items()
    )
    return SiteSettings(site="demo", cameras=cameras, state_folder=user_state_path("passerby") / "demo")
