"""The right file or none: models are found by name and verified by SHA-256."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from passerby.errors import ModelError
from passerby.vision.detections import Kind
from passerby.vision.models.catalogue import MODELS, ON_REQUEST, READERS, SELECTABLE, Model, model_named
from passerby.vision.models.files import folders, locate, sha256, store

WEIGHTS = b"weights"
GOOD = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def model() -> Model:
    return replace(model_named("centerface"), sha256=GOOD, size=len(WEIGHTS))


def test_a_good_file_is_found_in_the_first_folder_that_has_it(model: Model, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    (second / model.file).write_bytes(WEIGHTS)
    assert locate(model, [tmp_path / "absent", second]) == second / model.file


@pytest.mark.parametrize("content", [b"", b"other weights", WEIGHTS + b"\0"])
def test_another_file_is_refused_with_the_mend(model: Model, tmp_path: Path, content: bytes) -> None:
    (tmp_path / model.file).write_bytes(content)
    with pytest.raises(ModelError, match=r"SHA-256 differs.*passerby models fetch centerface"):
        locate(model, [tmp_path])


def test_another_file_is_refused_even_when_a_good_one_lies_further_on(model: Model, tmp_path: Path) -> None:
    for name, content in (("one", b"other"), ("two", WEIGHTS)):
        (tmp_path / name).mkdir()
        (tmp_path / name / model.file).write_bytes(content)
    with pytest.raises(ModelError, match="one"):
        locate(model, [tmp_path / "one", tmp_path / "two"])


def test_a_missing_model_names_the_command_that_fetches_it(model: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="run 'passerby models fetch centerface'"):
        locate(model, [tmp_path])


def test_a_folder_in_the_place_of_the_file_is_no_model(model: Model, tmp_path: Path) -> None:
    (tmp_path / model.file).mkdir()
    with pytest.raises(ModelError, match="is missing"):
        locate(model, [tmp_path])


def test_a_file_that_belongs_to_a_model_must_lie_beside_it_and_be_whole(model: Model, tmp_path: Path) -> None:
    whole = replace(model, beside=replace(model, name="its weights", file="beside.bin"))
    (tmp_path / model.file).write_bytes(WEIGHTS)
    with pytest.raises(ModelError, match="its weights"):
        locate(whole, [tmp_path])
    (tmp_path / "beside.bin").write_bytes(b"other")
    with pytest.raises(ModelError, match="SHA-256 differs"):
        locate(whole, [tmp_path])
    (tmp_path / "beside.bin").write_bytes(WEIGHTS)
    assert locate(whole, [tmp_path]) == tmp_path / model.file


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match="'yolo' is unknown; known are efficientdet-lite0"):
        model_named("yolo")


def test_named_folders_come_first_and_the_first_takes_what_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSERBY_MODELS", "/one::/two")
    assert folders()[:2] == [Path("/one"), Path("/two")]
    assert len(folders()) == 3
    assert store() == Path("/one")
    monkeypatch.setenv("PASSERBY_MODELS", "")
    assert folders() == [store()]


@pytest.mark.parametrize("model", (MODELS | ON_REQUEST).values(), ids=(MODELS | ON_REQUEST).keys())
def test_every_model_says_where_it_comes_from_and_under_which_licence(model: Model) -> None:
    assert "==" in model.wheel
    assert Path(model.member).suffix == Path(model.file).suffix
    assert_sound(model)


@pytest.mark.parametrize("model", SELECTABLE.values(), ids=SELECTABLE.keys())
def test_every_model_that_may_be_named_is_pinned_and_licensed_as_well(model: Model) -> None:
    assert model.name not in MODELS
    assert not model.wheel
    assert model.url.startswith("https://") or "copy it" in model.source
    for part in (model, model.beside):
        if part is not None:
            assert_sound(part)


def assert_sound(model: Model) -> None:
    assert len(bytes.fromhex(model.sha256)) == 32
    assert model.size > 0
    assert model.licence in {"Apache-2.0", "MIT"}
    assert model.finds <= set(Kind)


def test_the_sum_is_that_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(WEIGHTS * 300_000)
    assert sha256(path) == hashlib.sha256(WEIGHTS * 300_000).hexdigest()


@pytest.mark.parametrize("reader", sorted(READERS))
def test_a_network_that_reads_text_cannot_be_in_the_catalogue(model: Model, reader: str) -> None:
    with pytest.raises(ValueError, match="reads text, which passerby never does"):
        replace(model, sha256=reader)


def test_the_text_finder_is_the_one_member_of_its_package_that_only_finds() -> None:
    finder = model_named("ppocr-v4-text-finder")
    assert "_det_" in finder.member
    assert finder.finds == {Kind.TEXT}
    members = {each.member for each in (MODELS | ON_REQUEST | SELECTABLE).values()}
    assert not [member for member in members if "_rec_" in member or "_cls_" in member]
