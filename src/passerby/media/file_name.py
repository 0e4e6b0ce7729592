"""Tells from a name alone why it cannot be a file, before anything is opened."""

from __future__ import annotations

import os
import re
from pathlib import Path

_ADDRESS = re.compile(r"(?i)([a-z][a-z0-9+.-]+):/")
"""A scheme of at least two letters (one letter is a drive); `Path` turns the two slashes into one."""
_NAME_BYTES = 255


def why_no_file(name: str) -> str:
    """Return why a name cannot name a file, and what to do; "" if it can. Passwords in addresses are not repeated.

    >>> why_no_file("rtsp://user:secret@10.0.0.5/live")
    'rtsp://...: this is an address, but only files are read; save the video to a file first'
    >>> why_no_file("hall/door.mp4")
    ''
    """
    if name == "-":
        return "-: standard input is not read, because some files must be read twice; save it to a file and name that"
    address = _ADDRESS.match(name)
    if address is not None:
        return (
            f"{address[1].lower()}://...: this is an address, but only files are read; save the video to a file first"
        )
    for part in Path(name).parts:
        size = len(os.fsencode(part))
        if size > _NAME_BYTES:
            start = os.fsencode(part)[:40].decode(errors="ignore")
            return f"{start}...: the name has {size} bytes, over the limit of {_NAME_BYTES}; check the name"
    return ""
