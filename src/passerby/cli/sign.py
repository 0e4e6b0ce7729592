"""`passerby sign`: the sign that hangs beside a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passerby.cli.site_accounts import SiteFile
from passerby.errors import UsageError
from passerby.settings.language import Language


def sign(
    site: SiteFile,
    camera: Annotated[str, typer.Argument(metavar="CAMERA", help="Name of the camera; it needs a public page.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write: .pdf, .svg or .png.")],
    language: Annotated[Language, typer.Option(help="Language of the sign.")] = Language.ENGLISH,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Write the A4 sign of a camera, to be printed.

    It says who operates the camera, why, for how long pictures are kept, and which rights people have; a QR code leads
    to the camera's public page.
    """
    from urllib.parse import quote  # noqa: PLC0415 - not needed for the help

    from passerby.outputs.files.sign import SignContent, write_sign  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    settings = load_site(site)
    public = settings.public
    found = next((each for each in settings.cameras if each.name == camera), None)
    if found is None:
        names = ", ".join(each.name for each in settings.cameras)
        msg = f"{site}: there is no camera {camera!r}; choose one of: {names}"
        raise UsageError(msg)
    if camera not in public.cameras:
        msg = f"{site}: camera {camera!r} has no public page, to which its sign would lead; add it to public.cameras"
        raise UsageError(msg)
    if not public.address:
        msg = f"{site}: public.address is missing: set where people outside find this gateway, as the sign names it"
        raise UsageError(msg)
    content = SignContent(
        camera=camera,
        site=settings.site,
        controller=public.controller,
        purpose=found.purpose,
        contact=public.contact,
        retention_h=settings.recording.retention_h if found.record else None,
        address=f"{public.address}/p/{quote(camera)}",
    )
    write_sign(output, content, language, replace=force)
    typer.echo(f"{output}: print it on A4, and hang it where people see it before the camera sees them")
