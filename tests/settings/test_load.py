import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from passerby.errors import UsageError
from passerby.settings.cover_choice import DetectorName
from passerby.settings.load import load_site
from passerby.settings.options import CrowdModel
from passerby.settings.site.site import SiteSettings
from passerby.settings.yaml_file import models_in
from passerby.vision.models.catalogue import CROWD_MODELS, SELECTABLE

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
DOOR = """
  - name: door
    address: rtsp://10.0.0.5/stream1
    purpose: Notice a blocked exit at the main door.
    legal_basis: legitimate_interests
"""
SITE = f"site: central\ncameras:{DOOR}"


@pytest.fixture
def load(tmp_path):
    def read(text, **environment):
        path = tmp_path / "site.yaml"
        path.write_text(text, encoding="utf-8")
        return load_site(path, environment=environment)

    return read


def complaints(load, text, **environment):
    with pytest.raises(UsageError) as caught:
        load(text, **environment)
    return [line.partition("site.yaml:")[2] for line in str(caught.value).splitlines()]


def test_a_short_site_file_has_safe_defaults(load):
    site = load(SITE)
    assert site.web.host == "127.0.0.1"
    assert site.recording.retention_h == 72
    assert not site.cameras[0].record
    assert site.mqtt is None


def test_the_example_with_every_key_is_a_good_site_file(monkeypatch):
    secrets = {"DOOR_PASSWORD": "secret", "PROXY_SECRET": "0f" * 16, "OIDC_SECRET": "other"}
    site = load_site(REFERENCE / "site.example.yaml", environment=secrets)
    assert site.cameras[0].password.get_secret_value() == "secret"


def test_the_example_has_every_key():
    text = (REFERENCE / "site.example.yaml").read_text(encoding="utf-8")

    def names(model):
        for name, field in model.model_fields.items():
            yield name
            for inner in models_in(field.annotation):
                yield from names(inner)

    assert [name for name in names(SiteSettings) if f" {name}:" not in text.replace("\n", "\n ")] == []


def test_the_json_schema_takes_the_example_and_refuses_an_unknown_key():
    schema = json.loads((REFERENCE / "site.schema.json").read_text(encoding="utf-8"))
    tree = YAML(typ="safe").load((REFERENCE / "site.example.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(tree, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**tree, "raw_copy": True}, schema)


def test_all_errors_are_told_at_once_with_line_key_and_mend(load):
    told = complaints(
        load,
        "site: central\ntimezone: Mars/Base\ncameras:\n  - name: door\n    address: rtsp://x\n"
        "    legal_basis: fun\n    delay_s: 500ms\nrecording:\n  retention_h: 100\nweb:\n  host: 0.0.0.0\n",
    )
    assert [line.split(": ")[:2] for line in told] == [
        ["2", "timezone"],
        ["4", "cameras[0].purpose"],
        ["6", "cameras[0].legal_basis"],
        ["7", "cameras[0].delay_s"],
        ["8", "recording"],
        ["10", "web"],
    ]
    assert "write a plain number, its unit is in the key's name" in told[3]
    assert "retention_reason" in told[4]
    assert "allow_remote" in told[5]


def test_the_networks_that_may_be_named_are_those_of_the_catalogue():
    assert [*DetectorName] == [*SELECTABLE]
    assert [*CrowdModel] == [*CROWD_MODELS]


def test_a_density_map_needs_places_to_count_in(load):
    (told,) = complaints(load, f"{SITE}    crowd_model: mcnn\n")
    assert "crowd_model counts in zones, but the camera has no places; name a places file" in told
    (told,) = complaints(load, f"{SITE}    crowd_model: csrnet\n")
    assert told.startswith("7: cameras[0].crowd_model: input should be 'mcnn'")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("effort: fast", "plan stands for effort and hold_s; remove effort, or the plan"),
        ("effort: fast\n    hold_s: 2", "remove effort and hold_s"),
        ("cover: [faces]", "plan is for bodies, but cover has neither people nor heads"),
    ],
)
def test_a_plan_stands_for_settings_that_are_refused_beside_it(load, more, said):
    (told,) = complaints(load, f"{SITE}    plan: door.json\n    {more}\n")
    assert said in told


