"""What is in deploy/ agrees with passerby: nothing of it can be run here, so it is checked as far as it can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from passerby.settings.load import load_site
from passerby.vision.models.catalogue import MODELS
from sbom import LOCK, bill

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "deploy/compose"


def yaml(path: Path) -> dict:
    return YAML(typ="safe").load(path.read_text())


def test_every_file_that_the_composition_mounts_is_there_and_every_secret_is_declared():
    made = yaml(COMPOSE / "compose.yaml")
    assert set(made["services"]) == {"gateway", "postgres", "mosquitto", "prometheus", "grafana"}
    for service in made["services"].values():
        assert set(service.get("secrets", ())) <= set(made["secrets"])
        for mount in service["volumes"]:
            source = mount.split(":")[0]
            assert (COMPOSE / source).is_file() if source.startswith("./") else source in made["volumes"]


def test_the_gateway_runs_without_rights_and_no_port_is_open_to_the_network():
    made = yaml(COMPOSE / "compose.yaml")["services"]
    gateway = made["gateway"]
    assert (gateway["read_only"], gateway["cap_drop"], gateway["ulimits"]) == (True, ["ALL"], {"core": 0})
    for service in made.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_site_file_of_the_composition_is_one(tmp_path):
    site = load_site(COMPOSE / "site.yaml")
    assert site.web.is_local
    assert str(site.state_folder) == "/var/lib/passerby"


def test_the_dashboard_shows_only_figures_that_the_gateway_has():
    board = json.loads((COMPOSE / "grafana/passerby.json").read_text())
    code = "".join(path.read_text() for path in (ROOT / "src/passerby/serve/metrics").glob("*.py"))
    asked = {name for panel in board["panels"] for name in re.findall(r"passerby_\w+", panel["targets"][0]["expr"])}
    assert len(asked) >= 10
    for name in asked:
        assert f'"{re.sub(r"_(total|bucket)$", "", name)}"' in code
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_image_has_a_user_a_health_check_and_the_networks():
    text = (ROOT / "deploy/container/Containerfile").read_text()
    last = text[text.rindex("FROM ") :]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/healthz" in last
    assert "passerby models fetch" in text
    for source in re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE):
        assert source == "." or (ROOT / source).exists()


def test_the_bill_of_materials_lists_every_pin_and_network():
    lock = LOCK.read_text()
    made = bill(lock)
    names = {each["name"] for each in made["components"]}
    assert set(MODELS) <= names
    assert {"openvino", "numpy", "av"} <= {name.lower() for name in names}
    assert len(made["components"]) >= lock.count("==")
    assert not [each for each in made["components"] if not each["version"]]


@pytest.mark.parametrize("name", ["pgpass", "postgres_password", "metrics_token", "grafana_password"])
def test_the_guide_says_how_each_secret_is_made(name):
    assert name in (ROOT / "docs/how-to/containers.md").read_text()
