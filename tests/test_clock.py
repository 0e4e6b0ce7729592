"""No default argument reads the system clock: what a test forgets to pass would make it fail on another day."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
CLOCKS = {"time.time", "time.time_ns", "time.gmtime", "time.localtime"}
CLOCKS |= {f"{name}.{method}" for name in ("datetime", "date") for method in ("now", "today", "utcnow")}


def trees() -> dict[str, ast.Module]:
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node


def reads_clock(node: ast.AST, readers: frozenset[str] = frozenset()) -> bool:
    """Return whether an expression names the system clock or a function that reads it."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and any(f".{ast.unparse(part)}".endswith(f".{clock}") for clock in CLOCKS):
            return True
        if isinstance(part, ast.Name | ast.Attribute) and ast.unparse(part).rpartition(".")[2] in readers:
            return True
    return False


def defaults(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield default values: of arguments, and of fields of a class, with what makes them."""
    for function in functions(tree):
        yield from function.args.defaults
        yield from filter(None, function.args.kw_defaults)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from (each.value for each in node.body if isinstance(each, ast.AnnAssign) and each.value)


def forgotten(trees: dict[str, ast.Module]) -> list[str]:
    """Return the defaults that read the system clock, with file and line."""
    readers = frozenset(
        function.name
        for tree in trees.values()
        for function in tree.body  # one that a default can name; methods carry a clock of their own
        if isinstance(function, ast.FunctionDef) and len(function.body) <= 2 and reads_clock(function)
    )
    return [
        f"{name}:{default.lineno}: {ast.unparse(default)}"
        for name, tree in trees.items()
        for default in defaults(tree)
        if reads_clock(default, readers)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "def keep(days, clock=time.time): ...",
        "def keep(*, clock: Callable[[], float] = time.time): ...",
        "async def keep(*, now=lambda: datetime.now(UTC)): ...",
        "def keep(*, now=datetime.datetime.now): ...",
        "keep = lambda clock=time.time: clock()",
        "def now():\n    return datetime.now(UTC)\ndef keep(*, clock=now): ...",
        "class Kept:\n    since_s: float = field(default_factory=time.time)",
        "class Kept:\n    since: datetime = Field(default_factory=lambda: datetime.now(UTC))",
    ],
)
def test_a_default_that_reads_the_system_clock_is_found(text: str) -> None:
    assert len(forgotten({"planted.py": ast.parse(text)})) == 1


def test_a_clock_that_nobody_sets_may_be_a_default() -> None:
    assert not forgotten({"planted.py": ast.parse("def wait(*, clock=time.monotonic): ...")})


def test_no_default_reads_the_system_clock() -> None:
    assert not forgotten(trees())
