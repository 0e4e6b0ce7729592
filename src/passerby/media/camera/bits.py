"""How many bits an encoder spends on a pixel: with too few, people's outlines are lost among blocks."""

from __future__ import annotations

LEAST_PICTURES = 10
MOST_PICTURES = 600
"""A group that is longer is cut: some encoders send one key picture and no other."""
KEY_SHARE = 6
"""A key picture has about this many times the bits of the mean picture of a usual scene (5 to 15 in ten clips)."""


class BitCounter:
    """Counts over whole groups of pictures, each from a key picture to the next, of at least ten pictures.

    Key pictures count as a usual scene would need them: a scene in which nothing moves needs few bits between
    them, and is no worse to see for it.
    """

    def __init__(self) -> None:
        self.bits_per_pixel = 0.0
        """Of the last whole group, per pixel and picture; 0 until one has passed."""
        self._pixels = 0
        self._begin()

    def add(self, size: int, *, key: bool, pixels: int) -> None:
        """Take the next picture.

        Args:
            size: Encoded, bytes.
            key: Whether it needs no other picture.
            pixels: Of it, width times height.
        """
        if pixels != self._pixels:
            self._pixels = pixels
            self.bits_per_pixel = 0.0
            self._begin()
        elif self._count >= (LEAST_PICTURES if key else MOST_PICTURES):
            mean, key_mean = self._bits / self._count, self._key_bits / max(1, self._keys)
            self.bits_per_pixel = max(mean, key_mean / KEY_SHARE) / max(1, pixels)
            self._begin()
        if key or self._count:
            self._bits += 8 * size
            self._key_bits += 8 * size * key
            self._count += 1
            self._keys += key

    def _begin(self) -> None:
        self._bits = self._key_bits = self._count = self._keys = 0
