"""Which gateway runs a site on a cluster: one at a time, and the others are told by name who it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from passerby.gateway.cluster_source import ClusterInfo

PREFIX = "passerby-site-"


@dataclass(frozen=True, slots=True)
class SiteState:
    """Which gateway runs a site, where its cameras are, and how its nodes are.

    Args:
        site: Name of the site.
        host: Name of the gateway's machine.
        process: Number of its process.
        cameras: Address of the node of each camera; "" = none has room for it.
        cluster: How the nodes are, as the gateway knows it; None = it has not said so yet.
    """

    site: str
    host: str
    process: int
    cameras: dict[str, str] = field(default_factory=dict)
    cluster: ClusterInfo | None = None


class SiteClaim:
    """Exists in the cluster while a gateway runs a site.

    Args:
        state: Of the site.
    """

    def __init__(self, state: SiteState) -> None:
        self._state = state

    def state(self) -> SiteState:
        """Return who runs the site, and where its cameras are."""
        return self._state

    def set_state(self, state: SiteState) -> None:
        """Take where the cameras are now."""
        self._state = state
