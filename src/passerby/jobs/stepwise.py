"""Work that yields its steps and ends with a result."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

S = TypeVar("S")
R = TypeVar("R")


class Stepwise(Generic[S, R]):
    """The steps of some work, and its result after the last one; as a context manager it stops unfinished work.

    Args:
        steps: The work: yields its steps and returns the result.

    >>> def work():
    ...     yield "half"
    ...     yield "done"
    ...     return 42
    >>> with Stepwise(work()) as steps:
    ...     print(*steps, steps.result)
    half done 42
    """

    def __init__(self, steps: Generator[S, None, R]) -> None:
        self._steps = steps
        self._result: list[R] = []

    def __iter__(self) -> Iterator[S]:
        """Yield the remaining steps."""
        self._result.append((yield from self._steps))

    @property
    def result(self) -> R:
        """The result of the work.

        Raises:
            LookupError: The work has not ended.
        """
        if not self._result:
            msg = "the work has not ended: iterate over all steps first"
            raise LookupError(msg)
        return self._result[0]

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the work."""
        self._steps.close()
