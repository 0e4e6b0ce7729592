"""Reads YAML files and checks them against a model: all errors at once, each with its line and what to do."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from passerby.errors import UsageError
from passerby.settings.remedy import bounds, number_within

M = TypeVar("M", bound=BaseModel)
KeyPart = str | int
NAMED = frozenset({"name", "site", "place", "zones", "doors"})
NAME_SIGNS = "do not use / + # >, nor a space, = @ or - at the beginning"
MOST_BYTES = 4 << 20
MOST_NODES = 200_000
SECRET_KEYS = frozenset({"address", "username", "password", "host", "store"})
"""Keys whose text may contain `${NAME}` or `${file:PATH}`; in others, a secret could be shown."""
_OUT_OF_RANGE = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_BROKEN_PROMISES = re.compile(
    r"(?i)raw|unredact|unmask|uncover|reveal|private_stream|recogn|identif|biometr|embedding|re_?id|watch_?list|"
    r"plate|lpr|anpr|emotion|gender|ethnic|\bage\b|no_?(cover|redact)|(cover|redact(ion)?)_?(off|disabled)"
)


def read_settings(path: Path, model: type[M], *, environment: Mapping[str, str] | None = None) -> M:
    """Read a YAML file and check all of it.

    Paths in it are relative to its own folder, and `${NAME}` and `${file:PATH}` stand for secrets.

    Args:
        path: The file.
        model: The model of its content.
        environment: Where `${NAME}` is looked up; by default the process's own.

    Raises:
        UsageError: It cannot be read or is wrong; one line for each error: file:line: key and what to do.
    """
    tree = _parsed(path)
    reader = _Reader(path, os.environ if environment is None else environment)
    plain = reader.plain(tree, ())
    try:
        checked = model.model_validate(plain, context={"folder": path.parent})
    except ValidationError as error:
        wrong = error.errors()
        # pydantic reports a list as "too short" if its items are wrong
        inner = {each["loc"][:length] for each in wrong for length in range(len(each["loc"]))}
        wrong = [each for each in wrong if each["type"] != "too_short" or each["loc"] not in inner]
        lines = [reader.complaint(tree, each, model) for each in wrong]
        raise UsageError(_joined([*reader.wrong, *lines])) from error

    if reader.wrong:
        raise UsageError(_joined(reader.wrong))

    return checked


def line_of(path: Path, key: str) -> int:
    """Return the line of a key such as cameras[0].name, or of the last part of it that exists.

    Raises:
        UsageError: The file can no longer be read.
    """
    parts = re.findall(r"[^.\[\]]+", key)
    return _deepest_line(_parsed(path), [int(part) if part.isdigit() else part for part in parts])


def _joined(lines: Sequence[tuple[int, str]]) -> str:
    return "\n".join(text for _, text in sorted(set(lines)))


def _parsed(path: Path) -> CommentedMap:
    try:
        if path.stat().st_size > MOST_BYTES:
            msg = f"{path}: larger than {MOST_BYTES >> 20} MB; is this the right file?"
            raise UsageError(msg)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        raise UsageError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text; save it as UTF-8"
        raise UsageError(msg) from error

    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = " ".join((error.problem or error.context or "not YAML").split("\n")[0].split())
        msg = f"{path}:{line}: {problem}; correct the YAML there"
        raise UsageError(msg) from error
    except (YAMLError, ValueError, RecursionError) as error:
        msg = f"{path}: not valid YAML; correct it or start from the example"
        raise UsageError(msg) from error

    if not isinstance(tree, CommentedMap):
        msg = f"{path}:1: expected keys and values; start from the example"
        raise UsageError(msg)

    return tree


class _Reader:
    """Turns the parsed tree into plain values, and errors into lines of text with line numbers.

    Args:
        path: Path of the file, for messages.
        environment: Where `${NAME}` is looked up.
    """

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self.wrong: list[tuple[int, str]] = []
        self._path = path
        self._environment = environment
        self._nodes = 0

    def plain(self, node: Any, where: tuple[KeyPart, ...], line: int = 1) -> Any:  # noqa: ANN401 - any YAML
        """Return a node as plain values, with secrets filled in."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            msg = f"{self._path}: more than {MOST_NODES} values; are there aliases that repeat each other?"
            raise UsageError(msg)
        if isinstance(node, CommentedMap):
            return {str(key): self.plain(node[key], (*where, str(key)), _line_of(node, key)) for key in node}
        if isinstance(node, CommentedSeq):
            return [self.plain(each, (*where, at), _line_of(node, at)) for at, each in enumerate(node)]
        return self._filled(node, where, line) if isinstance(node, str) and "${" in node else node

    def complaint(self, tree: CommentedMap, error: Any, model: type[BaseModel]) -> tuple[int, str]:  # noqa: ANN401 - pydantic's ErrorDetails
        """Return the line of an error and its text."""
        kind = error["type"]
        loc = tuple(error["loc"])
        line = _deepest_line(tree, loc)
        shown = _key_text(loc) or "the file"
        if kind == "extra_forbidden":
            text = _unknown(str(loc[-1]), _fields_at(model, loc[:-1]))
        elif kind == "missing":
            text = "is missing; " + (_help_of(model, loc) or "add it")
        elif kind == "string_pattern_mismatch" and loc and (loc[-1] in NAMED or (len(loc) > 1 and loc[-2] in NAMED)):
            text = f"{error['input']!r} is not allowed as a name: {NAME_SIGNS}"
        else:
            message = error["msg"].removeprefix("Value error, ")
            given = "" if _is_secret(loc) or isinstance(error["input"], dict | list | BaseModel) else error["input"]
            value = f" (not {given!r})" if given != "" and kind != "value_error" else ""
            text = f"{message[0].lower()}{message[1:]}{value}"
            if kind in _OUT_OF_RANGE and (field := _field_at(model, loc)) is not None:
                limits = bounds([field])
                text += f"; write {number_within(limits)}" if len(limits) > 1 else ""
            if kind in {"float_parsing", "int_parsing", "float_type", "int_type"}:
                text += "; write a plain number, its unit is in the key's name"

        return line, f"{self._path}:{line}: {shown}: {text}"

    def _filled(self, text: str, where: tuple[KeyPart, ...], line: int) -> str:
        if where[-1] not in SECRET_KEYS:
            self._refuse(
                line, where, f"${{...}} is allowed only in {', '.join(sorted(SECRET_KEYS))}; write the value itself"
            )
            return text
        return _REFERENCE.sub(lambda match: self._looked_up(match[1], where, line), text)

    def _looked_up(self, name: str, where: tuple[KeyPart, ...], line: int) -> str:
        if name.startswith("file:"):
            path = self._path.parent / Path(name.removeprefix("file:")).expanduser()
            try:
                return path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                self._refuse(line, where, f"{path} cannot be read; create the file that contains the secret")
                return "?"
        if name not in self._environment:
            self._refuse(line, where, f"the environment variable {name} is not set; set it or write ${{file:PATH}}")
            return "?"
        return self._environment[name]

    def _refuse(self, line: int, where: tuple[KeyPart, ...], text: str) -> None:
        self.wrong.append((line, f"{self._path}:{line}: {_key_text(where)}: {text}"))


