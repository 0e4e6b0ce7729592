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

    It says who operates the camera, why, for how long pictures are stored, and which rights people have; a QR code
    leads to the camera's public page.
    """
    from passerby.outputs.files.sign import write_sign  # noqa: PLC0415 - not needed for the help
    from passerby.outputs.files.sign_content import sign_of  # noqa: PLC0415 - as above
    from passerby.settings.load import load_site  # noqa: PLC0415 - as above

    settings = load_site(site)
    try:
        content = sign_of(settings, camera)
    except UsageError as error:
        msg = f"{site}: {error}"
        raise UsageError(msg) from error
    write_sign(output, content, language, replace=force)
    typer.echo(f"{output}: print it on A4, and hang it where people see it before the camera sees them")
