"""Draw the layers of the packages from the import contracts: `layers.py`, or `layers.py --check` to fail if stale."""

from __future__ import annotations

import ast
import sys
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "layers.svg"
WIDTH = 900
ROW = 40
GAP = 6
LEFT = 8
BOX = 'rx="4" fill="#e8eef4" stroke="#9fb3c8"'
NAME = 'font-size="14" font-weight="bold" fill="#102a43"'
TEXT = 'font-size="11" fill="#334e68"'


def layers() -> list[list[str]]:
    """Return the existing packages of each layer, highest layer first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(each for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    rows = [[name.strip(" ()") for name in layer.split("|")] for layer in contract["layers"]]
    built = [[name for name in row if _file(name).exists()] for row in rows]
    return [row for row in built if row]


def about(name: str) -> str:
    """Return the first line of a package's docstring."""
    text = ast.get_docstring(ast.parse(_file(name).read_text(encoding="utf-8"))) or ""
    return text.split("\n")[0]


def drawn() -> str:
    """Return the picture: one row per layer, each package with its purpose; imports only go downwards."""
    rows = layers()
    height = LEFT * 2 + len(rows) * (ROW + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" role="img">',
        "<title>The packages of passerby by layer: each may import from the layers below it</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for at, row in enumerate(rows):
        top = LEFT + at * (ROW + GAP)
        wide = (WIDTH - 2 * LEFT - GAP * (len(row) - 1)) / len(row)
        for column, name in enumerate(row):
            left = LEFT + column * (wide + GAP)
            lines += [
                f'<rect x="{left:.0f}" y="{top}" width="{wide:.0f}" height="{ROW}" {BOX}/>',
                f'<text x="{left + 10:.0f}" y="{top + 17}" {NAME}>{name}</text>',
                f'<text x="{left + 10:.0f}" y="{top + 33}" {TEXT}>{escape(_cut(about(name), wide))}</text>',
            ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def _file(name: str) -> Path:
    package = ROOT / "src" / "passerby" / name
    return package / "__init__.py" if package.is_dir() else package.with_suffix(".py")


def _cut(text: str, wide: float) -> str:
    """Return the part of a text that fits into a width in pixels at 11 px."""
    most = int((wide - 20) / 5.6)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def main() -> int:
    """Write the picture; with `--check`, return 1 if it was stale."""
    text = drawn()
    stale = not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != text
    PICTURE.write_text(text, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"{PICTURE.relative_to(ROOT)}: was stale and has been updated; commit it", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