def test_a_number_out_of_bounds_is_told_both_bounds(load):
    (told,) = complaints(load, f"{SITE}    delay_s: 9\n")
    assert "delay_s: input should be less than or equal to 5 (not 9); write a number from 0.13 to 5" in told


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            "detectors: [yolo]",
            "7: cameras[0].detectors[0]: input should be 'person-detection-retail-0013', 'picodet-s'",
        ),
        ("detectors: picodet-s", "7: cameras[0].detectors: input should be a valid tuple"),
        (
            "detectors: [picodet-s]\n    cover: [faces]",
            "7: cameras[0].detectors: detector picodet-s finds only bicycle, bus",
        ),
        ("detectors: [yunet-n]\n    cover: [vehicles]", "7: cameras[0].detectors: detector yunet-n finds only face"),
    ],
)
def test_a_network_that_cannot_look_at_a_camera_is_refused_by_name(load, more, said):
    (told,) = complaints(load, f"{SITE}    {more}\n")
    assert told.startswith(said)


def test_figures_with_outlines_are_refused_and_either_alone_is_taken(load):
    (told,) = complaints(load, f"{SITE}    style: figure\n    shape: outline\n")
    assert "style figure hides the posture, which shape outline shows; choose another style, or shape box" in told
    assert load(f"{SITE}    style: figure\n").cameras[0].shape == "auto"
    assert load(f"{SITE}    shape: outline\n").cameras[0].shape == "outline"


@pytest.mark.parametrize("key", ["raw_stream", "face_recognition", "read_plates", "redact_off", "watchlist", "reid"])
def test_a_key_that_would_weaken_a_promise_is_refused_by_name(load, key):
    (told,) = complaints(load, f"{SITE}    {key}: true\n")
    assert told == f"7: cameras[0].{key}: passerby never does this, and no setting can change it; remove the key"


def test_a_key_without_its_unit_is_pointed_to_the_right_one(load):
    (told,) = complaints(load, f"{SITE}    delay: 1\n")
    assert told.endswith("did you mean delay_s?")


def test_two_cameras_with_one_name_are_refused(load):
    (told,) = complaints(load, f"site: central\ncameras:{DOOR}{DOOR.replace('door', 'Door', 1)}")
    assert "two cameras have the name door" in told


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("site: [", "1: "),
        ("site: a\nsite: b\n", "2: "),
        ("- a\n- b\n", "1: expected keys and values"),
        ("\t", "1: "),
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
        ), " more than"),
    ],
    ids=["broken", "key twice", "a list", "a tab", "a bomb of aliases"],
)  # fmt: skip
def test_what_is_no_settings_file_is_one_line(load, text, where):
    (told,) = complaints(load, text)
    assert told.startswith(where)


def test_a_file_that_is_not_there_or_not_text_is_one_line(tmp_path):
    (tmp_path / "site.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("none.yaml", "site.yaml"):
        with pytest.raises(UsageError, match=rf"{name}: "):
            load_site(tmp_path / name)


def test_secrets_come_from_the_environment_or_a_file(load, tmp_path):
    (tmp_path / "pw").write_text("from file\n", encoding="utf-8")
    first = load(f"{SITE}    password: ${{PW}}\n", PW="from environment").cameras[0]
    second = load(f"{SITE}    password: ${{file:pw}}\n").cameras[0]
    assert first.password.get_secret_value() == "from environment"
    assert second.password.get_secret_value() == "from file"
    assert "from" not in repr(first) + repr(second)


def test_a_secret_that_is_missing_is_named_and_never_its_neighbours(load):
    told = complaints(
        load,
        f"{SITE}    password: hunter2\n    username: ${{GONE}}\n    max_fps: 0\n",
    )
    assert [line.split(": ")[1] for line in told] == ["cameras[0].username", "cameras[0].max_fps"]
    assert "hunter2" not in "".join(told)


def test_a_wrong_secret_is_not_shown(load):
    (told,) = complaints(load, f"{SITE}    password: [hunter2]\n")
    assert "hunter2" not in told


def test_a_secret_has_no_place_in_a_text_that_is_shown(load):
    told = complaints(load, SITE.replace("central", "${PW}"), PW="secret")
    assert any("is allowed only in address" in line for line in told)
    assert "secret'" not in "".join(told)


def test_paths_are_relative_to_the_file(load, tmp_path):
    assert load(f"{SITE}    masks: [masks.json]\n").cameras[0].masks == (tmp_path / "masks.json",)
    for store in ("signals.db", "postgresql://ann@db/signals"):
        given = load(f"{SITE}signals:\n  store: {store}\n").signals.store.get_secret_value()
        assert given == (store if "://" in store else str(tmp_path / store))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("clip.mp4", "{0}/clip.mp4"), ("/dev/video0", "/dev/video0"), ("simulation:plaza", "simulation:plaza")],
)
def test_the_file_of_a_camera_is_relative_to_the_site_file(load, tmp_path, written, meant):
    (camera,) = load(SITE.replace("rtsp://10.0.0.5/stream1", written)).cameras
    assert camera.address.get_secret_value() == meant.format(tmp_path)


