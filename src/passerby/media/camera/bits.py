"""Bits per pixel that an encoder uses: with too few, people's outlines are lost among coding blocks."""

from __future__ import annotations

LEAST_PICTURES = 10
MOST_PICTURES = 600
"""Longest group of pictures; a longer one is cut: some encoders send one keyframe and no other."""
KEY_SHARE = 6
"""A keyframe has about this many times the bits of the mean picture of a normal scene (5 to 15 in ten clips)."""


class BitCounter:
    """Counts bits over groups of pictures, each from a keyframe to the next, of at least ten pictures.

    Keyframes are counted with the bits that a normal scene would need: a scene in which nothing moves needs few
    bits between keyframes, but is just as clear.
    """

    def __init__(self) -> None:
        self.bits_per_pixel = 0.0
        """Bits per pixel and picture in the last complete group; 0 until there was one."""
        self._pixels = 0
        self._begin()

    def add(self, size: int, *, key: bool, pixels: int) -> None:
        """Add the next picture.

        Args:
            size: Its encoded size, bytes.
            key: Whether it is a keyframe.
            pixels: Its width times its height.
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
