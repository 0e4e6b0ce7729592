from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passerby.audit.tree import (
    TILE_WIDTH,
    TreeEdge,
    complete_root,
    consistency_proof,
    consistent,
    included,
    inclusion_proof,
    leaf_hash,
)

# RFC 6962's own tree is tested with these in Certificate Transparency's reference implementation.
INPUTS = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


def root_by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hashlib.sha256(b"\x01" + root_by_definition(hashes[:split]) + root_by_definition(hashes[split:])).digest()


def source(hashes: list[bytes]):
    return lambda height, number: complete_root(hashes[number << height : (number + 1) << height])


def edge_of(hashes: list[bytes]) -> TreeEdge:
    edge = TreeEdge()
    edge.add(hashes)
    return edge


def test_roots_are_those_of_the_reference_implementation():
    for count, root in enumerate(ROOTS, 1):
        assert edge_of([leaf_hash(each) for each in INPUTS[:count]]).root().hex() == root


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537, 66_000])
def test_the_edge_has_the_root_of_the_whole_tree(size):
    edge = edge_of(leaves(size))
    assert edge.size == size
    assert edge.root() == root_by_definition(leaves(size))


@given(st.lists(st.integers(0, 700), max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_tree_is_the_same_in_whatever_steps_it_grew(steps):
    hashes = leaves(sum(steps))
    edge = TreeEdge()
    tiles, at = [], 0
    for step in steps:
        tiles += edge.add(hashes[at : at + step])
        at += step
    assert edge.root() == root_by_definition(hashes)
    lowest = [hash_ for tile in (*tiles, *edge.partial()) if tile.level == 0 for hash_ in tile.hashes]
    assert lowest == hashes
    assert all(len(tile.hashes) == TILE_WIDTH for tile in tiles)


@given(st.integers(1, 600), st.data())
@settings(max_examples=150, deadline=None)
def test_inclusion_is_proved_for_every_leaf_and_for_no_other(size, data):
    hashes = leaves(size)
    root = root_by_definition(hashes)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, source(hashes))
    assert included(hashes[index], index, size, proof=proof, root=root)
    assert not included(leaf_hash(b"another"), index, size, proof=proof, root=root)
    assert not included(hashes[index], size, size, proof=proof, root=root)
    assert size == 1 or not included(hashes[index], (index + 1) % size, size, proof=proof, root=root)
    assert not included(hashes[index], index, size, proof=[*proof, root], root=root)
    assert size == 1 or not included(hashes[index], index, size, proof=proof[:-1], root=root)


@given(st.integers(1, 600), st.data())
@settings(max_examples=150, deadline=None)
def test_consistency_is_proved_for_every_older_tree_and_for_no_fork(size, data):
    hashes = leaves(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(old, size, source(hashes))
    old_root, root = root_by_definition(hashes[:old]), root_by_definition(hashes)
    assert consistent(old, size, old_root=old_root, new_root=root, proof=proof)

    fork = [*hashes]
    fork[data.draw(st.integers(0, old - 1))] = leaf_hash(b"rewritten")
    forged = root_by_definition(fork)
    assert not consistent(
        old, size, old_root=old_root, new_root=forged, proof=consistency_proof(old, size, source(fork))
    )
    assert not consistent(old, size, old_root=root_by_definition(fork[:old]), new_root=root, proof=proof)
    assert old == size or not consistent(old, size, old_root=old_root, new_root=root, proof=proof[:-1])
    assert not consistent(old, size, old_root=old_root, new_root=root, proof=[*proof, root])


def test_every_tree_grew_from_the_empty_one():
    assert consistent(0, 5, old_root=TreeEdge().root(), new_root=root_by_definition(leaves(5)), proof=[])
    assert not consistent(0, 5, old_root=leaf_hash(b""), new_root=root_by_definition(leaves(5)), proof=[])
    assert not consistent(6, 5, old_root=leaf_hash(b""), new_root=root_by_definition(leaves(5)), proof=[])
