"""Connects to a camera of any kind."""

from __future__ import annotations

from pathlib import Path

from passerby.errors import RefusedError
from passerby.media.address import Address, Transport
from passerby.media.camera.arrival import Connection
from passerby.media.camera.simulated import SimulatedCamera
from passerby.media.camera.stream import LoopedFile, NetworkStream
from passerby.media.camera.usb import UsbCamera

_SIMULATION = "simulation:"


def connect(address: Address, transport: Transport) -> Connection:
    """Connect to a camera; the kind of its address decides how.

    Raises:
        SourceError: No connection is possible.
    """
    if address.scheme in {"rtsp", "rtsps", "http", "https"}:
        return NetworkStream(address, transport=transport)
    if address.url.startswith(_SIMULATION):
        return SimulatedCamera(address.url.removeprefix(_SIMULATION))
    if address.url.startswith("/dev/"):
        return UsbCamera(Path(address.url))
    if address.scheme:
        msg = f"addresses with {address.scheme}:// are not supported; use rtsp://, http://, /dev/video0 or a file"
        raise RefusedError(msg)
    return LoopedFile(Path(address.url))
