"""Errors that are stored while the work goes on."""

from __future__ import annotations

from typing import TypeVar

from passerby.errors import PasserbyError

E = TypeVar("E", bound=PasserbyError)


def without_frames(error: E) -> E:
    """Return an error without its traceback, whose frames hold pictures and networks for as long as it is stored.

    The errors that caused it are dropped with it: its own text says what is wrong.
    """
    part: BaseException | None = error
    while part is not None:
        before = part.__cause__ or part.__context__
        part.__traceback__ = part.__cause__ = part.__context__ = None
        part = before
    return error
