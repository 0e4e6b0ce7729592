"""Cameras are spread by what they cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passerby.cluster.placement import CameraPlacement, Cost, Room
from passerby.gateway.capacity import TOO_MUCH

CAMERA = Cost(0.5, 300.0)
costs = st.lists(st.tuples(st.floats(0.1, 2.0), st.floats(50.0, 900.0)), min_size=1, max_size=40)


@given(costs)
def test_the_least_busy_node_that_has_room_gets_the_camera_and_none_is_overloaded(
    given_costs: list[tuple[float, float]],
) -> None:
    rooms = {name: Room(name, cores, 4000.0) for name, cores in (("a", 2.0), ("b", 2.0), ("c", 4.0))}
    plan = CameraPlacement(rooms.values())
    placed: dict[str, list[Cost]] = {name: [] for name in rooms}
    for number, numbers in enumerate(given_costs):
        cost = Cost(*numbers)
        fit = [
            name
            for name, room in rooms.items()
            if sum(each.cores for each in placed[name]) + cost.cores <= room.cores * TOO_MUCH
            and sum(each.memory_mb for each in placed[name]) + cost.memory_mb <= room.memory_mb
        ]
        loads = {name: plan.load(name) for name in fit}
        node = plan.place(str(number), cost)
        assert node == (min(fit, key=loads.__getitem__) if fit else None)
        if node is not None:
            placed[node].append(cost)


def test_cameras_of_a_node_that_goes_are_placed_on_the_others_and_its_room_is_free_when_it_returns() -> None:
    plan = CameraPlacement([Room("a", 2.0, 4000.0), Room("b", 2.0, 4000.0)])
    assert {plan.place(str(each), CAMERA) for each in range(4)} == {"a", "b"}
    left = plan.remove("a")
    assert len(left) == 2
    assert [plan.place(each, CAMERA) for each in left] == ["b", "b"]
    plan.add(Room("a", 2.0, 4000.0))
    assert plan.load("a") == 0.0
    assert plan.place("4", CAMERA) == "a"


def test_nodes_that_are_avoided_get_nothing_and_keep_their_place_in_the_order() -> None:
    plan = CameraPlacement([Room("a", 8.0, 9000.0), Room("b", 2.0, 4000.0)])
    assert plan.place("door", CAMERA, avoid=frozenset("a")) == "b"
    assert plan.place("door", CAMERA, avoid=frozenset("ab")) is None
    assert plan.node_of("door") is None
    assert plan.place("door", CAMERA) == "a"


def test_why_there_is_no_room_names_the_need_and_the_fix() -> None:
    big = Cost(3.5, 300.0)
    assert "no node can take part" in CameraPlacement().why_full(big)
    plan = CameraPlacement([Room("a", 2.0, 4000.0)])
    assert "every node is too small for it: it needs about 3.5 processors" in plan.why_full(big)
    assert "no node has room left" in plan.why_full(CAMERA)


def test_a_node_that_is_too_small_for_every_camera_is_named_with_the_need_and_the_fix() -> None:
    plan = CameraPlacement([Room("a", 2.0, 4000.0), Room("b", 2.0, -50.0)])
    assert plan.why_small("a", {CAMERA, Cost(3.5, 300.0)}) == ""
    assert plan.why_small("b", set()) == ""
    assert plan.why_small("b", {CAMERA, Cost(3.5, 300.0)}) == (
        "too small for every camera of this site: the smallest needs about 0.5 processors and 300 MB of memory, "
        "it offers 2 and 0 MB; use a larger machine, or set effort: fast"
    )
