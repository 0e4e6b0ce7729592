"""Takes the picture of a floor plan that somebody sends, and names it in the site file of a running gateway.

What strangers can write is decoded in a process of its own, with little memory and time, and encoded anew; only that is
stored.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from passerby.errors import UsageError
from passerby.gateway.site_editor import Consent, SiteEditor
from passerby.gateway.stored_plan import erase_plans, plan_name, stored_plans
from passerby.outputs.partial import PartialFile, write_error

MOST_BYTES: Final = 8 << 20
"""Of a picture that is sent."""
_DECODER: Final = "passerby.outputs.files.plan_picture"
"""It is run, and never imported here."""
_LONGEST_S: Final = 30.0
_UNREADABLE: Final = "the picture cannot be read; save it again as PNG, with fewer pixels"


@dataclass(frozen=True, slots=True)
class EncodedPlan:
    """A picture of a floor plan that can be stored.

    Args:
        content: The file.
        name: Its name: another one for each content.
        width: px.
        height: px.
    """

    content: bytes
    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PlanWish:
    """A floor plan as somebody wants it.

    Args:
        name: Its name.
        width_m: How many metres its picture is wide.
        origin_px: Where 0, 0 m lies on the picture; None = where it was, of a new plan the lower left corner.
        turn_deg: Direction of the metres' x axis, counter-clockwise, degrees; None = as it was.
    """

    name: str
    width_m: float
    origin_px: tuple[float, float] | None
    turn_deg: float | None


def encoded_apart(sent: bytes) -> EncodedPlan:
    """Decode a picture and encode it anew, in another process.

    Raises:
        UsageError: It is no PNG or JPEG, damaged, or too large.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", _DECODER], input=sent, capture_output=True, timeout=_LONGEST_S, check=False
        )
        head, _, content = done.stdout.partition(b"\n")
        about = json.loads(head)
    except (subprocess.TimeoutExpired, ValueError) as error:  # the process was ended: it wanted too much
        raise UsageError(_UNREADABLE) from error
    if "problem" in about:
        raise UsageError(about["problem"])
    return EncodedPlan(content, plan_name(content, about["suffix"]), about["width"], about["height"])


def store_plan(
    editor: SiteEditor, picture: EncodedPlan, wish: PlanWish, *, account: str, consent: Consent
) -> dict[str, str]:
    """Store a picture beside the site file, name it there as a floor plan, and return each key that changes.

    The editor erases the picture that the plan had before, if it was stored in this way.

    Args:
        editor: Of the site file.
        picture: What is stored.
        wish: Name and scale of the plan.
        account: Who changes it.
        consent: As in `SiteEditor.apply`.

    Raises:
        EditRefusedError: The site file cannot be used with it; nothing is changed.
        AuditError: It cannot be logged; nothing is changed.
        OutputError: It cannot be written; nothing is changed.
    """
    with editor.changing():
        wanted, tag = editor.settings()
        plans: list[dict[str, Any]] = wanted.setdefault("plans", [])
        entry = next((each for each in plans if each.get("name") == wish.name), None)
        if entry is None:
            entry = {"name": wish.name, "origin_px": [0, picture.height]}
            plans.append(entry)
        entry |= {"picture": picture.name, "m_per_px": float(f"{wish.width_m / picture.width:.6g}")}
        entry |= {} if wish.origin_px is None else {"origin_px": list(wish.origin_px)}
        entry |= {} if wish.turn_deg is None else {"turn_deg": wish.turn_deg}
        _write(editor.folder / picture.name, picture.content)
        try:
            made = editor.apply(editor.text_of(wanted), tag=tag, account=account, consent=consent)
        finally:
            erase_plans({picture.name} - stored_plans(editor.site, editor.folder), editor.folder)
    return made.changes


def _write(target: Path, content: bytes) -> None:
    file = PartialFile(target, replace=True)
    try:
        file.write(content)
        file.commit()
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        file.discard()
