"""A network that is cut between a gateway and the node of its camera: what the node measures alone arrives, once."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.cluster.capabilities import Capability, allowed
from tests.cluster.namespaces import IP
from tests.cluster.site_on_two import SiteOnTwo, site_on_two
from tests.live.mark import write_clip
from tests.waiting import until

SECONDS = 3
pytestmark = [
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: the extra `cluster` has it"),
    pytest.mark.skipif(
        not allowed(Capability.NET_ADMIN, Capability.SYS_ADMIN) or not Path(IP).exists(),
        reason="network namespaces need root and the program ip",
    ),
]


def test_what_a_node_measures_while_it_is_cut_off_arrives_once_when_the_network_is_back(
    registry_models: None, tmp_path: Path
) -> None:
    with site_on_two(write_clip(tmp_path / "marked.mp4")) as site:
        site.start_node(0, cores=0)  # the camera has only one node to run on
        site.start_node(1)
        site.start_gateway(0)  # it waits for the nodes
        until(site.seconds, shown=site.shown)
        site.machines.cut()
        before = site.spooled(1)  # what is written from now on cannot have been sent
        until(lambda: len(site.spooled(1) - before) >= SECONDS, shown=site.shown)
        alone = site.spooled(1) - before
        assert not alone & _arrived(site), "the network is not cut"
        site.machines.heal()
        until(lambda: alone <= _arrived(site), shown=site.shown)
        site.wait_for(max(alone))  # and it goes on
        assert max(each.coverage for each in site.seconds()) <= 1.0, "a second was stored twice"
        assert not re.search("node records missing.*lost: [1-9]", site.shown())


def _arrived(site: SiteOnTwo) -> set[int]:
    """Return the seconds of which signals are in the gateway's database."""
    return {each.start_s for each in site.seconds()}
