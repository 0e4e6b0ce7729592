"""Which node runs a camera: the one that is least busy, by what cameras cost."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import count

from passerby.gateway.capacity import TOO_MUCH


@dataclass(frozen=True, slots=True)
class Room:
    """What a node has for cameras.

    Args:
        node: Its identifier.
        cores: Processors.
        memory_mb: Memory, MB.
    """

    node: str
    cores: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a camera needs.

    Args:
        cores: Processors that it keeps busy.
        memory_mb: Memory, MB.
    """

    cores: float
    memory_mb: float


class CameraPlacement:
    """Which camera runs on which node; one object plans for 20,000 cameras in seconds.

    A node takes cameras up to `TOO_MUCH` times its processors, as one machine does, and up to its memory. Of those that
    have room, the node whose busier resource is least used gets the camera; of two alike, the one that came first.

    >>> plan = CameraPlacement([Room("a", 2.0, 4000.0), Room("b", 4.0, 4000.0)])
    >>> [plan.place(name, Cost(0.5, 300.0)) for name in ("door", "hall", "yard")]
    ['a', 'b', 'b']
    """

    def __init__(self, rooms: Iterable[Room] = ()) -> None:
        self._rooms: dict[str, Room] = {}
        self._used: dict[str, tuple[float, float]] = {}
        self._cameras: dict[str, tuple[str, Cost]] = {}
        self._order: dict[str, int] = {}
        self._numbers = count()
        self._queue: list[tuple[float, int, str]] = []
        for room in rooms:
            self.add(room)

    def add(self, room: Room) -> None:
        """Take a node, or what has changed about one."""
        self._rooms[room.node] = room
        self._used.setdefault(room.node, (0.0, 0.0))
        self._order.setdefault(room.node, next(self._numbers))
        self._queued(room.node)

    def remove(self, node: str) -> list[str]:
        """Place nothing more on a node; return the cameras that are still there."""
        self._rooms.pop(node, None)
        return [camera for camera, (where, _) in self._cameras.items() if where == node]

    def place(self, camera: str, cost: Cost, *, avoid: frozenset[str] = frozenset()) -> str | None:
        """Choose the node for a camera, and reserve what it costs; a camera that was placed before is moved.

        Args:
            camera: Its name.
            cost: What it needs.
            avoid: Nodes that it must not go to.

        Returns:
            The node; None = none has room, and nothing is reserved.
        """
        self.leave(camera)
        passed_over: list[tuple[float, int, str]] = []
        node = None
        while self._queue and node is None:
            entry = heapq.heappop(self._queue)
            if entry[2] not in self._rooms or entry[0] != self.load(entry[2]):
                continue  # of before a change
            if passed_over and entry == passed_over[-1]:
                continue  # queued twice
            passed_over.append(entry)
            if entry[2] not in avoid and self._fits(entry[2], cost):
                node = entry[2]
        for entry in passed_over:
            heapq.heappush(self._queue, entry)
        if node is None:
            return None
        self._cameras[camera] = (node, cost)
        self._add(node, cost, 1)
        return node

    def leave(self, camera: str) -> None:
        """Release what a camera has reserved."""
        if (before := self._cameras.pop(camera, None)) is not None:
            self._add(*before, -1)

    def node_of(self, camera: str) -> str | None:
        """Return where a camera is; None = nowhere."""
        found = self._cameras.get(camera)
        return None if found is None else found[0]

    def by_node(self) -> dict[str, list[str]]:
        """Return the cameras on each node that has some, by name."""
        found: dict[str, list[str]] = {}
        for camera in sorted(self._cameras):
            found.setdefault(self._cameras[camera][0], []).append(camera)
        return found

    def used(self, node: str) -> Cost:
        """Return what the cameras on a node need together."""
        return Cost(*self._used.get(node, (0.0, 0.0)))

    def load(self, node: str, more: Cost = Cost(0.0, 0.0)) -> float:
        """Return the share of a node's busier resource that cameras use, with one more if it is given; 1 = full."""
        room = self._rooms[node]
        cores, memory_mb = self._used[node]
        return max(
            (cores + more.cores) / max(room.cores, 1e-9), (memory_mb + more.memory_mb) / max(room.memory_mb, 1e-9)
        )

    def why_full(self, cost: Cost) -> str:
        """Return why no node has room for a camera that needs so much, and the fix."""
        need = f"it needs about {cost.cores:.1f} processors and {cost.memory_mb:.0f} MB of memory"
        if not self._rooms:
            return f"no node can take part; {need}: see passerby cluster status"
        if not any(_holds(room, cost) for room in self._rooms.values()):
            largest = max(self._rooms.values(), key=lambda room: (room.cores, room.memory_mb))
            have = f"the largest node has {largest.cores:g} and {largest.memory_mb:.0f} MB"
            return f"every node is too small for it: {need}, {have}; add a larger one, or set effort: fast"
        return f"no node has room left: {need}; add a node, or set effort: fast"

    def why_small(self, node: str, costs: Collection[Cost]) -> str:
        """Return why a node could take no camera of some even if it had none, and the fix; "" = it could take one.

        Args:
            node: The node.
            costs: What the cameras need, each.
        """
        room = self._rooms[node]
        if not costs or any(_holds(room, each) for each in costs):
            return ""
        least = min(costs, key=lambda cost: (cost.cores, cost.memory_mb))
        need = f"the smallest needs about {least.cores:.1f} processors and {least.memory_mb:.0f} MB of memory"
        have = f"it offers {room.cores:g} and {max(0.0, room.memory_mb):.0f} MB"
        return f"too small for every camera of this site: {need}, {have}; use a larger machine, or set effort: fast"

    def _fits(self, node: str, cost: Cost) -> bool:
        room = self._rooms[node]
        cores, memory_mb = self._used[node]
        return cores + cost.cores <= room.cores * TOO_MUCH and memory_mb + cost.memory_mb <= room.memory_mb

    def _add(self, node: str, cost: Cost, sign: int) -> None:
        cores, memory_mb = self._used[node]
        self._used[node] = (max(0.0, cores + sign * cost.cores), max(0.0, memory_mb + sign * cost.memory_mb))
        if node in self._rooms:
            self._queued(node)

    def _queued(self, node: str) -> None:
        heapq.heappush(self._queue, (self.load(node), self._order[node], node))


def _holds(room: Room, cost: Cost) -> bool:
    """Return whether a node has room for a camera if it has no other."""
    return room.cores * TOO_MUCH >= cost.cores and room.memory_mb >= cost.memory_mb
