"""One machine stays as simple as it was: nothing imports Ray unless a cluster is asked for."""

from __future__ import annotations

import subprocess
import sys

IMPORTS = """
import sys
sys.modules["ray"] = None  # as if it were not installed
import passerby.cli.app, passerby.cli.cluster, passerby.cli.up
import passerby.gateway.site_gateway, passerby.serve.site_server, passerby.jobs.batch
import passerby.cluster.camera_on_node, passerby.cluster.file_spread, passerby.cluster.node_program
assert [name for name in sys.modules if name.split(".")[0] == "ray"] == ["ray"]
print("fine")
"""


def test_the_gateway_the_command_line_and_jobs_import_no_ray() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert done.stdout == "fine\n"