YARD = """
  - name: {name}
    address: simulation:plaza
    purpose: Nobody real is in it.
    legal_basis: legitimate_interests
    places: {name}.yaml
"""
GROUND = """
ground:
  plan: "{plan}"
  points:
    - {{picture_px: [100, 500], ground_m: [0, 0]}}
    - {{picture_px: [700, 500], ground_m: [6, 0]}}
    - {{picture_px: [500, 200], ground_m: [6, 12]}}
    - {{picture_px: [300, 200], ground_m: [0, 12]}}
"""
SQUARE = "zones:\n  - {{name: {name}, corners_m: [[{x}, 0], [{right}, 0], [{right}, 12], [{x}, 12]]}}\n"


def area_of(load, tmp_path, *cameras):
    """Load a site whose area has a zone of each camera; a camera is its name, its plan and where its zone begins."""
    for name, plan, x in cameras:
        text = "picture_px: [800, 600]\n" + GROUND.format(plan=plan) + SQUARE.format(name=name, x=x, right=x + 3)
        (tmp_path / f"{name}.yaml").write_text(text)
    names = [name for name, _, _ in cameras]
    site = "site: probe\ncameras:" + "".join(YARD.format(name=name) for name in names)
    return load(f"{site}signals:\n  areas:\n    - {{name: venue, zones: {names}}}\n")


def test_zones_of_one_camera_that_overlap_make_no_area(load, tmp_path):
    (tmp_path / "yard.yaml").write_text(
        "picture_px: [1280, 720]\nzones:\n"
        "  - {name: left, corners_px: [[0, 0], [640, 0], [640, 720], [0, 720]]}\n"
        "  - {name: over, corners_px: [[300, 0], [900, 0], [900, 720], [300, 720]]}\n"
        "  - {name: right, corners_px: [[640, 0], [900, 0], [900, 720], [640, 720]]}\n"
    )
    site = "site: probe\ncameras:" + YARD.format(name="yard") + "signals:\n  areas:\n    - {name: venue, zones: %s}\n"
    with pytest.raises(UsageError, match="area 'venue': zones 'left' and 'over' overlap by 57% of the smaller one"):
        load(site % "[left, over]")
    assert load(site % "[left, right]").signals.areas


def test_zones_of_cameras_that_share_a_ground_may_not_overlap(load, tmp_path):
    with pytest.raises(UsageError, match=r"'one' and 'two' overlap by 33% .* draw them so that they only touch"):
        area_of(load, tmp_path, ("one", "hall", 0), ("two", "hall", 2))
    assert area_of(load, tmp_path, ("one", "hall", 0), ("two", "hall", 3)).signals.areas
    assert area_of(load, tmp_path, ("one", "hall", 0), ("two", "yard", 2)).signals.areas


def test_whether_cameras_share_a_ground_is_asked_where_it_matters(load, tmp_path):
    with pytest.raises(
        UsageError, match="if cameras 'one' and 'two' share a ground; give both grounds the same 'plan'"
    ):
        area_of(load, tmp_path, ("one", "", 0), ("two", "", 2))
    assert area_of(load, tmp_path, ("one", "", 0), ("two", "", 3)).signals.areas
