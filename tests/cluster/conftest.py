"""One small cluster of two nodes for all tests of a session."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from tests.cluster.nodes import TwoNodes, engine_of, two_nodes_running
from tests.store.conftest import address, postgres  # noqa: F401 - fixtures of another folder

from passerby.cluster.engine import Engine


@pytest.fixture(scope="session")
def two_nodes() -> Iterator[TwoNodes]:
    """A cluster of two nodes with two processors each."""
    if find_spec("ray") is None:  # not imported: it reads its environment only then
        pytest.skip("Ray is not installed: the extra `cluster` has it")
    with two_nodes_running() as nodes:
        yield nodes


@pytest.fixture(scope="session")
def engine(two_nodes: TwoNodes) -> Iterator[Engine]:
    """This process as a part of the cluster."""
    with engine_of(two_nodes) as joined_engine:
        yield joined_engine
