"""Merkle trees as in RFC 6962: hashes of leaves and nodes, the right edge of a growing tree, and proofs.

A tile holds up to 256 neighbouring hashes of a level; a level is eight levels of the tree (C2SP tlog-tiles).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256().digest()

NodeSource: TypeAlias = Callable[[int, int], bytes]
"""Returns the hash of a complete subtree: its height (0 = leaf), and its number from the left."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of an entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root above hashes of one height.

    Args:
        hashes: A power of two of them.
    """
    sha256 = hashlib.sha256
    row = list(hashes)
    while len(row) > 1:
        row = [sha256(b"\x01" + left + right).digest() for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]


@dataclass(frozen=True, slots=True)
class FullTile:
    """A tile that is complete and never changes again.

    Args:
        level: Of the tile; 0 = hashes of entries.
        number: From the left.
        hashes: `TILE_WIDTH` of them.
    """

    level: int
    number: int
    hashes: tuple[bytes, ...]


class TreeEdge:
    """The right edge of a tree: of each level the hashes that fill no tile yet.

    Args:
        levels: Hashes by level, lowest first; fewer than `TILE_WIDTH` each.
        full: Number of full tiles of each of these levels.
    """

    def __init__(self, levels: Sequence[Sequence[bytes]] = (), full: Sequence[int] = ()) -> None:
        self._levels = [list(each) for each in levels] or [[]]
        self._full = list(full) or [0]

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._full[0] * TILE_WIDTH + len(self._levels[0])

    def add(self, leaves: Iterable[bytes]) -> list[FullTile]:
        """Add leaf hashes; return the tiles that became full, of each level in order."""
        done: list[FullTile] = []
        for leaf in leaves:
            hash_ = leaf
            for level in range(len(self._levels) + 1):
                if level == len(self._levels):
                    self._levels.append([])
                    self._full.append(0)
                row = self._levels[level]
                row.append(hash_)
                if len(row) < TILE_WIDTH:
                    break
                done.append(FullTile(level, self._full[level], tuple(row)))
                self._full[level] += 1
                hash_ = complete_root(row)
                row.clear()
        return done

    def partial(self) -> list[FullTile]:
        """Return the tiles that are not full yet, with the hashes that they have, lowest first."""
        rows = enumerate(zip(self._levels, self._full, strict=True))
        return [FullTile(level, full, tuple(row)) for level, (row, full) in rows if row]

    def root(self) -> bytes:
        """Return the root of the tree."""
        return _joined([root for row in reversed(self._levels) for root in _complete_parts(row)])


def _complete_parts(row: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the roots of the complete trees that neighbouring hashes make up, highest first."""
    at = 0
    for bit in reversed(range(TILE_HEIGHT)):
        if len(row) >> bit & 1:
            yield complete_root(row[at : at + (1 << bit)])
            at += 1 << bit


def _joined(roots: list[bytes]) -> bytes:
    """Return the root above complete trees of falling height."""
    if not roots:
        return EMPTY_ROOT
    root = roots.pop()
    while roots:
        root = node_hash(roots.pop(), root)
    return root


def range_root(first: int, end: int, node: NodeSource) -> bytes:
    """Return the root of the tree above leaves `first` to `end - 1` by themselves.

    Args:
        first: A multiple of the largest power of two below the number of leaves.
        end: First leaf that is not in it.
        node: Returns hashes.
    """
    roots = []
    at = first
    for height in reversed(range((end - first).bit_length())):
        if (end - first) >> height & 1:
            roots.append(node(height, at >> height))
            at += 1 << height
    return _joined(roots)


def inclusion_proof(index: int, size: int, node: NodeSource) -> list[bytes]:
    """Return the hashes that prove that a leaf is in the tree of a size, lowest first (RFC 6962, 2.1.1).

    Args:
        index: Of the leaf, less than `size`.
        size: Of the tree.
        node: Returns hashes.
    """
    proof: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(first, middle, node))
            first = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, node: NodeSource) -> list[bytes]:
    """Return the hashes that prove that a tree grew from an older one (RFC 6962, 2.1.2).

    Args:
        old: Size of the older tree, more than 0.
        new: Size of the tree, at least `old`.
        node: Returns hashes.
    """
    proof: list[bytes] = []
    first, end = 0, new
    whole = True  # the older tree is all that is left of this range, and its root is known to the reader
    while end != old:
        middle = first + _split(end - first)
        if old <= middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(first, middle, node))
            first = middle
            whole = False
    if not whole:
        proof.append(range_root(first, end, node))
    return proof[::-1]


def included(leaf: bytes, index: int, size: int, *, proof: Sequence[bytes], root: bytes) -> bool:
    """Return whether a proof shows that a leaf is in a tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, hash_ = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            hash_ = node_hash(each, hash_)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, each)
        at, last = at >> 1, last >> 1
    return last == 0 and hash_ == root


def consistent(old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether a proof shows that a tree grew from an older one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new:
        return old == 0 and not proof and old_root == EMPTY_ROOT
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    older = newer = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            older, newer = node_hash(each, older), node_hash(each, newer)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            newer = node_hash(newer, each)
        at, last = at >> 1, last >> 1
    return last == 0 and older == old_root and newer == new_root


def _split(size: int) -> int:
    """Return the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1
