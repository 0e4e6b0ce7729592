"""Prints results as Markdown and writes them into docs/benchmarks.md and docs/accuracy.md.

python -m benchmarks.tables            prints all tables
python -m benchmarks.tables --write    puts them into the pages between their markers
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.covers import NEARLY_WHOLE
from benchmarks.results import Row
from benchmarks.tools import EVERYTHING

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = (DOCS / "benchmarks.md", DOCS / "accuracy.md")
QUIET = 0.5  # load above which times are not to be trusted
MARKED = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, and how a row fills it."""

    head: str
    cell: Callable[[Row], str]


def _text(key: str) -> Callable[[Row], str]:
    return lambda row: str(row[key])


def _number(key: str, digits: int = 0) -> Callable[[Row], str]:
    return lambda row: "-" if row[key] is None else f"{row[key]:,.{digits}f}"


def _parts(key: str) -> Callable[[Row], str]:
    return lambda row: " / ".join(str(each) for each in row[key])


def _short(key: str) -> Callable[[Row], str]:
    return lambda row: "-" if row[key] is None else _figure(row[key])


def _figure(value: float) -> str:
    """Return a figure with three digits that count; whole numbers as they are."""
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _percent(key: str, digits: int = 1) -> Callable[[Row], str]:
    return lambda row: "-" if row[key] is None else f"{100 * row[key]:.{digits}f} %"


def _maybe(key: str, *, percent: bool = False) -> Callable[[Row], str]:
    shown = _percent(key, 0) if percent else _number(key)
    return lambda row: shown(row) if key in row else "-"


def _list(key: str) -> Callable[[Row], str]:
    return lambda row: " ".join(str(value) for value in row[key])


def _seconds(row: Row, part: str) -> str:
    return f"{row[f'{part}_seconds']}, {row[f'{part}_missing']}, {100 * row[f'{part}_coverage']:.1f} %"


