"""`passerby camera`: add a camera to a site file, or find cameras on the network."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit, urlunsplit

import typer

from passerby.cli.number import require_within
from passerby.errors import RefusedError, SourceError, UsageError

if TYPE_CHECKING:
    from passerby.media.address import Address, Transport

WAIT_S = (0.5, 60.0)

app = typer.Typer(help="Add a camera to a site file, or find cameras.")


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="rtsp://, http(s)://, /dev/video0, a file, or simulation:NAME.")],
    site: Annotated[Path, typer.Option("--site", "-s", help="Site file; created if missing.")] = Path("site.yaml"),
    name: Annotated[str, typer.Option(help="Name of the camera; by default taken from its address.")] = "",
    username: Annotated[str, typer.Option(help="User name on the camera.")] = "",
    transport: Annotated[str, typer.Option(help="Transport of RTSP: tcp or udp.")] = "tcp",
    purpose: Annotated[str, typer.Option(help="Why the camera is there, in one sentence.")] = "",
    legal_basis: Annotated[str, typer.Option(help="Legal basis, such as legitimate_interests.")] = "",
) -> None:
    """Test a camera's stream and add the camera to a site file.

    The password is read from the environment variable NAME_PASSWORD, or you are asked for it; it is never written.
    """
    from passerby.media.address import Address, Transport  # noqa: PLC0415 - as above
    from passerby.settings.site.camera import LegalBasis  # noqa: PLC0415 - not needed for the help
    from passerby.settings.site_entry import CameraEntry, add_camera  # noqa: PLC0415 - as above

    if transport not in {"tcp", "udp"}:
        msg = f"--transport {transport}: write tcp or udp"
        raise UsageError(msg)
    if legal_basis and legal_basis not in set(LegalBasis):
        msg = f"--legal-basis {legal_basis}: write one of {', '.join(LegalBasis)}"
        raise UsageError(msg)
    bare, user, password = _parted(address)
    name = name or _name_of(bare)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
        msg = f"--name {name}: use letters, digits, _ . - and at most 64 characters"
        raise UsageError(msg)
    user = username or user
    variable = re.sub(r"\W", "_", name).upper()
    password = password or os.environ.get(f"{variable}_PASSWORD", "")
    if user and not password and sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, err=True)
    there = Address(bare)
    found = _probed(name, there.with_credentials(user, password) if user else there, Transport(transport))
    typer.echo(f"{name}: {found}")
    hidden = str(there) != bare  # the address contains a token
    entry = CameraEntry(
        name=name,
        address=f"${{{variable}_ADDRESS}}" if hidden else bare,
        username=user,
        secret=f"{variable}_PASSWORD" if user else "",
        purpose=purpose,
        legal_basis=legal_basis,
        comment=f"{found}; tested on {datetime.now(UTC):%Y-%m-%d}",
    )
    add_camera(site, entry)
    typer.echo(f"{site}: added {name}")
    for wanted, what in (
        (hidden, f"set {variable}_ADDRESS to the camera's address, which contains a secret"),
        (user, f"set {variable}_PASSWORD to the camera's password"),
        (not (purpose and legal_basis), f"write its purpose and legal_basis into {site}"),
    ):
        if wanted:
            typer.echo(f"before passerby up: {what}")


@app.command()
def discover(
    username: Annotated[str, typer.Option(help="ONVIF user name of the cameras.")] = "",
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds to wait for answers, 0.5 to 60.")] = 3.0,
    at: Annotated[str, typer.Option(help="Ask only HOST:PORT instead of the whole local network.")] = "",
) -> None:
    """Find ONVIF cameras on the local network.

    Shows the address of each camera's stream. Changes no camera and moves none.

    The password is read from the environment variable ONVIF_PASSWORD, or you are asked for it.
    """
    from passerby.media.camera.onvif import GROUP, find_devices, stream_address  # noqa: PLC0415 - not needed for the help

    require_within("--wait", wait_s, *WAIT_S)
    host, _, port = at.rpartition(":")
    if at and not (host and port.isdecimal() and int(port) < 1 << 16):
        msg = f"--at {at}: write HOST:PORT"
        raise UsageError(msg)
    password = os.environ.get("ONVIF_PASSWORD", "")
    if username and not password and sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, err=True)
    devices = find_devices(wait_s=wait_s, group=(host, int(port)) if at else GROUP)
    for device in devices:
        try:
            told = stream_address(device, username=username, password=password)
        except SourceError as error:
            told = str(error)
        typer.echo(f"{device.host}  {device.model or 'unknown model'}  {told}")
    if not devices:
        typer.echo("no ONVIF camera answered; cameras must be on this machine's own network and have ONVIF enabled")
    elif not username:
        typer.echo("to add one: passerby camera add ADDRESS --username USER", err=True)


def _probed(name: str, address: Address, transport: Transport) -> object:
    from passerby.media.camera.probe import probe  # noqa: PLC0415 - not needed for the help

    try:
        return probe(address, transport=transport)
    except RefusedError as error:
        msg = f"camera {name}: {error}"
        raise RefusedError(msg) from error
    except SourceError as error:
        msg = f"camera {name}: {error}"
        raise SourceError(msg) from error


def _parted(address: str) -> tuple[str, str, str]:
    """Return the address without user and password, the user, and the password."""
    if "://" not in address:
        return (str(Path(address).absolute()) if Path(address).is_file() else address), "", ""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)), unquote(parts.username or ""), unquote(parts.password or "")


def _name_of(address: str) -> str:
    parts = urlsplit(address)
    told = parts.hostname or Path(address.rpartition(":")[2]).stem
    return re.sub(r"[^A-Za-z0-9]+", "-", f"camera-{told}" if parts.hostname else told).strip("-")
