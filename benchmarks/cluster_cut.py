"""What arrives when the network is cut between a gateway and the node of its camera, and when the first node is lost.

Started by `python -m benchmarks.cluster cut` and `head`; needs root: the two machines are network namespaces.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.cluster.site_on_two import LONGEST_S, SiteOnTwo, StoredSecond, kill_session, site_on_two
from tests.waiting import until

from benchmarks import clips, results

BEFORE, AFTER = 10, 20
"""Seconds with signals before something is wrong, and after everything is well again."""


def cut(seconds: float) -> Iterator[results.Row]:
    """Yield one row: signals of a camera whose node was cut off for some seconds, second by second.

    The first node is drained, so that the camera runs on the other one; it is taken back before the cut, so that the
    camera may move.
    """
    with site_on_two(clips.street("720p")) as site:
        for number in (0, 1):
            site.start_node(number)
        site.wait_for_nodes()
        site.drain(0)
        site.start_gateway(0)
        until(lambda: len(site.seconds()) >= BEFORE, timeout_s=LONGEST_S)
        site.drain(0, undo=True)
        yield _disturbed(site, seconds, site.machines.cut, site.machines.heal)


def head_lost(seconds: float) -> Iterator[results.Row]:
    """Yield one row: signals of a camera on the second node, as the gateway is, while the first one is lost."""
    with site_on_two(clips.street("720p")) as site:
        session = site.start_node(0)
        site.start_node(1)
        site.wait_for_nodes()
        site.drain(0)
        site.start_gateway(1)
        until(lambda: len(site.seconds()) >= BEFORE, timeout_s=LONGEST_S)
        yield _disturbed(site, seconds, lambda: kill_session(session), lambda: site.start_node(0))


def _disturbed(site: SiteOnTwo, seconds: float, begin: Callable[[], object], end: Callable[[], object]) -> results.Row:
    """Return what is stored of a time in which something was wrong, once everything is well again."""
    lost_before = site.lost()
    begun_s = time.time()
    begin()
    time.sleep(seconds)
    end()
    ended_s = time.time()
    site.wait_for(ended_s + AFTER)
    time.sleep(AFTER)  # what waited on the other node arrives
    return _judged(site.seconds(), begun_s, ended_s) | {"moved": site.lost() - lost_before}


def _judged(stored: list[StoredSecond], begun_s: float, ended_s: float) -> results.Row:
    """Return how many seconds are stored, and how much of each was observed: before, in and after the disturbance."""
    first, last = stored[0].start_s, stored[-1].start_s
    known = {each.start_s: each.coverage for each in stored}
    parts = {"before": (first + 1, begun_s), "during": (begun_s, ended_s), "after": (ended_s, last)}
    row: results.Row = {"lasted_s": round(ended_s - begun_s, 1)}
    for name, (from_s, to_s) in parts.items():
        wanted = range(int(from_s), int(to_s))
        row[f"{name}_seconds"] = len(wanted)
        row[f"{name}_missing"] = sum(second not in known for second in wanted)
        row[f"{name}_coverage"] = round(sum(known.get(second, 0.0) for second in wanted) / max(1, len(wanted)), 3)
    row["twice"] = sum(coverage > 1.0 for coverage in known.values())
    return row