TOOL = Column("tool", _text("tool"))
AREA = Column("covered area", _percent("area"))
WHEN = Column("measured", lambda row: str(row.get("when", "as below")))
NEARLY = Column("pictures over 90 % covered", _percent("nearly_whole", 0))
_DISTURBED = (
    Column("lasted, s", _number("lasted_s", 1)),
    *(
        Column(f"{part}: seconds, missing, observed", lambda row, part=part: _seconds(row, part))
        for part in ("before", "during", "after")
    ),
    Column("stored twice", _number("twice")),
    Column("placements given up", _number("moved")),
)
TABLES: dict[str, tuple[Column, ...]] = {
    "speed": (
        Column("size", _text("size")),
        TOOL,
        Column("frames/s", _number("frames_per_s", 1)),
        Column("frames/s after the start", _number("after_start_per_s", 1)),
        Column("times deface", _number("times_deface", 1)),
        Column("share of the limit", _percent("share_of_limit", 0)),
        Column("CPU s", _number("cpu_s", 1)),
        Column("peak MB", _number("peak_mb")),
        Column("copy MB", _number("copy_mb", 1)),
        Column("start s", _number("start_s", 2)),
        Column("each run, s", _list("wall_s")),
    ),
    "passes": (
        Column("size", _text("size")),
        TOOL,
        Column("networks", _text("nets")),
        Column("ms per pass", _number("mean_ms", 1)),
        Column("longest pass, ms", _number("most_ms", 1)),
        Column("processor ms per pass", _number("cpu_ms", 1)),
    ),
    "memory": (
        Column("size", _text("size")),
        Column("clip, s", _number("seconds")),
        Column("peak MB", _number("peak_mb")),
        Column("first third, median MB", _number("first_third_mb")),
        Column("last third, median MB", _number("last_third_mb")),
        Column("frames/s", _number("frames_per_s", 1)),
        Column("peak in each minute of the run, MB", _list("each_minute_mb")),
    ),
    "leak": (
        Column("clip", _text("clip")),
        TOOL,
        Column("heads", _number("pairs")),
        Column("e80", _percent("exposed80", 2)),
        Column("e50", _percent("exposed50", 2)),
        Column("untouched", _percent("zero", 2)),
        Column("people ever exposed (e80)", _text("tracks80")),
        Column("bare head-frames per hour (e50)", _number("bare50_per_hour")),
        Column("exposed head-frames per hour (e80)", _number("bare80_per_hour")),
        AREA,
        Column("share of it on people", _percent("precision")),
        WHEN,
    ),
    "faces": (
        Column("set", _text("set")),
        TOOL,
        Column("faces", _number("faces")),
        Column("covered less than 80 %", _percent("exposed80")),
        Column("covered less than 50 %", _percent("exposed50")),
        AREA,
        NEARLY,
        Column("faces in the other pictures", _number("rest_faces")),
        Column("of them covered less than 80 %", _percent("rest_exposed80")),
        WHEN,
    ),
    "utility": (
        Column("scene", _text("scene")),
        Column("people", _text("people")),
        Column("half", _text("half")),
        Column("covered", _percent("covered")),
        Column("labelled", _maybe("labelled", percent=True)),
        Column("frames over 90 %", _percent("over90", 0)),
        Column("bodies from 0.5", _percent("sure")),
        Column("0.3 to 0.5", _percent("clear")),
        Column("0.15 to 0.3", _percent("faint")),
        Column("under 0.15", _percent("poor")),
        Column("margin", _percent("margin")),
        Column("hold", _percent("hold")),
        Column("motion", _percent("motion")),
        Column("whole", _percent("whole")),
    ),
    "moving": (
        Column("clip", _text("clip")),
        Column("camera", _text("camera")),
        TOOL,
        Column("heads", _number("pairs")),
        Column("e80", _percent("exposed80", 2)),
        Column("e50", _percent("exposed50", 2)),
        AREA,
    ),
    "close_ups": (
        Column("people who fill the picture", _text("name")),
        Column("half", _text("half")),
        Column("cover", _text("tool")),
        Column("frames or pictures", _number("frames")),
        AREA,
        Column("times the labelled bodies", _number("times", 2)),
        Column("faces", _number("faces")),
        Column("faces covered less than 80 %", _percent("faces80", 2)),
        Column("heads covered less than 80 %", _percent("heads80", 2)),
        Column("least covered head", _percent("least", 0)),
        Column("bodies covered less than 80 %", _percent("bodies80", 1)),
    ),
    "flicker": (
        Column("photo", _text("photo")),
        Column("clip", _text("variant")),
        TOOL,
        Column("faces", _number("faces")),
        Column("face-frames", _number("face_frames")),
        Column("bare", _percent("bare", 2)),
        Column("faces of its own set", _number("own_faces")),
        Column("bare in its own set", _percent("own_bare", 2)),
        AREA,
        NEARLY,
    ),
    "light": (
        Column("clip", _text("clip")),
        Column("weather", _text("weather")),
        TOOL,
        Column("heads", _number("pairs")),
        Column("e80", _percent("exposed80", 2)),
        Column("e50", _percent("exposed50", 2)),
        Column("bare head-frames per hour (e50)", _number("bare50_per_hour")),
        AREA,
        Column("frames covered whole", _percent("whole", 0)),
    ),
    "many": (
        TOOL,
        Column("people", _number("people")),
        Column("frames/s after the start", _number("frames_per_s", 1)),
        Column("times as slow as with 5", _number("times", 2)),
        Column("CPU s", _number("cpu_s", 1)),
        Column("peak MB", _number("peak_mb")),
    ),
    "crowd": (
        Column("heads per million pixels", _text("class")),
        TOOL,
        Column("pictures", _number("images")),
        Column("heads", _number("heads")),
        Column("head points uncovered", _percent("bare")),
        AREA,
        NEARLY,
    ),
    "plates": (
        Column("set", _text("set")),
        TOOL,
        Column("plates", _number("plates")),
        Column("not completely covered", _percent("missed")),
        Column("covered by less than 80 %", _percent("bare")),
        AREA,
    ),
    "store": (
        Column("what", _text("what")),
        Column("figure", _short("value")),
        Column("unit", _text("unit")),
        Column("target (maximum)", _short("target")),
    ),
    "audit": (
        Column("what", _text("what")),
        Column("figure", _short("value")),
        Column("unit", _text("unit")),
        Column("target", _text("target")),
    ),
    "api": (
        Column("what", _text("what")),
        Column("figure", _short("value")),
        Column("unit", _text("unit")),
        Column("target", _text("target")),
    ),
    "console": (
        Column("what", _text("what")),
        Column("figure", _short("value")),
        Column("unit", _text("unit")),
        Column("target", _text("target")),
    ),
    "alerts": (
        Column("what", _text("what")),
        Column("figure", _short("value")),
        Column("unit", _text("unit")),
        Column("limit", _short("target")),
    ),
    "review_person": (
        Column("speed of the pass", _number("speed")),
        Column("minutes for an hour", _number("minutes_per_hour", 1)),
        Column("of which looking", _number("looking_minutes_per_hour", 1)),
        Column("openings besides, minutes for an hour", _number("opening_minutes_per_hour", 1)),
        Column("keys", _number("keys")),
        Column("drags", _number("drags")),
        Column("bare heads before (frames)", _number("bare_head_frames_before")),
        Column("bare heads after (frames)", _number("bare_head_frames_after")),
    ),
    "review_page": (
        Column("what", _text("what")),
        Column("p50, ms", _number("median_ms", 1)),
        Column("p95, ms", _number("p95_ms", 1)),
        Column("slowest, ms", _number("slowest_ms", 1)),
        Column("target, ms", _number("target_ms")),
    ),
    "review_following": (
        Column("way", _text("way")),
        Column("regions", _number("regions")),
        Column("covers the head after 2 s", _percent("covered_after_2_s")),
        Column("after 5 s", _percent("covered_after_5_s")),
        Column("in all frames", _percent("covered_all_frames")),
    ),
    "live_held": (
        Column("cameras", _number("cameras")),
        Column("effort", _text("effort")),
        Column("networks", lambda row: row.get("detectors", "standard")),
        Column("recorded", lambda row: "yes" if row["record"] else "no"),
        Column("frames/s, slowest camera", _number("least_fps", 1)),
        Column("covered whole", _percent("whole_share")),
        Column("age p50, ms", _number("lag_p50_ms")),
        Column("age p95, ms", _number("lag_p95_ms")),
        Column("of which delay, ms", _number("delay_ms")),
        Column("cores used", _number("cores", 2)),
        Column("MB, largest camera", _number("memory_mb")),
    ),
    "live_back": (
        Column("after", _text("after")),
        Column("until a picture, s", _number("picture_s", 1)),
        Column("until one not covered whole, s", _number("active_s", 1)),
        Column("slowest of these, s", _number("worst_s", 1)),
    ),
    "live_soak": (
        Column("minutes", _number("minutes")),
        Column("kills and freezes", _number("faults")),
        Column("restarts of each camera", _list("restarts")),
        Column("covered pictures checked", _number("pictures")),
        Column("with the masked part bare", _number("bare")),
        Column("gaps over 1 s", _number("gaps")),
        Column("longest gap, s", _number("longest_gap_s", 1)),
        Column("gaps not reported by health", _number("gaps_untold")),
        Column("gaps of undisturbed cameras", _number("gaps_of_others")),
        Column("growth of memory, undisturbed cameras", _percent("growth_of_others")),
        Column("growth of memory, all", _percent("growth")),
        Column("serviceability of each", _list("served")),
    ),
    "latency": (
        Column("cameras", _number("cameras")),
        Column("way", _text("way")),
        Column("pictures", _number("pictures")),
        Column("p50, ms", _number("p50_ms")),
        Column("p95, ms", _number("p95_ms")),
        Column("intended delay, ms", _number("delay_ms")),
        Column("p95 beyond it, ms", _number("p95_beyond_ms")),
    ),
    "live_leak": (
        TOOL,
        Column("delay, s", _number("delay_s", 1)),
        Column("other cameras", _number("beside")),
        Column("pictures shown", _number("shown")),
        Column("covered less than 80 %", _percent("exposed80", 2)),
        Column("covered less than 50 %", _percent("exposed50", 2)),
        Column("covered area", _percent("area")),
    ),
    "counting": (
        Column("network", _text("net")),
        Column("effort", _text("effort")),
        TOOL,
        Column("frames", _text("frames")),
        Column("persons, mean", _number("persons", 2)),
        Column("error in view", _number("view_mae", 2)),
        Column("after a median", _number("view_mae_median", 2)),
        Column("error in the zone", _number("zone_mae", 2)),
        Column("crossings", _maybe("crossings")),
        Column("counted", _maybe("counted")),
        Column("count error", _maybe("count_error", percent=True)),
        Column("precision", _maybe("precision", percent=True)),
        Column("recall", _maybe("recall", percent=True)),
    ),
    "traffic": (
        Column("clip", _text("clip")),
        Column("line", _text("line")),
        Column("network", _text("net")),
        TOOL,
        Column("true", _text("true")),
        Column("reported", _text("told")),
        Column("error by direction", _percent("error", 0)),
        Column("error by class and direction", _percent("class_error", 0)),
    ),
    "traffic_bounds": (
        Column("half", _text("half")),
        Column("lines crossed by", _text("crossed_by")),
        Column("clip", _text("variant")),
        Column("lines", _number("lines")),
        Column("boxes alone", _parts("boxes")),
        Column("boxes and moving regions", _parts("regions")),
        Column("`from_above: true`", _parts("from_above")),
    ),
    "smallest_vehicle": (
        Column("width, share of the longer side", lambda row: f"{row['from']:.1%} to {row['to']:.1%}"),
        Column("vehicles", _number("vehicles")),
        Column("found", _percent("found", 0)),
    ),
    "crowd_count": (
        Column("people in the picture", _text("class")),
        TOOL,
        Column("pictures", _number("images")),
        Column("refused", _number("refused")),
        Column("relative error, mean", _percent("mean_error", 0)),
        Column("median", _percent("median_error", 0)),
        Column("bias", _percent("bias", 0)),
    ),
    "agreement": (
        Column("trajectories", _text("walk")),
        Column("quantity", _text("quantity")),
        Column("values", _number("values")),
        Column("largest difference", lambda row: f"{row['largest_difference']:.1e}"),
    ),
    "measuring": (
        Column("people in view", _number("people")),
        Column("Voronoi density", lambda row: "yes" if row["voronoi"] else "no"),
        Column("mean, ms", _number("mean_ms", 2)),
        Column("median, ms", _number("median_ms", 2)),
        Column("slowest frame, ms", _number("worst_ms", 2)),
    ),
    "watchdog_cost": (
        Column("clip", _text("clip")),
        Column("picture", _text("size")),
        Column("a look, ms of processor time", _number("look_ms")),
        Column("share of one core, a camera", _percent("core_share")),
    ),
    "watchdog_reaction": (
        Column("findings", _number("findings")),
        Column("captured to covered whole, median, ms", _number("capture_to_cover_ms_p50")),
        Column("95 of 100, ms", _number("capture_to_cover_ms_p95")),
    ),
    "watchdog_false": (
        Column("clip", _text("clip")),
        Column("looks", _number("looks")),
        Column("camera-hours", _number("camera_hours", 1)),
        Column("looks with a weak spot", _number("looks_with_a_spot")),
        Column("findings", _number("alarms")),
        Column("findings a day and camera", _number("alarms_a_day", 2)),
        Column("at most (95 %)", _number("alarms_a_day_at_most", 1)),
    ),
    "cluster_cut": _DISTURBED,
    "cluster_head": _DISTURBED,
    "cluster_moved": (
        Column("event", _text("event")),
        Column("rounds", _number("rounds")),
        Column("without a covered picture, median, s", _number("median_s", 1)),
        Column("longest, s", _number("longest_s", 1)),
    ),
    "cluster_overhead": (
        Column("where", _text("where")),
        Column("cameras", _number("cameras")),
        Column("cores used", _number("cores", 3)),
        Column("memory, MB", _number("memory_mb")),
    ),
    "cluster_files": (
        Column("nodes", _number("nodes")),
        Column("files", _number("files")),
        Column("failed", _number("failed")),
        Column("files/s", _number("files_s", 3)),
    ),
    "review_signing": (
        Column("recording, s", _number("recording_s")),
        Column("signature, bytes", _number("signature_bytes")),
        Column("time to sign, median, ms", _number("median_ms", 1)),
    ),
    "venue": (
        Column("people", _number("people")),
        Column("stands simulated", _number("simulated")),
        Column("what", _text("what")),
        Column("reported", _short("told")),
        Column("true", _short("true")),
        Column("unit", _text("unit")),
    ),
}


