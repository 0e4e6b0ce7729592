"""Which part of a file a browser asks for: it seeks in a video by asking for bytes."""

from __future__ import annotations

import re


def byte_range(text: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte that a Range header asks for; None = all, also where it makes no sense.

    >>> byte_range("bytes=2-", 10), byte_range("bytes=2-5", 10), byte_range("bytes=-3", 10), byte_range("bytes=20-", 10)
    ((2, 9), (2, 5), (7, 9), None)
    """
    found = re.fullmatch(r"bytes=(\d{0,15})-(\d{0,15})", text)
    if found is None or not size or not any(found.groups()):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size - 1
    first, last = int(found[1]), min(size - 1, int(found[2] or size - 1))
    return (first, last) if first <= last else None
