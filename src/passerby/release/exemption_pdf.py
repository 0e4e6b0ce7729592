"""The exemption log as PDF; the same log gives the same bytes."""

from __future__ import annotations

import io
from functools import partial
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from passerby.errors import OutputError
from passerby.installation import how_to_install
from passerby.release.exemption import ExemptionLog
from passerby.release.exemption_text import COLUMNS, NOTES, facts, rows

_PLAIN, _BOLD = "passerby-plain", "passerby-bold"
_FILES: Final = {_PLAIN: "DejaVuSans.ttf", _BOLD: "DejaVuSans-Bold.ttf"}
_WIDTHS_MM: Final = (8, 18, 18, 15, 50, 33, 33)
_NO_GLYPH: Final = "\N{REPLACEMENT CHARACTER}"
_INK, _GREY, _LINE = colors.HexColor("#16202b"), colors.HexColor("#4a5866"), colors.HexColor("#cbd3da")


def exemption_pdf(log: ExemptionLog) -> bytes:
    """Return the log as a PDF file of A4 pages.

    Raises:
        OutputError: The font is not installed.
    """
    known = _letters()
    show = partial(_shown, known=known)
    plain = ParagraphStyle("plain", fontName=_PLAIN, fontSize=7.6, leading=9.6, textColor=_INK)
    bold = ParagraphStyle("bold", parent=plain, fontName=_BOLD)
    grey = ParagraphStyle("grey", parent=plain, textColor=_GREY)
    title = ParagraphStyle("title", parent=bold, fontSize=16, leading=20)
    head = [[Paragraph(show(name), grey), Paragraph(show(text), plain)] for name, text in facts(log)]
    table = [[Paragraph(show(name), bold) for name in COLUMNS]]
    table += [[Paragraph(show(cell), plain) for cell in row] for row in rows(log)]
    notes = list(NOTES)
    if any(_NO_GLYPH in show(text) for row in (*facts(log), *rows(log)) for text in row):
        notes.append(f"{_NO_GLYPH} stands for a character that this file cannot show; the HTML and CSV files have it.")

    story: list[Any] = [Paragraph("Exemption log", title), Spacer(0, 4 * mm)]
    story.append(Table(head, colWidths=[36 * mm, 139 * mm], hAlign="LEFT", style=_head_style()))
    story += [
        Spacer(0, 6 * mm),
        Table(table, [each * mm for each in _WIDTHS_MM], repeatRows=1, hAlign="LEFT", style=_style()),
    ]
    story.append(Spacer(0, 5 * mm))
    story += [Paragraph(show(note), grey) for note in notes]

    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=15 * mm,
        rightMargin=15 * mm,
        topMargin=15 * mm,
        bottomMargin=18 * mm,
        title=f"Exemption log: {log.copy_name}",
        author=log.organisation or None,
        creator="passerby",
        invariant=1,  # no time of its own: the same log gives the same bytes
    )
    document.build(story, canvasmaker=partial(_NumberedPages, foot=log.copy_name, letters=known))
    return file.getvalue()


class _NumberedPages(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Writes `page 2 of 3` under each page, which is known only when the last one is there."""

    def __init__(self, *arguments: object, foot: str, letters: frozenset[int], **options: object) -> None:
        super().__init__(*arguments, **options)
        self._foot = "".join(each if ord(each) in letters else _NO_GLYPH for each in foot)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(_PLAIN, 7)
            self.setFillColor(_GREY)
            self.drawString(15 * mm, 10 * mm, self._foot[:90])
            self.drawRightString(195 * mm, 10 * mm, f"page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def _letters() -> frozenset[int]:
    """Register the fonts and return the characters that they can show.

    Raises:
        OutputError: They are not installed.
    """
    home = find_spec("matplotlib")
    if home is None or home.origin is None:
        msg = f"the exemption log as PDF needs a font that is not installed; run: {how_to_install('release')}"
        raise OutputError(msg)
    folder = Path(home.origin).parent / "mpl-data" / "fonts" / "ttf"
    try:
        for name, file in _FILES.items():
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, str(folder / file)))
    except (OSError, TTFError) as error:
        msg = f"{folder}: the font for the PDF cannot be read ({error}); run: {how_to_install('release')}"
        raise OutputError(msg) from error
    return frozenset(pdfmetrics.getFont(_PLAIN).face.charToGlyph)


def _shown(text: str, *, known: frozenset[int]) -> str:
    """Return a text as reportlab's paragraphs take it; what the font lacks is marked."""
    return escape("".join(each if ord(each) in known else _NO_GLYPH for each in text), quote=False)


def _head_style() -> TableStyle:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ]
    )


def _style() -> TableStyle:
    return TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LINEBELOW", (0, 0), (-1, 0), 1, _INK),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, _LINE),
        ]
    )
