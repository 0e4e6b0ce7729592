"""Secrets and certificates: made once, checked before a node uses them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cluster.nodes import TwoNodes

from passerby.cluster.engine import require_reachable
from passerby.cluster.node_files import NodeFiles, make_node_files
from passerby.cluster.node_program import NodeStart, checked_address, ray_environment
from passerby.errors import UsageError

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_each_node_gets_its_own_key_and_all_get_the_same_secret(tmp_path: Path) -> None:
    first, second = make_node_files(tmp_path / "site", ["10.0.0.5", "hall.example.org"], now=NOW)
    for each in (first, second):
        each.require(now=NOW)
        assert {path.stat().st_mode & 0o777 for path in each.folder.iterdir()} == {0o600}
        assert not (each.folder / "authority-key.pem").exists()
    assert first.secret.read_bytes() == second.secret.read_bytes()
    assert first.key.read_bytes() != second.key.read_bytes()


def test_a_second_run_adds_nodes_and_changes_no_other(tmp_path: Path) -> None:
    (first,) = make_node_files(tmp_path, ["10.0.0.5"], now=NOW)
    before = first.certificate.read_bytes()
    again, more = make_node_files(tmp_path, ["10.0.0.5", "10.0.0.6"], now=NOW + timedelta(days=1))
    assert again.certificate.read_bytes() == before
    assert more.authority.read_bytes() == first.authority.read_bytes()
    (late,) = make_node_files(tmp_path, ["10.0.0.5"], now=NOW + timedelta(days=1000))
    assert late.certificate.read_bytes() != before


def test_what_is_wrong_with_a_folder_is_named(tmp_path: Path) -> None:
    (node,) = make_node_files(tmp_path / "site", ["10.0.0.5"], now=NOW)
    (other,) = make_node_files(tmp_path / "other", ["10.0.0.5"], now=NOW)
    with pytest.raises(UsageError, match="not valid now"):
        node.require(now=NOW + timedelta(days=1000))
    node.key.chmod(0o644)
    with pytest.raises(UsageError, match="other users of this machine can read it; run chmod 600"):
        node.require(now=NOW)
    node.key.chmod(0o600)
    shutil.copy(other.authority, node.authority)
    with pytest.raises(UsageError, match="not signed by"):
        node.require(now=NOW)
    with pytest.raises(UsageError, match="absent; make the folder with passerby cluster init"):
        NodeFiles(tmp_path).require(now=NOW)
    with pytest.raises(UsageError, match="not an address or host name"):
        make_node_files(tmp_path / "site", ["../up"], now=NOW)
    (tmp_path / "site" / "authority-key.pem").unlink()
    with pytest.raises(UsageError, match="missing or damaged; restore both"):
        make_node_files(tmp_path / "site", ["10.0.0.6"], now=NOW)


@pytest.mark.parametrize("text", ["ray://10.0.0.5:10001", "10.0.0.5", "10.0.0.5:0", "10.0.0.5:99999", "auto", "a b:1"])
def test_an_address_that_is_none_of_a_cluster_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        checked_address(text)


def test_ray_always_asks_for_the_secret_and_encrypts(tmp_path: Path) -> None:
    given = {"RAY_AUTH_MODE": "disabled", "RAY_USE_TLS": "0", "HOME": "/root"}
    found = ray_environment(NodeFiles(tmp_path), given)
    assert (found["RAY_AUTH_MODE"], found["RAY_USE_TLS"], found["HOME"]) == ("token", "1", "/root")
    assert found["RAY_USAGE_STATS_ENABLED"] == "0"
    command = NodeStart(NodeFiles(tmp_path), "10.0.0.5:6379", cores=0).command()
    assert "--disable-usage-stats" in command
    assert "--num-cpus=0" in command


def test_a_certificate_of_another_cluster_is_refused_in_words(two_nodes: TwoNodes, tmp_path: Path) -> None:
    own = two_nodes.address.rpartition(":")[0]
    (other,) = make_node_files(tmp_path, [own], now=datetime.now(UTC))
    with pytest.raises(UsageError, match="its certificate is not of this cluster, or not for this address"):
        require_reachable(two_nodes.address, other)
    with pytest.raises(UsageError, match="no cluster answers"):
        require_reachable(f"{own}:1", two_nodes.files)
