"""The mask file: what it says, and how it refuses what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from passerby.errors import UsageError
from passerby.redact.static_mask import StaticMask, cover_at, require_inside
from passerby.settings.masks import MaskEntry, read_masks

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "mask-file.md"


def written(folder: Path, content: object) -> Path:
    path = folder / "masks.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def masks_of(folder: Path, *entries: object) -> tuple[StaticMask, ...]:
    return read_masks(written(folder, {"masks": list(entries)}))


def test_the_example_of_the_documentation_works(tmp_path: Path) -> None:
    example = re.search(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert example is not None
    masks = read_masks(written(tmp_path, example[1]))
    early, late = (cover_at(masks, time_s, (480, 640)) for time_s in (0.0, 5.0))
    assert early.boxes_px.tolist() == [[0, 0, 160, 480]]
    assert not early.polygons_px
    assert late.raster(480, 640)[250, 200] == 1


def test_every_field_is_documented_in_its_own_words() -> None:
    page = PAGE.read_text().replace("`", "")
    for name, field in MaskEntry.model_fields.items():
        assert f"| {name} | {field.description}" in page


@pytest.mark.parametrize(("time_s", "covers"), [(1.99, False), (2.0, True), (7.5, True), (7.51, False)])
def test_both_ends_of_a_span_are_covered(tmp_path: Path, time_s: float, covers: bool) -> None:
    masks = masks_of(tmp_path, {"box": [0, 0, 5, 5], "unit": "px", "from_s": 2.0, "to_s": 7.5})
    assert bool(cover_at(masks, time_s, (10, 10)).share(10, 10)) == covers


def test_shares_cover_to_the_last_row_and_column(tmp_path: Path) -> None:
    masks = masks_of(tmp_path, {"box": [0.5, 0.5, 1, 1], "unit": "share"})
    assert cover_at(masks, 0, (7, 9)).boxes_px.tolist() == [[4, 3, 9, 7]]
    masks = masks_of(tmp_path, {"polygon": [[0, 0], [1, 0], [1, 1], [0, 1]], "unit": "share"})
    assert cover_at(masks, 0, (7, 9)).share(7, 9) == 1.0


def test_all_faults_are_named_at_once_with_file_and_entry(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        masks_of(
            tmp_path,
            {"box": [0, 0, 5], "unit": "px"},
            {"box": [5, 5, 2, 9], "unit": "px"},
            {"box": [0, 0, 300, 1], "unit": "share"},
            {"polygon": [[0, 0], [1, 1]], "unit": "px", "color": "red"},
            {"unit": "px", "from_s": -1},
            {"box": [0, 0, 1, 1], "polygon": [[0, 0], [1, 1], [2, 0]], "unit": "px"},
            {"box": [0, 0, 1, 1], "unit": "px", "from_s": 5, "to_s": 4},
        )
    text = str(caught.value)
    assert text.startswith(str(tmp_path / "masks.json"))
    assert "\n" not in text
    for expected in (
        "mask 1, box", "mask 2: box is left", "mask 3: shares must be", "mask 4, polygon", "mask 4, color",
        "mask 5, from_s", "mask 6: give either", "mask 7: to_s",
    ):  # fmt: skip
        assert expected in text


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"masks": []}', '{"masks": 3}', '{"masks": [{"box": [0, 0, NaN, 1], "unit": "px"}]}',
     '{"masks": [{"box": [0, 0, 1, 1], "unit": "px"}], "masks": []}', "[" * 100_000, "\x00"],
    ids=["empty", "cut", "list", "none", "number", "nan", "twice", "deep", "binary"],
)  # fmt: skip
def test_what_is_no_mask_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError, match=r"masks\.json"):
        read_masks(written(tmp_path, content))


def test_files_that_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        read_masks(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="cannot be read"):
        read_masks(tmp_path)
    binary = tmp_path / "picture.json"
    binary.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(UsageError, match="picture"):
        read_masks(binary)


def test_a_mask_beside_the_picture_is_refused_by_name(tmp_path: Path) -> None:
    inside, outside = {"box": [0, 0, 5, 5], "unit": "px"}, {"box": [700, 0, 900, 9], "unit": "px", "note": "window"}
    require_inside(masks_of(tmp_path, inside), 480, 640)
    with pytest.raises(UsageError, match=r"mask 2 \(window\): outside the picture of 640x480"):
        require_inside(masks_of(tmp_path, inside, outside), 480, 640)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], 'write {"masks": [{"box"'),
        ({"mask": []}, 'masks: write {"masks": [{"box"'),
        ({"masks": [], "more": 1}, "more: no such key; choose from masks"),
        (
            {"masks": [{"box": [0, 0, 9], "unit": "px"}]},
            "mask 1, box: too few numbers; give left, top, right and bottom",
        ),
        ({"masks": [{"box": [0, 0, 9, 9], "unit": "%"}]}, 'mask 1, unit: choose "px" or "share"'),
        ({"masks": [{"box": [0, 0, 9, 9]}]}, "mask 1, unit: is missing; add"),
        ({"masks": [{"box": [0, 0, 9, -9], "unit": "px"}]}, "mask 1, box, 3: give a number from 0 to 65535"),
        ({"masks": [{"box": [0, 0, 9, "9"], "unit": "px"}]}, "mask 1, box, 3: give a number"),
        (
            {"masks": [{"box": [0, 0, 9, 9], "unit": "px", "from": 1}]},
            "mask 1, from: no such key; choose from box, polygon",
        ),
        ({"masks": [{"polygon": [[0, 0], [1, 1]], "unit": "px"}]}, "mask 1, polygon: give at least 3"),
    ],
)
def test_a_refusal_says_what_is_allowed_and_where_to_read_on(tmp_path: Path, content: object, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_masks(written(tmp_path, content))
    assert said in str(caught.value)
    assert str(caught.value).endswith("see docs/reference/mask-file.md")
