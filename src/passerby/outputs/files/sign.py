"""Draws the A4 sign beside a camera: what passers-by must be told first, and a QR code to the rest."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from passerby.errors import UsageError
from passerby.installation import how_to_install
from passerby.outputs.files.sign_icon import (
    INK,
    PAPER,
    Point,
    building_icon,
    camera_icon,
    clock_icon,
    scales_icon,
    target_icon,
)
from passerby.outputs.files.sign_words import WORDS, retention_in_words
from passerby.outputs.partial import PartialFile, write_error
from passerby.settings.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_MM: Final = 210.0
HEIGHT_MM: Final = 297.0
_MARGIN: Final = 18.0
_INDENT: Final = 32.0
"""Where text begins, right of the icons, mm from the left."""
_TOP: Final = 214.0
_BOTTOM: Final = 92.0
"""The four entries stand between these heights, mm from below."""
_PT_MM: Final = 25.4 / 72
_INCH_MM: Final = 25.4
_SIZES_PT: Final = (17.0, 15.0, 13.5, 12.0, 11.0)
"""Sizes of the text, from the one that is wanted to the smallest that is readable."""
_LINE: Final = 1.35
_LONGEST: Final = 200
"""No line has room for as many characters."""
_QUIET: Final = 4
"""Modules of white that a QR code needs on every side."""
_FORMATS: Final = (".pdf", ".svg", ".png")


@dataclass(frozen=True, slots=True)
class SignContent:
    """What a sign says.

    Args:
        camera: Name of the camera.
        site: Name of the site.
        controller: Who decides about the camera.
        purpose: Why it is there.
        contact: Where to ask and object.
        retention_h: Hours until recordings are erased; None = nothing is recorded.
        address: Of the camera's public page.
    """

    camera: str
    site: str
    controller: str
    purpose: str
    contact: str
    retention_h: float | None
    address: str


def write_sign(target: Path, content: SignContent, language: Language, *, replace: bool = False) -> None:
    """Write the sign of a camera, ready to print on A4.

    It is the first layer of the guidelines 3/2019 of the European Data Protection Board, section 7.1: who decides about
    the camera, what for, which rights people have, how long pictures are stored, and where they find the rest.

    Args:
        target: Ends in .pdf, .svg or .png.
        content: What it says.
        language: Of its own words; what the site file says stays as it was written.
        replace: Whether an existing file may be replaced.

    Raises:
        UsageError: The name has another extension, the text does not fit, or a package is missing.
        OutputError: The file exists or cannot be written.
    """
    suffix = target.suffix.lower()
    if suffix not in _FORMATS:
        msg = f"{target}: {suffix or 'a missing extension'} is not a format for signs; use .pdf or .svg (or .png)"
        raise UsageError(msg)
    file = PartialFile(target, replace=replace)
    try:
        file.write(drawn_sign(content, language, suffix.removeprefix(".")))
        file.commit()
    except OSError as error:
        raise write_error(target, error) from error
    finally:
        file.discard()


def drawn_sign(content: SignContent, language: Language, form: str) -> bytes:
    """Return the sign of a camera as a file, for one thread at a time.

    Args:
        content: What it says.
        language: Of its own words.
        form: pdf, svg or png.

    Raises:
        UsageError: The text does not fit, or a package is missing.
    """
    try:
        import segno  # noqa: PLC0415 - an optional package
        from matplotlib import rc_context  # noqa: PLC0415 - as above
        from matplotlib.figure import Figure  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        msg = f"a sign needs the package {error.name}; run {how_to_install('public')}"
        raise UsageError(msg) from error
    with rc_context(
        {"pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "passerby", "font.family": "DejaVu Sans"}
    ):
        figure = Figure(figsize=(WIDTH_MM / _INCH_MM, HEIGHT_MM / _INCH_MM), facecolor=PAPER)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH_MM), ylim=(0, HEIGHT_MM))
        axes.set_axis_off()
        _draw(axes, content, language, segno.make_qr(content.address, error="m").matrix)
        written = io.BytesIO()
        title = {"Title": f"{WORDS[language].title} {content.camera}, {content.site}"}
        dates: dict[str, None] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(form, {})
        figure.savefig(written, format=form, metadata=title | dates, dpi=150)
    return written.getvalue()


def _draw(axes: Axes, content: SignContent, language: Language, modules: Sequence[Sequence[int]]) -> None:
    words = WORDS[language]
    _fill(axes, [(0, 232), (WIDTH_MM, 232), (WIDTH_MM, HEIGHT_MM), (0, HEIGHT_MM)], INK)
    for shape, ink in camera_icon(_MARGIN, 246, 40):
        _fill(axes, shape, ink)
    _write(axes, (66, 268), words.title, 54, bold=True, ink=PAPER)
    _write_lines(axes, (66, 257), _wrapped(words.subtitle, 15, WIDTH_MM - 66 - _MARGIN), 15, ink=PAPER)

    entries = (
        (words.controller, content.controller),
        (words.purpose, content.purpose),
        (words.retention, retention_in_words(content.retention_h, words, language)),
        (words.rights, words.your_rights.format(contact=content.contact)),
    )
    size, blocks = _fitting([text for _, text in entries])
    top, icons = _TOP, (building_icon, target_icon, clock_icon, scales_icon)
    spare = (_TOP - _BOTTOM - sum(_height(lines, size) for lines in blocks)) / len(blocks)
    for (heading, _), lines, icon in zip(entries, blocks, icons, strict=True):
        for shape, ink in icon(_MARGIN, top - 9, 9):
            _fill(axes, shape, ink)
        _write(axes, (_INDENT, top - size * _PT_MM), heading, size, bold=True)
        _write_lines(axes, (_INDENT, top - size * _PT_MM * (1 + _LINE)), lines, size)
        top -= _height(lines, size) + min(spare, 14.0)

    _fill(axes, [(_MARGIN, 84), (WIDTH_MM - _MARGIN, 84), (WIDTH_MM - _MARGIN, 84.6), (_MARGIN, 84.6)], INK)
    _draw_code(axes, modules, (_MARGIN, 16), 60)
    left, width = _MARGIN + 66, WIDTH_MM - 2 * _MARGIN - 66
    _write(axes, (left, 68), words.more, 17, bold=True)
    here = _wrapped(words.more_here, 13, width)
    _write_lines(axes, (left, 60), here, 13)
    _write_lines(
        axes, (left, 58 - len(here) * 13 * _PT_MM * _LINE), _cut(content.address, 12, width, bold=True), 12, bold=True
    )
    _write(axes, (left, 18), f"{content.site} / {content.camera}", 10)


def _fitting(texts: Sequence[str]) -> tuple[float, list[list[str]]]:
    """Return the largest size at which all entries fit, and their lines."""
    for size in _SIZES_PT:
        blocks = [_wrapped(text, size, WIDTH_MM - _INDENT - _MARGIN) for text in texts]
        if sum(_height(lines, size) + 3 for lines in blocks) <= _TOP - _BOTTOM:
            return size, blocks
    msg = "the sign has no room for so much text; shorten the camera's purpose, public.controller or public.contact"
    raise UsageError(msg)


def _height(lines: Sequence[str], size: float) -> float:
    """Return the height of an entry with its heading, mm."""
    return (len(lines) + 1) * size * _PT_MM * _LINE


@lru_cache(maxsize=4096)
def _width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text, mm."""
    from matplotlib.font_manager import FontProperties  # noqa: PLC0415 - an optional package
    from matplotlib.textpath import text_to_path  # noqa: PLC0415 - as above

    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) * _PT_MM


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """Return the lines of a text; a word that is wider than a line is cut."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}".strip()
            if line and _width(longer, size) > width:
                lines.append(line)
                longer = word
            *whole, line = _cut(longer, size, width)
            lines += whole
        lines.append(line)
    return lines


def _cut(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """Return a text in pieces that are no wider than a line; an address is cut after a slash if it can be."""
    pieces = []
    while _width(text[:_LONGEST], size, bold=bold) > width:
        most = max(1, bisect_right(range(1, _LONGEST), width, key=lambda count: _width(text[:count], size, bold=bold)))
        most = text.rfind("/", 10, most) + 1 or most
        pieces.append(text[:most])
        text = text[most:]
    return [*pieces, text]


def _write_lines(
    axes: Axes, at: Point, lines: Sequence[str], size: float, *, ink: str = INK, bold: bool = False
) -> None:
    for number, line in enumerate(lines):
        _write(axes, (at[0], at[1] - number * size * _PT_MM * _LINE), line, size, ink=ink, bold=bold)


def _write(axes: Axes, at: Point, text: str, size: float, *, ink: str = INK, bold: bool = False) -> None:
    weight = "bold" if bold else "normal"
    axes.text(*at, text, fontsize=size, color=ink, fontweight=weight, va="baseline", parse_math=False)


def _fill(axes: Axes, corners: Sequence[Point], ink: str) -> None:
    from matplotlib.patches import Polygon  # noqa: PLC0415 - an optional package

    axes.add_patch(Polygon(corners, closed=True, facecolor=ink, edgecolor="none", linewidth=0))


def _draw_code(axes: Axes, modules: Sequence[Sequence[int]], at: Point, side: float) -> None:
    """Draw a QR code with the white around it that readers need."""
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - an optional package
    from matplotlib.path import Path as Outline  # noqa: PLC0415 - as above

    step = side / (len(modules) + 2 * _QUIET)
    left, top = at[0], at[1] + side - _QUIET * step  # the white on its left is in the margin
    squares: list[Any] = []
    for row, line in enumerate(modules):
        for begin, end in _runs(line):
            x0, x1, y1 = left + begin * step, left + end * step, top - row * step
            squares.append(Outline([(x0, y1), (x1, y1), (x1, y1 - step), (x0, y1 - step), (x0, y1)], closed=True))
    outline = Outline.make_compound_path(*squares)
    axes.add_patch(PathPatch(outline, facecolor="#000000", edgecolor="none", linewidth=0, snap=False))


def _runs(line: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of what is dark in a row of modules: one shape for neighbours leaves no hairline between."""
    begin: int | None = None
    for at, dark in enumerate([*line, 0]):
        if dark and begin is None:
            begin = at
        elif not dark and begin is not None:
            yield begin, at
            begin = None
