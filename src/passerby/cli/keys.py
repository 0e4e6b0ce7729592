"""`passerby keys`: the key with which a site signs its covered copies."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passerby.cli.number import require_within
from passerby.cli.signing_library import require_signing
from passerby.cli.verify import sign
from passerby.errors import UsageError

if TYPE_CHECKING:
    from passerby.release.site_key import SiteKey

_YEARS = 10

app = typer.Typer(help="The key with which you sign covered copies.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="Folder of the key.")]


@app.command()
def create(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Name of your organisation; people who check a copy see it.")] = "",
    years: Annotated[int, typer.Option(help=f"How long the certificate is valid, 1 to {_YEARS} years.")] = 3,
    private_key: Annotated[
        Path | None,
        typer.Option("--import", help="Import this private key (PEM) instead of making one; also give --chain."),
    ] = None,
    chain: Annotated[
        Path | None, typer.Option(help="Certificates of the imported key: yours first, then their issuers (PEM).")
    ] = None,
) -> None:
    """Make a key and its certificate, or import one.

    The folder then has key.pem (private: only you can read it), certificate.pem (it is in each copy that you sign) and
    authority.pem (give it to those who check your copies).
    """
    require_signing()
    from passerby.release.site_key import create_key, import_key  # noqa: PLC0415 - loads a library

    require_within("--years", years, 1, _YEARS)
    if (private_key is None) != (chain is None):
        msg = "--import and --chain belong together: give the private key and its certificates"
        raise UsageError(msg)
    if private_key is not None and chain is not None:
        if name:
            msg = "--name: an imported certificate has its own name; leave it out"
            raise UsageError(msg)
        _print(folder, import_key(folder, private_key, chain, now=datetime.now(UTC)))
    else:
        if not name:
            msg = "--name: give the name of your organisation; people who check a copy see it"
            raise UsageError(msg)
        _print(folder, create_key(folder, name, years=years, now=datetime.now(UTC)))


@app.command()
def show(folder: Folder) -> None:
    """Show whose key it is and until when it can sign.

    The private key is never shown.
    """
    require_signing()
    from passerby.release.site_key import load_key  # noqa: PLC0415 - loads a library

    _print(folder, load_key(folder, now=datetime.now(UTC)))


app.command()(sign)


def _print(folder: Path, key: SiteKey) -> None:
    typer.echo(f"name         {key.name}")
    typer.echo(f"issued by    {key.issuer}")
    typer.echo(f"valid        {key.begins:%Y-%m-%d} to {key.ends:%Y-%m-%d}")
    typer.echo(f"signature    {key.algorithm}")
    typer.echo(f"fingerprint  {key.fingerprint} (SHA-256 of the certificate)")
    if key.authority:
        typer.echo(f"to check     give {folder / 'authority.pem'} to those who check your copies")
    else:
        typer.echo("to check     others need the certificate of the authority that issued yours")
