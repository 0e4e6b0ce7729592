"""Writes a camera into a site file, and leaves everything else in it as it is."""

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
    """One camera as it is written.

    Args:
        name: Its name.
        address: Without secrets, or `${NAME}` where it has some.
        username: User at the camera; "" = none.
        secret: Environment variable that holds the password; "" = no password.
        purpose: Why it watches; "" = still to be said.
        legal_basis: Basis in law; "" = still to be said.
        comment: What was found out about it, one line.
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
        unsaid = "  # say it: a camera without it is not started"
        lines.append(f"  purpose: {json.dumps(self.purpose, ensure_ascii=False)}{'' if self.purpose else unsaid}")
        lines.append(f"  legal_basis: {json.dumps(self.legal_basis)}{'' if self.legal_basis else unsaid}")
        return lines


def add_camera(path: Path, entry: CameraEntry) -> None:
    """Add a camera at the end of a site file's list; a file that is absent is made.

    Raises:
        UsageError: The file cannot be read or written, is no site file, or has a camera of this name.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read; is it a site file, and may it be read?"
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
        os.replace(partial, path)  # noqa: PTH105 - one step: a reader meets the old file or the new one
    except OSError as error:
        msg = f"{path}: cannot be written ({error.strerror}); name another file"
        raise UsageError(msg) from error
    finally:
        partial.unlink(missing_ok=True)


def _inserted(path: Path, text: str, entry: CameraEntry) -> str:
    cameras = _cameras(path, text)
    names = {_value(camera, "name").casefold() for camera in cameras.value}
    if entry.name.casefold() in names:
        msg = f"{path}: there is a camera '{entry.name}' already; choose another --name"
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
        msg = f"{path}: not YAML; mend it first (passerby doctor {path} says where)"
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
