"""Nothing raw on disk, also when a decoder crashes: the system would write a process's memory there."""

from __future__ import annotations

import ctypes
import os
import resource
from typing import Final

_NOT_DUMPABLE: Final = (4, 0)  # prctl: PR_SET_DUMPABLE, no


def forbid_core_dumps() -> None:
    """Keep the system from writing this process's memory to disk, or to a program that collects crashes.

    Raises:
        OSError: The system refuses, which none does.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # the limit alone does not hold where the system hands dumps to a program
    if ctypes.CDLL(None, use_errno=True).prctl(*_NOT_DUMPABLE, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
