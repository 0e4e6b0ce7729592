"""A site file that could be applied, and what is wrong with one that cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from passerby.errors import UsageError
from passerby.settings.site.consent import ConsentNeed
from passerby.settings.site.site import SiteSettings


@dataclass(frozen=True, slots=True)
class EditProblem:
    """Something wrong with a site file.

    Args:
        field: Its key, such as cameras[0].address; "" = the file as a whole.
        line: Line in the file, from 1; 0 = none.
        text: What is wrong, and what to do.
    """

    field: str
    line: int
    text: str


class EditRefusedError(UsageError):
    """A site file cannot be used.

    Args:
        problems: What is wrong with it.
    """

    def __init__(self, problems: list[EditProblem]) -> None:
        super().__init__("; ".join(": ".join(filter(None, (each.field, each.text))) for each in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class SiteProposal:
    """A site file that could be applied.

    Args:
        text: The file.
        settings: What it says.
        changes: Each key that changes, with its old and new value, without secrets.
        waiting: Keys that change only when the gateway is restarted.
        needs: What a second person must agree to.
    """

    text: str
    settings: SiteSettings
    changes: dict[str, str]
    waiting: tuple[str, ...]
    needs: list[ConsentNeed]


_LINE: Final = re.compile(
    r"(?s)^(?P<path>[^\n]*?):(?:(?P<line>\d+): )?\s*(?:(?P<field>[A-Za-z_][\w.\[\]]*): )?(?P<text>.*)$"
)


def problems_in(text: str, path: Path) -> list[EditProblem]:
    """Return the lines of an error about a site file, without the name of the file that was checked."""
    found = []
    for line in text.split("\n"):
        match = _LINE.match(line.replace(str(path), "site file"))
        if match is None:
            found.append(EditProblem("", 0, line.replace(str(path), "site file")))
        else:
            where = "" if match["path"] == "site file" else f"{match['path']}: "
            found.append(EditProblem(match["field"] or "", int(match["line"] or 0), where + match["text"]))
    return found
