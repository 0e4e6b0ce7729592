"""The nodes of a cluster over HTTP: what is known of each, and null for what is not; no secrets."""

from __future__ import annotations

import httpx
import pytest
from tests.serve.served import token_of
from tests.store.made import NOON_S
from tests.waiting import PATIENCE_S

from passerby.accounts.permission import Action
from passerby.gateway.cluster_source import ClusterInfo, NodeInfo, NodeState

HALL = NodeInfo(
    "10.0.0.5",
    NodeState.OK,
    host="hall-pc",
    version="1.0",
    software="ab" * 32,
    networks={"yunet": "cd" * 32},
    cores=4.0,
    memory_mb=8000.0,
    reserved_cores=0.333,
    reserved_mb=450.4,
    busy_cores=0.9,
    used_mb=3000.0,
    clock_ahead_s=-0.004,
    heard_s=NOON_S,
    waiting_bytes=12,
    cameras=("door",),
)
AWAY = NodeInfo("10.0.0.6", NodeState.SILENT, "its node cannot be reached", cores=2.0)


class Nodes:
    """The nodes of a made-up cluster."""

    def info(self) -> ClusterInfo:
        return ClusterInfo((HALL, AWAY), ("yard",), 3, 4, "the database does not answer; start it")


@pytest.fixture
def of_cluster(web):
    web.set_nodes(Nodes())
    yield web
    web.set_nodes(None)


def client(web, *actions, groups=None):
    token = token_of(web.accounts, "anna", name="-".join(actions), actions=frozenset(actions), groups=groups)
    return httpx.Client(base_url=web.address, timeout=PATIENCE_S, headers={"Authorization": f"Bearer {token}"})


def test_each_node_is_shown_with_what_is_known_of_it(of_cluster):
    with client(of_cluster, Action.SEE_CLUSTER) as somebody:
        found = somebody.get("/api/cluster").json()
    hall, away = found.pop("nodes")
    assert found == {
        "cluster": True,
        "without_node": ["yard"],
        "records_lost": 3,
        "rows_refused": 4,
        "problem": "the database does not answer; start it",
    }
    assert (hall["cores_reserved"], hall["cores_busy"], hall["memory_reserved_mb"]) == (0.33, 0.9, 450)
    assert (hall["heard"], hall["software_sha256"], hall["cameras"]) == ("2026-11-22T12:00:00Z", "ab" * 32, ["door"])
    assert away["state"] == "silent"
    assert [away[name] for name in ("cores_busy", "memory_mb", "clock_ahead_s", "heard", "waiting_bytes")] == [None] * 5


def test_one_machine_has_no_nodes(web):
    with client(web, Action.SEE_CLUSTER) as somebody:
        found = somebody.get("/api/cluster").json()
    assert (found["cluster"], found["nodes"]) == (False, [])


def test_metrics_name_nodes_and_leave_out_what_is_not_known(of_cluster):
    with client(of_cluster, Action.READ_METRICS) as somebody:
        text = somebody.get("/metrics").text
    assert 'passerby_node_cameras{node="10.0.0.5"} 1.0' in text
    assert 'passerby_node_state{node="10.0.0.6",passerby_node_state="silent"} 1.0' in text
    assert 'passerby_node_memory_used_bytes{node="10.0.0.5"} 3e+09' in text
    assert 'passerby_node_waiting_bytes{node="10.0.0.6"}' not in text
    assert "passerby_node_records_lost_total 3.0" in text
    assert "passerby_node_records_stored 0.0" in text


def test_one_machine_has_no_metrics_of_nodes(web):
    with client(web, Action.READ_METRICS) as somebody:
        assert "passerby_node" not in somebody.get("/metrics").text
