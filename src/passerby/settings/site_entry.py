"""Adds a camera to a site file, and leaves everything else in it unchanged."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from passerby.errors import UsageError

_NEW = """\
# A site of passerby: docs/reference/site-file.md has every setting. Start it with: passerby up {name}
version: 1
site: {site}
cameras:
"""


@dataclass(frozen=True, slots=True)
class CameraEntry:
    """The entry of one camera.

    Args:
        name: Its name.
        address: Its address without secrets, or `${NAME}` if it contains some.
        username: User name on the camera; "" = none.
        secret: Environment variable with the password; "" = no password.
        purpose: Why the camera is there; "" = to be filled in.
        legal_basis: Legal basis; "" = to be filled in.
        comment: Result of testing it, one line.
    """

    name: str
    address: str
    username: str = ""
    secret: str = ""
    purpose: str = ""
    legal_basis: str = ""
    comment: str = ""

    def lines(self) -> list[str]:
        """Return the entry as lines of YAML, without indentation."""
        lines = [f"# {self.comment}", f"- name: {self.name}", f"  address: {json.dumps(self.address)}"]
        if self.username:
            lines.append(f"  username: {json.dumps(self.username)}")
        if self.secret:
            lines.append(f'  password: "${{{self.secret}}}"  # set this variable before passerby up')
        unsaid = "  # fill this in: passerby up does not start without it"
        lines.append(f"  purpose: {json.dumps(self.purpose, ensure_ascii=False)}{'' if self.purpose else unsaid}")
        lines.append(f"  legal_basis: {json.dumps(self.legal_basis)}{'' if self.legal_basis else unsaid}")
        return lines


def add_camera(path: Path, entry: CameraEntry) -> None:
    """Add a camera at the end of a site file's list; create the file if it is missing.

    Raises:
        UsageError: The file cannot be read or written, is not a site file, or has a camera of this name.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read; check that it is a site file and that you have permission to read it"
        raise UsageError(msg) from error

    if not text.strip():
        text = _NEW.format(name=path.name, site="my-site") + "".join(f"  {line}\n" for line in entry.lines())
    else:
        text = _inserted(path, text, entry)

    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        if path.exists():
            partial.chmod(path.stat().st_mode & 0o777)
        os.replace(partial, path)  # noqa: PTH105 - one step: a reader sees the old file or the new one
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror}); name another file"
        raise UsageError(msg) from error
    finally:
        partial.unlink(missing_ok=True)


def _inserted(path: Path, text: str, entry: CameraEntry) -> str:
    cameras = _cameras(path, text)
    names = {_value(camera, "name").casefold() for camera in cameras.value}
    if entry.name.casefold() in names:
        msg = f"{path}: there is already a camera '{entry.name}'; choose another --name"
        raise UsageError(msg)
    lines = text.splitlines(keepends=True)
    after = max(_last_line(cameras), cameras.start_mark.line)
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    indent = " " * int(cameras.start_mark.column)
    lines[after + 1 : after + 1] = ["\n", *(f"{indent}{line}\n" for line in entry.lines())]
    return "".join(lines)


def _cameras(path: Path, text: str) -> SequenceNode:
    try:
        tree = YAML().compose(text)
    except (YAMLError, ValueError, RecursionError) as error:
        msg = f"{path}: not valid YAML; correct it first (passerby doctor {path} shows where)"
        raise UsageError(msg) from error
    pairs = tree.value if isinstance(tree, MappingNode) else ()
    found = next((value for key, value in pairs if key.value == "cameras"), None)
    if not isinstance(found, SequenceNode) or found.flow_style or not found.value:
        msg = f"{path}: has no list of cameras with a dash for each; add the line 'cameras:' and one camera by hand"
        raise UsageError(msg)
    return found


def _value(camera: Node, key: str) -> str:
    pairs = camera.value if isinstance(camera, MappingNode) else ()
    return next((str(value.value) for name, value in pairs if name.value == key), "")


def _last_line(node: Node) -> int:
    """Return the line, from 0, on which a node's last text ends: its own end mark lies behind the comments."""
    if isinstance(node, ScalarNode) or not node.value:
        end = node.end_mark
        return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)
    last = node.value[-1]
    return max(_last_line(part) for part in (last if isinstance(last, tuple) else (last,)))
