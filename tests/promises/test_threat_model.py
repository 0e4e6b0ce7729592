"""Each threat of the threat model names a test that exists."""

from __future__ import annotations

import ast
import re

from tests.promises.source import ROOT

PAGE = (ROOT / "docs/explanation/threat-model.md").read_text(encoding="utf-8")


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_threat_names_tests_that_exist():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| (?!threat|---)", line)]
    assert len(rows) > 25
    for row in rows:
        named = re.findall(r"`([a-z_/]+\.py)(?:::(\w+))?`", row.rsplit("|", 2)[1])
        assert named, row
        for path, function in named:
            assert (ROOT / "tests" / path).exists(), row
            assert not function or function in functions(path), row
