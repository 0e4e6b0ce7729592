"""A node that would make other bytes, or date them wrongly, is refused in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from passerby.cluster.node_report import NodeReport, node_report, why_refused
from passerby.version import __version__

HERE = NodeReport("hall", "1.0", "abc", {"av": "18.0"}, {"yunet": "aa" * 32}, 4, 8000.0, 1000.0)


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ({"version": "1.1"}, "it has passerby 1.1, this machine 1.0; install the same"),
        ({"software": "abd"}, "has other code than this machine's"),
        ({"packages": {"av": "17.0"}}, "its av is 17.0, this machine's is 18.0"),
        ({"packages": {}}, "its av is not installed"),
        ({"networks": {}}, "it lacks the network yunet; run passerby models fetch"),
        ({"networks": {"yunet": "bb" * 32}}, "its network yunet is another file (SHA-256 bbbbbbbbbbbb"),
        ({"time_s": 990.0}, "its clock is 9 s behind"),
        ({"time_s": 1020.0}, "its clock is 18 s ahead"),
    ],
)
def test_a_node_that_differs_is_refused_with_the_fix(there: dict[str, object], words: str) -> None:
    found = why_refused(HERE, replace(HERE, **there), between_s=(999.0, 1002.0))  # type: ignore[arg-type]
    assert words in found
    assert ";" in found


def test_a_node_with_more_networks_and_a_slow_answer_takes_part() -> None:
    there = replace(HERE, networks={**HERE.networks, "more": "cc" * 32}, time_s=1003.5, cores=64)
    assert why_refused(HERE, there, between_s=(999.0, 1002.0)) == ""


def test_this_machine_fits_itself() -> None:
    first, second = node_report(lambda: 5.0), node_report(lambda: 6.0)
    assert first.version == __version__
    assert len(first.software) == 64
    assert all(first.packages.values())
    assert why_refused(first, second, between_s=(5.0, 6.0)) == ""
