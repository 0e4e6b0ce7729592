"""Write the reference pages from the code: `reference.py`, or `reference.py --check` to fail when they are stale."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import http_reference
import measure_reference
import passerby
import signal_reference
import site_reference
from passerby.cli.app import app
from passerby.errors import PasserbyError
from passerby.reports.redaction import schema_json
from passerby.settings.options import RedactOptions, flag, help_of
from passerby.signals.external import counter_schema_json
from passerby.signals.signal import signal_schema_json

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
MADE = "<!-- Written by tools/reference.py; change the code, then run it. -->\n"


def pages() -> dict[str, str]:
    """Return the text of every page that is made from the code."""
    return {
        "cli.md": cli_page(),
        "options.md": options_page(),
        "python.md": python_page(),
        "http.md": http_reference.page(MADE),
        "redaction-report.schema.json": schema_json(),
        "places-file.md": measure_reference.places_page(MADE),
        "quantities.md": measure_reference.quantities_page(MADE),
        "site-file.md": site_reference.page(MADE),
        "site.example.yaml": site_reference.example(),
        "site.schema.json": site_reference.schema_json(),
        "signals.md": signal_reference.page(MADE),
        "counter-message.schema.json": counter_schema_json(),
        "place-signal.schema.json": signal_schema_json(),
    }


def cli_page() -> str:
    """Return the page of the command line."""
    from typer.main import get_command  # noqa: PLC0415 - only here, and only the reference needs it

    lines = ["# Command line", "", MADE]
    root = get_command(app)
    for path, command in _commands("passerby", root):
        lines += [f"## `{path}`", "", inspect.cleandoc(command.help or ""), ""]
        rows = [row for parameter in command.params if (row := _row(parameter))]
        if rows:
            lines += ["| argument or option | what it does | default |", "|---|---|---|", *rows, ""]
    lines += [
        "## Exit status",
        "",
        "0 done; 1 failed; 2 wrong use or unreadable source; 3 done, but frames were covered whole or the check found",
        "something; 130 stopped. Of several files the worst counts: 1 before 2 before 3.",
    ]
    return "\n".join(lines) + "\n"


def _commands(path: str, command: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - typer's own classes are private
    below = getattr(command, "commands", {})
    own = [] if below and path != "passerby" else [(path, command)]
    return own + [pair for name, child in sorted(below.items()) for pair in _commands(f"{path} {name}", child)]


def _row(parameter: Any) -> str:  # noqa: ANN401 - as above
    if parameter.name == "help":
        return ""
    is_option = parameter.param_type_name == "option"
    name = ", ".join(f"`{each}`" for each in parameter.opts) if is_option else f"`{parameter.name.upper()}`"
    default = "" if parameter.default in (None, "", False, ()) or parameter.required else f"`{parameter.default}`"
    return f"| {name} | {parameter.help or ''} | {default} |"


def options_page() -> str:
    """Return the page of all options of a covered copy."""
    lines = ["# Options of a covered copy", "", MADE]
    lines += ["| `RedactOptions` | command line | default | what it does |", "|---|---|---|---|"]
    shown = RedactOptions().model_dump(mode="json")
    for name in RedactOptions.model_fields:
        lines.append(f"| `{name}` | `{flag(name)}` | `{shown[name]}` | {help_of(name)} |")
    return "\n".join(lines) + "\n"


def python_page() -> str:
    """Return the page of the public names."""
    lines = ["# Python", "", MADE, "Everything here is imported from `passerby`.", ""]
    for name in passerby.__all__:
        thing = getattr(passerby, name)
        if not callable(thing):
            continue
        is_seam = isinstance(thing, type)
        signature = "" if is_seam and issubclass(thing, PasserbyError) else _signature(thing)
        lines += [f"## `{name}{signature}`", "", _text(inspect.getdoc(thing) or ""), ""]
    lines += [
        "## Errors",
        "",
        "```text",
        inspect.cleandoc(importlib.import_module("passerby.errors").__doc__ or ""),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _signature(thing: Any) -> str:  # noqa: ANN401 - any public name
    if isinstance(thing, type):
        return ""
    return re.sub(r"\b(?:passerby\.\w[\w.]*|pathlib\._local)\.", "", str(inspect.signature(thing)))


def _text(doc: str) -> str:
    """Return a docstring with its sections as Markdown code, so that its indents survive."""
    head, _, rest = doc.partition("\n\n")
    return head if not rest else f"{head}\n\n```text\n{rest}\n```"


def main() -> int:
    """Write the pages, or say which are stale."""
    stale = [name for name, text in pages().items() if _read(FOLDER / name) != text]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/reference/{name} is stale: run python tools/reference.py")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(pages()[name], encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