def table(name: str) -> str:
    """Return one benchmark's table and the line that says where it comes from."""
    if not (results.FOLDER / f"{name}.json").exists():
        return "Not measured yet.\n"
    found = results.load(name)
    columns = TABLES[name]
    lines = [[column.head for column in columns], ["---"] * len(columns)]
    lines += [[column.cell(row) for column in columns] for row in found["rows"]]
    body = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return f"{body}\n\n{_caution(found['rows'])}{_origin(found['machine'])}\n"


def _caution(rows: list[Row]) -> str:
    """Return a line that names the rows whose cover is near that of a blank picture, "" when there is none."""
    blank = [row for row in rows if row.get("area", 0.0) > NEARLY_WHOLE and row["tool"] != EVERYTHING]
    if not blank:
        return ""
    named = "; ".join(f"{_case(row)}, {row['tool']} ({100 * row['area']:.1f} %)" for row in blank)
    return (
        f"**No evidence of finding anybody**, since over {100 * NEARLY_WHOLE:.0f} % of the area is covered and a "
        f"blank picture would score just as well: {named}.\n\n"
    )


def _case(row: Row) -> str:
    """Return what a row is about: all that stands before its tool."""
    return ", ".join(str(value) for _, value in takewhile(lambda item: item[0] != "tool", row.items()))


def _origin(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"`{machine['command']}`, {machine['when']}: {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {' '.join(machine['flags'])}; {machine['system']}; "
        f"Python {machine['python']}; {versions}; load at the start {machine['load_at_start']}."
        + ("" if machine["load_at_start"] < QUIET else " The machine was busy: times are provisional.")
    )


def page(text: str) -> str:
    """Return a page with each marked part replaced by its table."""
    return MARKED.sub(lambda part: f"{part[1]}\n{table(part[2])}\n{part[3]}", text)


def main(words: list[str]) -> None:
    """Print the tables, or write them into the pages."""
    if words == ["--write"]:
        for path in PAGES:
            path.write_text(page(path.read_text()))
        return
    sys.stdout.write("\n".join(f"## {name}\n\n{table(name)}" for name in TABLES))


if __name__ == "__main__":
    main(sys.argv[1:])
