"""No core dumps: if a decoder crashed, the system would write the process's memory, with raw frames, to disk."""

from __future__ import annotations

import ctypes
import os
import resource
from typing import Final

_NOT_DUMPABLE: Final = (4, 0)  # prctl: PR_SET_DUMPABLE, off


def forbid_core_dumps() -> None:
    """Keep the system from writing this process's memory to disk, or to a program that collects crashes.

    Raises:
        OSError: The system refuses; no supported system does.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # the limit alone has no effect where the system sends dumps to a program
    if ctypes.CDLL(None, use_errno=True).prctl(*_NOT_DUMPABLE, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
