"""The demo site that `passerby up` starts without a site file."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path

from passerby.settings.site.camera import CameraSettings, LegalBasis
from passerby.settings.site.site import SiteSettings

CLIP = Path("demo/bikes.mp4")


def demo_site() -> SiteSettings:
    """Return a site of simulated people, and of the demo clip if `make demo` has downloaded it."""
    addresses = {"plaza": "simulation:plaza", "platform": "simulation:platform"}
    if CLIP.exists():
        addresses["street"] = str(CLIP.absolute())
    cameras = tuple(
        CameraSettings.model_validate(
            {
                "name": name,
                "address": address,
                "purpose": "Show what passerby does; no real person is visible.",
                "legal_basis": LegalBasis.LEGITIMATE_INTERESTS,
                "max_fps": 10.0,
            }
        )
        for name, address in addresses.items()
    )
    return SiteSettings(site="demo", cameras=cameras, state_folder=user_state_path("passerby") / "demo")
