"""Ray's own programs on this machine: started with our secret and certificates."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from passerby.cluster.node_files import NodeFiles
from passerby.errors import UsageError

PORT = 6379
"""Where the first node listens for the others, unless another port is named."""
STORE_BYTES = 100_000_000
"""Ray's shared memory for large messages: nothing but encoded, covered pictures passes through it."""
NODE_STATE = "PASSERBY_NODE_STATE"
"""Environment variable: where a node keeps recordings and keys of the cameras that it runs."""
HEALTH = {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "3000",
    "RAY_health_check_failure_threshold": "3",
}
"""A node that does not answer is given up after about 10 s; by default Ray takes over a minute."""
_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class NodeStart:
    """How this machine takes part in a cluster.

    Args:
        files: What it joins with.
        head: Address of the first node, HOST:PORT; "" = this is the first.
        own: Address under which the other nodes reach this one; "" = Ray finds it.
        port: Where the first node listens.
        cores: Processors that it offers; None = all.
        folder: Where Ray stores its sockets and logs; None = its usual place.
        state: Where this node stores recordings and keys of its cameras; None = the user's own place for it.
    """

    files: NodeFiles
    head: str = ""
    own: str = ""
    port: int = PORT
    cores: int | None = None
    folder: Path | None = None
    state: Path | None = None

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return the variables that Ray is started with, added to those that are given."""
        made = ray_environment(self.files, given)
        return made if self.state is None else made | {NODE_STATE: str(self.state.absolute())}

    def command(self) -> list[str]:
        """Return Ray's command line."""
        command = [sys.executable, "-c", "from ray.scripts.scripts import main; main()", "start", "--block"]
        command += ["--disable-usage-stats", f"--object-store-memory={STORE_BYTES}"]
        if self.head:
            command += [f"--address={checked_address(self.head)}"]
        else:
            command += ["--head", f"--port={self.port}", "--include-dashboard=false"]
            if self.folder is not None:
                command += [f"--temp-dir={self.folder.absolute()}"]
        if self.own:
            command += [f"--node-ip-address={self.own}"]
        if self.cores is not None:
            command += [f"--num-cpus={self.cores}"]
        return command


def checked_address(text: str) -> str:
    """Return the address of a cluster if it is one.

    Raises:
        UsageError: It has another form, or is one of Ray Client, through which pictures would make a detour.

    >>> checked_address("10.0.0.5:6379")
    '10.0.0.5:6379'
    """
    if text.startswith("ray://"):
        msg = (
            f"{text}: addresses of Ray Client are not used, because everything would pass through the first node; "
            "join this machine (passerby cluster join) and give the first node's address as HOST:PORT"
        )
        raise UsageError(msg)
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 1 << 16:
        msg = f"{text}: not the address of a cluster; give the first node's as HOST:PORT, such as 10.0.0.5:{PORT}"
        raise UsageError(msg)
    return text


def ray_environment(files: NodeFiles, given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which Ray asks for our secret and encrypts everything between nodes.

    Args:
        files: What this machine joins with.
        given: The environment to add them to.
    """
    return {
        **given,
        **HEALTH,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(files.secret.absolute()),
        "RAY_USE_TLS": "1",
        "RAY_TLS_SERVER_CERT": str(files.certificate.absolute()),
        "RAY_TLS_SERVER_KEY": str(files.key.absolute()),
        "RAY_TLS_CA_CERT": str(files.authority.absolute()),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_DISABLE_IMPORT_WARNING": "1",
    }
