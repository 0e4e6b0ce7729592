"""A program that a test starts ends with it: what stays behind fails another test, with a warning about a process."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from tests.program import started

TESTS = Path(__file__).parent


def starters(source: str) -> list[int]:
    """Return the lines that name what starts a program and does not wait for its end."""
    names = ("Popen", "create_subprocess_exec", "create_subprocess_shell", "spawnv", "system")
    if not any(f"{name}(" in source for name in names):
        return []
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [node.lineno for node in nodes if ast.unparse(node.func).rpartition(".")[2] in names]


def test_a_program_ends_with_its_block_even_if_the_test_fails():
    seen: list[subprocess.Popen[str]] = []

    def failing() -> None:
        with started([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            seen.append(process)
            raise AssertionError

    with pytest.raises(AssertionError):
        failing()
    (process,) = seen
    assert process.returncode == -9
    assert process.stdin.closed
    assert process.stdout.closed


def test_no_test_starts_a_program_in_another_way():
    found = [
        f"{path.relative_to(TESTS)}:{line}"
        for path in sorted(TESTS.rglob("*.py"))
        if path.name != "program.py"
        for line in starters(path.read_text("utf-8"))
    ]
    assert not found, "use `with tests.program.started(...)`"


def test_the_search_finds_each_way():
    source = "import subprocess as s\nwith s.Popen(['a']) as p: pass\nPopen('b')\nos.system('c')\nos.popen2('d')\n"
    assert sorted(starters(source)) == [2, 3, 4]
