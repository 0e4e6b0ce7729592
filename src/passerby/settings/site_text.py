"""The text of a site file as people edit it from elsewhere: secrets are hidden and put back, and comments are kept."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, SecretStr
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from passerby.errors import UsageError
from passerby.media.address import without_secrets
from passerby.settings.site.difference import SECRET
from passerby.settings.site.site import SiteSettings
from passerby.settings.yaml_file import models_in

KeyPath: TypeAlias = tuple[str, ...]
"""Keys from the top; an item of a list has its name as key, or its number."""
_REFERENCE: Final = re.compile(r"\$\{[^}]*\}")
_DEEPEST: Final = 30


def hidden(text: str) -> str:
    """Return a site file with `(secret)` instead of each password and secret; `${...}` names one, and stays.

    Raises:
        UsageError: It is not a YAML file of keys and values.
    """
    tree = _parsed(text)
    found = [each for each in _secrets(tree, SiteSettings, ()) if _hides(each)]
    for each in found:
        each.node[each.key] = SECRET
    return _dumped(tree) if found else text


def plain(text: str) -> dict[str, Any]:
    """Return the content of a site file as it would be in JSON, secrets hidden.

    Raises:
        UsageError: It is not a YAML file of keys and values.
    """
    found = _plain(_parsed(hidden(text)))
    assert isinstance(found, dict)  # noqa: S101 - the file is a map
    return found


def revealed(text: str, before: str) -> str:
    """Return a site file in which each `(secret)` is what stands there in the present file.

    Args:
        text: The new file.
        before: The present file.

    Raises:
        UsageError: One of them is not YAML, or nothing stands there at present.
    """
    tree = _parsed(text)
    wanted = [each for each in _secrets(tree, SiteSettings, ()) if each.value == SECRET]
    if not wanted:
        return text
    known = {each.path: each.value for each in _secrets(_parsed(before), SiteSettings, ())}
    for each in wanted:
        if each.path not in known:
            msg = f"{'.'.join(each.path)}: {SECRET} stands for what is there at present, which is nothing; write it"
            raise UsageError(msg)
        each.node[each.key] = known[each.path]
    return _dumped(tree)


def merged(before: str, wanted: Mapping[str, Any]) -> str:
    """Return a file of keys and values with other content; what does not change keeps its form and its comments.

    Args:
        before: The present file.
        wanted: All of the new content, as in JSON.

    Raises:
        UsageError: The present file is not YAML.
    """
    tree = _parsed(before) if before.strip() else CommentedMap()
    return _dumped(_merged(tree, wanted))


def references(text: str) -> set[str]:
    """Return the `${NAME}` and `${file:PATH}` in the values of a file.

    Raises:
        UsageError: It is not a YAML file of keys and values.
    """
    return {found for leaf in _leaves(_parsed(text)) for found in _REFERENCE.findall(leaf)}


class _Leaf:
    """A value that may be a secret."""

    def __init__(self, node: CommentedMap, key: str, path: KeyPath) -> None:
        self.node, self.key, self.path = node, key, path

    @property
    def value(self) -> object:
        return self.node[self.key]


def _hides(leaf: _Leaf) -> bool:
    text = str(leaf.value)
    if not text or _REFERENCE.fullmatch(text):
        return False
    return not (leaf.key == "address" and leaf.path[0] == "cameras" and without_secrets(text) == text)


def _secrets(node: object, model: type[BaseModel] | None, path: KeyPath) -> Iterator[_Leaf]:
    """Yield the values that the model says are secrets."""
    if isinstance(node, CommentedSeq):
        for number, each in enumerate(node):
            yield from _secrets(each, model, (*path, _name(each, number)))
    elif isinstance(node, CommentedMap) and model is not None:
        for key, value in node.items():
            field = model.model_fields.get(str(key))
            if field is None:
                continue
            if isinstance(value, CommentedMap | CommentedSeq):
                yield from _secrets(value, next(iter(models_in(field.annotation)), None), (*path, str(key)))
            elif "SecretStr" in str(field.annotation) or field.annotation is SecretStr:
                yield _Leaf(node, str(key), (*path, str(key)))


def _name(item: object, number: int) -> str:
    named = item.get("name") or item.get("place") if isinstance(item, Mapping) else None
    return str(named or number)


def _merged(node: object, wanted: object) -> object:
    if isinstance(node, CommentedMap) and isinstance(wanted, Mapping):
        for key in [each for each in node if each not in wanted]:
            del node[key]
        for key, value in wanted.items():
            node[key] = _merged(node.get(key), value)
        return node
    if isinstance(node, CommentedSeq) and isinstance(wanted, list) and _plain(node) != wanted:
        return _merged_list(node, wanted)
    return node if node is not None and _same(_plain(node), wanted) else wanted


def _same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


def _merged_list(node: CommentedSeq, wanted: list[object]) -> object:
    """Return a list with other items; if those that stay are in the same order, it keeps its comments."""
    names = [_name(each, number) for number, each in enumerate(wanted)]
    known = {_name(each, number): each for number, each in enumerate(node)}
    fresh = [_merged(known.get(name), each) for name, each in zip(names, wanted, strict=True)]
    stay = [name for name in known if name in names]
    if names[: len(stay)] != stay or len(known) != len(node):
        return fresh
    for number in reversed([number for number, name in enumerate(known) if name not in names]):
        del node[number]
    for number, each in enumerate(fresh):
        if number < len(node):
            node[number] = each
        else:
            node.append(each)
    return node


def _plain(node: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, Sequence) and not isinstance(node, str):
        return [_plain(each) for each in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return None if node is None else str(node)


def _leaves(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        for value in node.values():
            yield from _leaves(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for each in node:
            yield from _leaves(each)
    else:
        yield str(node)


def _parsed(text: str) -> CommentedMap:
    try:
        tree = _yaml().load(text)
        if isinstance(tree, CommentedMap):
            _require_simple(tree, set(), 0)
            return tree
    except (YAMLError, ValueError, RecursionError) as error:
        where = " ".join(str(error).split())[:200]
        msg = f"not valid YAML ({where}); correct it there"
        raise UsageError(msg) from error
    msg = "expected keys and values; start from the present file"
    raise UsageError(msg)


def _require_simple(node: object, seen: set[int], depth: int) -> None:
    """Refuse what could be far larger than its text.

    Raises:
        UsageError: Something is there twice, by an alias, or too deep.
    """
    if not isinstance(node, CommentedMap | CommentedSeq):
        return
    if id(node) in seen or depth > _DEEPEST:
        msg = "anchors, aliases and very deep structures are not accepted here; write each value where it belongs"
        raise UsageError(msg)
    seen.add(id(node))
    for each in node.values() if isinstance(node, CommentedMap) else node:
        _require_simple(each, seen, depth + 1)


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096  # no line is broken
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dumped(tree: object) -> str:
    out = io.StringIO()
    _yaml().dump(tree, out)
    return out.getvalue()
