"""Finds cameras on the network for those who set a site up; it asks for addresses only, and never for a picture."""

from __future__ import annotations

from dataclasses import dataclass

from passerby.errors import SourceError
from passerby.media.camera.onvif import GROUP, find_devices, stream_address

WAIT_S = 3.0


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that answered.

    Args:
        host: Its IP address.
        model: Its model according to itself ("" = not given).
        address: Of its first stream, without credentials ("" = it gives none).
        problem: Why it gives none ("" = it does).
    """

    host: str
    model: str
    address: str
    problem: str


def find_cameras(
    *, username: str = "", password: str = "", wait_s: float = WAIT_S, group: tuple[str, int] = GROUP
) -> list[FoundCamera]:
    """Ask the local network for ONVIF cameras, and each one that answers for the address of its stream.

    Args:
        username: ONVIF user name of the cameras.
        password: Its password; it is sent as a digest.
        wait_s: How long to wait for answers, s.
        group: Address and port to ask.

    Raises:
        SourceError: There is no network.
    """
    found = []
    for device in find_devices(wait_s=wait_s, group=group):
        try:
            address, problem = stream_address(device, username=username, password=password), ""
        except SourceError as error:
            address, problem = "", str(error)
        found.append(FoundCamera(device.host, device.model, address, problem))
    return found
