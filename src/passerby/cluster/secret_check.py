"""Whether a cluster takes this machine's secret: Ray itself would ask again and again instead of saying so."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from subprocess import DEVNULL, PIPE
from typing import Final

from passerby.cluster.node_files import NodeFiles
from passerby.cluster.node_program import ray_environment
from passerby.errors import UsageError

PATIENCE_S: Final = 60.0
_ASK: Final = "import sys; from ray._raylet import GcsClient; GcsClient(address=sys.argv[1])"
_REFUSED: Final = "InvalidAuthToken"


def require_secret(address: str, files: NodeFiles) -> None:
    """Refuse a secret that the first node of a cluster does not take; without an answer in time, nothing is refused.

    Ray is asked in a process of its own, because it reads its settings only once.

    Args:
        address: Of the first node, HOST:PORT.
        files: What this machine joins with.

    Raises:
        UsageError: The first node refuses it.
    """
    command = [sys.executable, "-c", _ASK, address]
    environment = ray_environment(files, os.environ)
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, text=True, errors="replace"
    ) as asking:
        end = threading.Timer(PATIENCE_S, asking.kill)
        end.start()
        try:
            refused = any(_REFUSED in line for line in asking.stderr or ())
        finally:
            end.cancel()
            asking.kill()
    if refused:
        msg = (
            f"{files.secret}: not the secret of the cluster at {address}; copy this machine's folder again from where "
            "passerby cluster init made it"
        )
        raise UsageError(msg)