def _unknown(name: str, known: Sequence[str]) -> str:
    if _BROKEN_PROMISES.search(name):
        return "passerby never does this, and no setting can change it; remove the key"
    near = difflib.get_close_matches(name, known, n=1) or [each for each in known if each.startswith(f"{name}_")][:1]
    return f"no such key; did you mean {near[0]}?" if near else f"no such key; choose from {', '.join(known)}"


def _key_text(loc: Sequence[KeyPart]) -> str:
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in loc).removeprefix(".")


def _is_secret(loc: Sequence[KeyPart]) -> bool:
    return any(each in SECRET_KEYS for each in loc)


def _line_of(node: CommentedMap | CommentedSeq, key: Any) -> int:  # noqa: ANN401 - a key of any kind
    place = (node.lc.data or {}).get(key)
    return int(place[0]) + 1 if place else int(node.lc.line) + 1


def _deepest_line(tree: CommentedMap, loc: Sequence[KeyPart]) -> int:
    """Return the line of the last part of a path that exists in the file."""
    node: Any = tree
    line = 1
    for key in loc:
        inside = (
            key in node
            if isinstance(node, CommentedMap)
            else isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node)
        )
        if not inside:
            break
        line = _line_of(node, key)
        node = node[key]
    return line


def _fields_at(model: type[BaseModel], loc: Sequence[KeyPart]) -> list[str]:
    inner = model_at(model, loc)
    return [] if inner is None else list(inner.model_fields)


def _field_at(model: type[BaseModel], loc: Sequence[KeyPart]) -> FieldInfo | None:
    names = [each for each in loc if isinstance(each, str)]
    inner = model_at(model, names[:-1]) if names else None
    return inner.model_fields.get(names[-1]) if inner is not None else None


def _help_of(model: type[BaseModel], loc: Sequence[KeyPart]) -> str:
    inner = model_at(model, loc[:-1])
    field = inner.model_fields.get(str(loc[-1])) if inner else None
    return f"add it: {field.description}" if field and field.description else ""


def model_at(model: type[BaseModel], loc: Sequence[KeyPart]) -> type[BaseModel] | None:
    """Return the model at a path below another model."""
    for key in loc:
        if isinstance(key, int):
            continue
        field = model.model_fields.get(key)
        inner = models_in(field.annotation) if field else []
        if not inner:
            return None
        model = inner[0]
    return model


def models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - any annotation
    """Return the models inside an annotation, such as that of `tuple[CameraSettings, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for each in getattr(annotation, "__args__", ()) for found in models_in(each)]
