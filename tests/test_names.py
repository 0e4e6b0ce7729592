"""One meaning per name, in all of the code."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

CODE = Path(__file__).parents[1] / "src" / "passerby"
RETIRED = frozenset(
    (
        *("allowance", "desk", "doorway", "ears", "eye", "kit", "lineup", "lookout", "nowhere", "panel", "sight"),
        *("sights", "understudy", "upkeep", "vault", "verdict", "watch"),
    )
)
"""Words that were used for something that has the field's word now; see docs/decisions/0021-house.md."""


VAGUE = frozenset(("hear", "heard", "hears", "said", "say", "says", "tell", "tells", "told"))
"""Verbs that do not say what happens: publish, print, listen, log ... do; see the word list in CONTRIBUTING.md."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(CODE.rglob("*.py")):
        name = ".".join(path.relative_to(CODE.parent).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text("utf-8"))


def classes(tree: ast.Module) -> Iterator[str]:
    yield from (node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_"))


def aliases(tree: ast.Module) -> Iterator[str]:
    """Names of types that are no classes: `Name = Annotated[...]`, `Key = tuple[...]`."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        names = (target.id for target in targets if isinstance(target, ast.Name))
        yield from (name for name in names if name[0].isupper() and not name.isupper())


def words(name: str) -> set[str]:
    """Words of a name in either style: `PacketSink` and `packet_sink` have two."""
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in name)
    return set(spaced.lower().replace("_", " ").replace(".", " ").split())


def test_no_two_modules_define_a_public_class_of_one_name():
    homes = defaultdict(list)
    for module, tree in modules():
        for name in classes(tree):
            homes[name].append(module)
    assert len(homes) > 200
    assert not {name: found for name, found in homes.items() if len(found) > 1}


def test_no_other_type_has_the_name_of_a_public_class():
    known = {name: module for module, tree in modules() for name in classes(tree)}
    assert not [
        f"{module}: {name} is a class of {known[name]}"
        for module, tree in modules()
        for name in aliases(tree)
        if name in known
    ]


def test_no_class_and_no_module_has_a_retired_word():
    named = [
        *(module for module, _ in modules()),
        *(f"{module}.{name}" for module, tree in modules() for name in classes(tree)),
    ]
    assert not [name for name in named if words(name) & RETIRED]


def test_the_words_of_a_name_are_found_in_either_style():
    assert words("outputs.packet_sink.PacketSink") == {"outputs", "packet", "sink"}


def functions(tree: ast.Module) -> Iterator[str]:
    """Names of all functions and methods, private ones too."""
    yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def vague(tree: ast.Module) -> list[str]:
    """Functions with a verb that does not say what happens; `tell` alone is a method of Python's files."""
    return [name for name in functions(tree) if words(name) & VAGUE and name != "tell"]


def test_the_verb_of_a_function_says_what_happens():
    assert not [f"{module}.{name}" for module, tree in modules() for name in vague(tree)]


def test_a_vague_verb_is_found_in_methods_too():
    planted = "def _say(): ...\nclass Told:\n    async def hear_counters(self): ...\n    def tell(self): ...\n"
    assert vague(ast.parse(planted)) == ["_say", "hear_counters"]
