"""The nodes of a cluster for one gateway of a site, and for no other at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from passerby.cluster.engine import Engine, NoAnswer
from passerby.cluster.fleet import Fleet
from passerby.cluster.site_claim import PREFIX, SiteClaim
from passerby.errors import UsageError

ANSWER_S: Final = 10.0


@contextmanager
def claimed_fleet(
    site: str, engine: Engine, *, clock: Callable[[], float], monotonic: Callable[[], float]
) -> Iterator[Fleet]:
    """Run the cameras of a site on a cluster while entered; no other gateway can do so at the same time.

    Args:
        site: Name of the site.
        engine: The cluster.
        clock: The system's clock, UTC since 1970, s.
        monotonic: A clock that never goes back, s.

    Raises:
        UsageError: Another gateway runs the site.
        PasserbyError: The first node does not answer.
    """
    fleet = Fleet(site, engine, clock=clock, monotonic=monotonic)
    name = PREFIX + site
    try:
        claim = engine.claim(name, SiteClaim, fleet.state())
    except UsageError as error:
        raise UsageError(_taken(site, engine, name)) from error
    thread = threading.Thread(target=fleet.run, args=(claim,), name="passerby-fleet", daemon=True)
    try:
        fleet.refresh()
        thread.start()
        yield fleet
    finally:
        fleet.stop()
        fleet.spares.close()
        engine.end(claim)


def _taken(site: str, engine: Engine, name: str) -> str:
    claim = engine.claimed(name).get(name)
    state = None if claim is None else engine.poll(claim.state.remote(), timeout_s=ANSWER_S)
    who = "another gateway"
    if state is not None and not isinstance(state, NoAnswer):
        who = f"the gateway on {state.host} (process {state.process})"
    return f"site {site!r}: {who} runs it on this cluster already; stop that one, or give this site another name"
