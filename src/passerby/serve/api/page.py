"""Long lists in pages: a cursor names the last entry that was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar
from urllib.parse import quote

from fastapi import Depends, Query, Request, Response

MOST: Final = 500

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list is asked for.

    Args:
        path: Path of the list.
        after: Cursor of the last entry of the page before; "" = the first page.
        limit: Entries in one page.
        answer: Names the next page in its `Link` header.
    """

    path: str
    after: str
    limit: int
    answer: Response

    def of(self, entries: Sequence[_Entry], cursor: Callable[[_Entry], str]) -> list[_Entry]:
        """Return the page of a list.

        Args:
            entries: All entries, sorted by their cursors.
            cursor: Returns what names an entry; the entry that `after` names may have gone meanwhile.
        """
        rest = [each for each in entries if not self.after or cursor(each) > self.after]
        chosen = rest[: self.limit]
        if len(chosen) < len(rest):
            query = f"limit={self.limit}&after={quote(cursor(chosen[-1]))}"
            self.answer.headers["Link"] = f'<{self.path}?{query}>; rel="next"'
        return chosen


async def _page(
    request: Request,
    answer: Response,
    after: Annotated[str, Query(max_length=100, description="Cursor: entries after this one; `Link` has it.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST, description="Entries in one page.")] = MOST,
) -> Page:
    return Page(request.url.path, after, limit, answer)


PageHere = Annotated[Page, Depends(_page)]
