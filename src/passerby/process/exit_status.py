"""Exit statuses of the command line."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from typing import NoReturn

from passerby.errors import NoStoreError, PasserbyError, SourceError, TargetExistsError, UnknownModelError, UsageError

DONE = 0
FAILED = 1
WRONG_USE = 2
IN_DOUBT = 3
"""Done, but frames were covered whole or the check found something: a person should look."""

_WRONG = (UsageError, SourceError, TargetExistsError, UnknownModelError, NoStoreError)


def exit_code(error: PasserbyError) -> int:
    """Return the exit status for an error.

    >>> exit_code(SourceError("door.mp4: holds no video"))
    2
    """
    return WRONG_USE if isinstance(error, _WRONG) else FAILED


def worst(codes: Iterable[int]) -> int:
    """Return the exit status of a run whose parts ended differently.

    >>> worst([0, 3, 2, 0])
    2
    """
    order = (DONE, IN_DOUBT, WRONG_USE, FAILED)
    return max(codes, key=order.index, default=DONE)


def leave(code: int) -> NoReturn:
    """End this process; at once if a detector that does not respond was abandoned.

    If it came back while the interpreter ends, its native code would abort the process instead.
    """
    if all(thread is threading.current_thread() for thread in threading.enumerate()):
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
