"""The source of passerby as the tests of its promises read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "passerby"
FILES = sorted(SOURCE.rglob("*.py"))
OPERATORS = frozenset({"accounts", "audit", "alerts"})
"""Packages about the people who operate a site. Every other package is about places, cameras or pictures."""


def package(path: str | Path) -> str:
    """Name the package below passerby that a file belongs to; a module of its own is one."""
    inside = (ROOT / path).relative_to(SOURCE).parts
    return inside[0].removesuffix(".py")


def trees(files: list[Path] | None = None) -> Iterator[tuple[str, ast.Module]]:
    """Yield each file's path below the checkout, and its syntax tree."""
    for path in FILES if files is None else files:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def fields(tree: ast.Module) -> Iterator[str]:
    """Yield the names of the fields of every data class, model and named tuple of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    yield line.target.id


def properties(schema: object) -> Iterator[str]:
    """Yield the names of all properties of a JSON schema or an OpenAPI document."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def called(tree: ast.Module) -> Iterator[str]:
    """Yield the names of everything that a module calls, with the module it comes from: `cv2.imwrite`."""
    aliases = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            aliases |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            aliases |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            parts = []
            function = node.func
            while isinstance(function, ast.Attribute):
                parts.append(function.attr)
                function = function.value
            name = function.id if isinstance(function, ast.Name) else ""
            yield ".".join([aliases.get(name, name), *reversed(parts)])
