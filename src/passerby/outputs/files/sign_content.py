"""What the sign of a camera says, according to its site file."""

from __future__ import annotations

from urllib.parse import quote

from passerby.errors import UsageError
from passerby.outputs.files.sign import SignContent
from passerby.settings.site.site import SiteSettings


def sign_of(site: SiteSettings, camera: str) -> SignContent:
    """Return what the sign of a camera says.

    Raises:
        UsageError: There is no such camera, or it has no public page, to which the sign would lead.
    """
    public = site.public
    found = next((each for each in site.cameras if each.name == camera), None)
    if found is None:
        names = ", ".join(each.name for each in site.cameras)
        msg = f"there is no camera {camera!r}; choose one of: {names}"
        raise UsageError(msg)
    if camera not in public.cameras:
        msg = f"camera {camera!r} has no public page, to which its sign would lead; add it to public.cameras"
        raise UsageError(msg)
    if not public.address:
        msg = "public.address is missing: set where people outside find this gateway, as the sign names it"
        raise UsageError(msg)
    return SignContent(
        camera=camera,
        site=site.site,
        controller=public.controller,
        purpose=found.purpose,
        contact=public.contact,
        retention_h=site.recording.retention_h if found.record else None,
        address=f"{public.address}/p/{quote(camera)}",
    )
