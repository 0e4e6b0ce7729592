"""The exemption log as CSV and as a page that needs nothing but a browser."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import Final

from passerby.release.exemption import PAUSE_S, ExemptionLog

COLUMNS: Final = ("No.", "From", "To", "Medium", "What was done", "Reason", "Legal basis")
NOTES: Final = (
    "Times are hours, minutes and seconds from the start of the copy. Cover that passerby applied by itself is "
    f"listed in whole seconds, and pauses shorter than {PAUSE_S} s count as covered; what a person changed is listed "
    "as they set it.",
    "passerby writes no names into this log; reasons are printed as the reviewers gave them.",
    "Networks find people, and they miss some. A check that suspects nothing does not show that nobody can be seen.",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula, and reasons are free text."""
_STYLE: Final = """
:root { color-scheme: light; font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; }
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #16202b; background: #fff; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1.5rem; }
dt { color: #4a5866; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #cbd3da; padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top; }
th { border-bottom: 2px solid #16202b; }
td:nth-child(-n+3) { font-variant-numeric: tabular-nums; white-space: nowrap; }
footer { margin-top: 1.5rem; color: #4a5866; font-size: .87rem; }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } thead { display: table-header-group; } }
"""


def clock(time_s: float) -> str:
    """Return a time of the copy as hours, minutes and seconds.

    >>> clock(3723.456), clock(59.999)
    ('1:02:03.46', '0:01:00.00')
    """
    hundredths = round(100 * time_s)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"


def rows(log: ExemptionLog) -> list[tuple[str, ...]]:
    """Return the entries as text, in the order of `COLUMNS`."""
    return [
        (str(number), clock(each.from_s), clock(each.to_s), each.medium, each.what, each.reason, each.basis)
        for number, each in enumerate(log.entries, 1)
    ]


def facts(log: ExemptionLog) -> list[tuple[str, str]]:
    """Return what the head of the log states about the copy."""
    days = ", ".join(dict.fromkeys(day.isoformat() for day in log.reviewed))
    times = {0: "not reviewed by a person", 1: f"by one person, on {days}"}
    reviewed = times.get(len(log.reviewed), f"by {len(log.reviewed)} persons, on {days}")
    found = [
        ("Released by", log.organisation),
        ("Case number", log.case),
        ("Copy", log.copy_name),
        ("SHA-256 of the copy", log.copy_sha256),
        ("Length", f"at most {clock(log.duration_s).removesuffix('.00')}, {log.frames} frames"),
        ("Covered", f"{100 * log.covered_share:.1f} % of the picture on average"),
        ("Check", log.checked),
        ("Review", reviewed),
        ("Entries", str(len(log.entries))),
    ]
    return [(name, text) for name, text in found if text]


def exemption_csv(log: ExemptionLog) -> str:
    """Return the log as CSV: a row for each entry, times in s."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("number", "from_s", "to_s", "medium", "what", "reason", "legal_basis"))
    for number, each in enumerate(log.entries, 1):
        words = (_safe(word) for word in (each.medium, each.what, each.reason, each.basis))
        table.writerow((number, f"{each.from_s:.2f}", f"{each.to_s:.2f}", *words))
    return text.getvalue()


def exemption_html(log: ExemptionLog) -> str:
    """Return the log as a page without scripts or anything that is loaded."""
    head = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts(log))
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in COLUMNS)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows(log))
    notes = "".join(f"<p>{escape(note)}</p>" for note in NOTES)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Exemption log: {escape(log.copy_name)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Exemption log</h1>\n<dl>{head}</dl>\n"
        f"<table>\n<thead><tr>{columns}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
        f"<footer>{notes}</footer>\n</body>\n</html>\n"
    )


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
