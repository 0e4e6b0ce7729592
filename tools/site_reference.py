"""The pages of the site file, made from its settings: reference, commented example and JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from passerby.settings.site.site import SiteSettings
from passerby.settings.yaml_file import models_in

_LIMITS = {"ge": ">= ", "gt": "> ", "le": "<= ", "lt": "< "}
_UNITS = {"_s": "s", "_h": "h", "_d": "d", "_kbit": "kbit/s", "_gb": "GB", "_width": "px", "_fps": "1/s"}


def page(made: str) -> str:
    """Return the reference page."""
    lines = ["# Site file", "", made]
    lines += [
        "What `passerby up FILE` reads. A file with every key: [site.example.yaml](site.example.yaml); its JSON",
        "Schema, for editors: [site.schema.json](site.schema.json). Relative paths are relative to the file. `${NAME}`",
        "stands for an environment variable and `${file:PATH}` for a file's text, in `address`, `username`,",
        "`password`, `host` and `store`; they are never shown or logged.",
        "",
    ]
    return "\n".join([*lines, *tables(SiteSettings)])


def tables(model: type[BaseModel]) -> list[str]:
    """Return the lines of a table for each part of a file."""
    lines = []
    for path, part in _sections(model, ""):
        lines += [f"## {f'`{path}`' if path else 'The file'}", "", (part.__doc__ or "").strip().split("\n")[0], ""]
        lines += ["| key | unit | range | default | what it does |", "|---|---|---|---|---|"]
        for name, field in part.model_fields.items():
            lines.append(f"| `{name}` | {_unit(name)} | {_range(field)} | {_default(field)} | {field.description} |")
        lines.append("")
    return lines


def schema_json() -> str:
    """Return the JSON Schema, for editors."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SiteSettings.model_json_schema()}
    schema["properties"]["state_folder"].pop("default", None)
    return json.dumps(schema, indent=2) + "\n"


def example() -> str:
    """Return a site file with every key, each with its help; what is optional is commented out."""
    return "\n".join([f"# {_MADE}", *_entries(SiteSettings, 0)]) + "\n"


_MADE = "A site file with every key. Written by tools/reference.py from the settings themselves."


def _entries(model: type[BaseModel], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for name, field in model.model_fields.items():
        inner = models_in(field.annotation)
        yield f"{pad}# {field.description}{_suffix(name, field)}"
        if inner and _is_list(field):
            yield f"{pad}{name}:"
            yield from _listed(inner[0], depth + 1)
        elif inner:
            yield f"{pad}{name}:"
            yield from _entries(inner[0], depth + 1)
        else:
            value = json.dumps(_sample(name, field), ensure_ascii=False)
            yield f"{pad}{name}: {value}" if value != "null" else f"{pad}# {name}:"


def _listed(model: type[BaseModel], depth: int) -> Iterator[str]:
    """Yield the entries as one item of a list: its dash stands before the first key."""
    pad = "  " * depth
    dashed = False
    for line in _entries(model, depth + 1):
        if not dashed and not line.lstrip().startswith("#"):
            yield f"{pad}- {line.lstrip()}"
            dashed = True
        else:
            yield line


def _sample(name: str, field: FieldInfo) -> Any:  # noqa: ANN401 - whatever a key holds
    if field.examples:
        return field.examples[0]
    value = None if name == "state_folder" else field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, frozenset | tuple):
        return sorted(map(str, value))
    return value


def _sections(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    yield path, model
    for name, field in model.model_fields.items():
        for inner in models_in(field.annotation):
            many = "[]" if _is_list(field) else ""
            yield from _sections(inner, f"{path}.{name}{many}".removeprefix("."))


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is tuple


def _suffix(name: str, field: FieldInfo) -> str:
    parts = [part for part in (_unit(name), _range(field)) if part]
    return f" [{', '.join(parts)}]" if parts else ""


def _unit(name: str) -> str:
    return next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")


def _range(field: FieldInfo) -> str:
    shown = []
    for limit in field.metadata:
        for key, sign in _LIMITS.items():
            if (value := getattr(limit, key, None)) is not None:
                shown.append(f"{sign}{value}")
    return ", ".join(shown)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if (
        field.default is PydanticUndefined
        or models_in(field.annotation)
        or field.default in (None, "", (), SecretStr(""))
    ):
        return ""
    value = field.get_default()
    if isinstance(value, frozenset | tuple):
        value = ", ".join(sorted(map(str, value)))
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
