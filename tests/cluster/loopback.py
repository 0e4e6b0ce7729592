"""What programs of this machine send to one another through the loopback, as it is on the wire."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERYTHING = 3  # ETH_P_ALL
_FORCED_BUFFER = 33  # SO_RCVBUFFORCE
_BUFFER = 64 << 20
_MOST = 256 << 20
_TCP = 6


class LoopbackCapture:
    """Records TCP segments of the loopback while entered.

    Args:
        address: Of this machine, IPv4; segments between other addresses are left out.

    Raises:
        PermissionError: Only root may.
    """

    def __init__(self, address: str) -> None:
        self._address = socket.inet_aton(address)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING))
        self._socket.setsockopt(socket.SOL_SOCKET, _FORCED_BUFFER, _BUFFER)  # on a busy machine, none may be dropped
        self._socket.bind(("lo", 0))
        self._socket.settimeout(0.2)
        self._segments: list[tuple[int, int, bytes]] = []
        self._bytes = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._record, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()

    def of_ports(self, ports: set[int]) -> bytes:
        """Return the contents of all segments from or to some ports."""
        return b"".join(data for source, target, data in list(self._segments) if source in ports or target in ports)

    def _record(self) -> None:
        while not self._over.is_set() and self._bytes < _MOST:
            try:
                packet = self._socket.recv(1 << 17)
            except TimeoutError:
                continue
            if packet[26:30] == self._address and (segment := _segment(packet)) is not None:
                self._segments.append(segment)
                self._bytes += len(segment[2])


def _segment(packet: bytes) -> tuple[int, int, bytes] | None:
    """Return ports and contents of the TCP segment in an Ethernet frame with IPv4; None = it holds no such segment."""
    if packet[12:14] != b"\x08\x00" or packet[23] != _TCP:
        return None
    tcp = packet[14 + 4 * (packet[14] & 15) :]
    source, target = struct.unpack_from("!HH", tcp)
    return source, target, tcp[4 * (tcp[12] >> 4) :]


def ports_of(processes: Iterable[int]) -> set[int]:
    """Return the TCP ports that processes have open."""
    owned = set()
    for process in processes:
        with suppress(OSError):
            for path in Path(f"/proc/{process}/fd").iterdir():
                with suppress(OSError):
                    owned.add(str(path.readlink()))
    ports = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in owned:
                ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports
