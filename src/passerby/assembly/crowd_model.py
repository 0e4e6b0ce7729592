"""The density-map networks that a site file names."""

from __future__ import annotations

from collections.abc import Iterator

from passerby.errors import ModelError, SettingError
from passerby.settings.site.site import SiteSettings
from passerby.vision.models.catalogue import crowd_model_named
from passerby.vision.models.files import locate
from passerby.vision.nets.density_map import DensityMap


def density_map(name: str) -> DensityMap:
    """Return a density map by its name; its network is compiled on first use.

    Raises:
        ModelError: It is unknown, missing or damaged.
    """
    return DensityMap(locate(crowd_model_named(name)))


def absent_crowd_models(site: SiteSettings) -> Iterator[SettingError]:
    """Yield which density maps of a site's cameras are missing, and why."""
    for at, camera in enumerate(site.cameras):
        if camera.enabled and camera.crowd_model is not None:
            try:
                density_map(camera.crowd_model)
            except ModelError as error:
                yield SettingError(error, f"cameras[{at}].crowd_model")


def require_crowd_models(site: SiteSettings) -> None:
    """Check that all density maps are present, before any camera starts.

    Raises:
        SettingError: One is missing or damaged.
    """
    for absent in absent_crowd_models(site):
        raise absent
