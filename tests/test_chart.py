"""The chart renders, with Helm's own code, to what Kubernetes accepts: without rights, and closed unless opened."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from passerby.settings.load import load_site

ROOT = Path(__file__).parents[1]
CHART = ROOT / "deploy/helm/passerby"
VERSIONS = ("1.25", "1.37")
"""The oldest version of Kubernetes that the chart names, and the newest whose schemas are installed."""

pytestmark = pytest.mark.skipif(find_spec("helm_python") is None, reason="helm-python-sdk is not installed")

Values = dict[str, Any]
Rendered = dict[tuple[str, str], Any]


@pytest.fixture(scope="module")
def example() -> Values:
    values: Values = YAML(typ="safe").load((CHART.parent / "example-values.yaml").read_text())
    return values


@pytest.fixture(scope="module")
def rendered() -> Callable[[Values], Rendered]:
    """Render the chart as `helm install arena` does: what is made, by kind and name."""
    import helm_python

    def render(values: Values) -> Rendered:
        with helm_python.Chart.load(CHART) as chart:
            files = chart.render(values, name="arena", namespace="cameras")
        made = [
            part for name, text in files.items() if name.endswith(".yaml") for part in YAML(typ="safe").load_all(text)
        ]
        return {(each["kind"], each["metadata"]["name"]): each for each in made if each}

    return render


@pytest.fixture(scope="module")
def made(rendered: Callable[[Values], Rendered], example: Values) -> Rendered:
    return rendered(example)


def pod(made: Rendered) -> Any:
    return made["StatefulSet", "arena-passerby"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_accepts_all_that_is_made(made: Rendered, version: str) -> None:
    import kubernetes_validate

    kinds = {kind for kind, _ in made}
    assert kinds == {"StatefulSet", "Service", "NetworkPolicy", "ConfigMap", "ServiceAccount"}
    for each in made.values():
        kubernetes_validate.validate(each, version, strict=True)
    wrong = copy.deepcopy(made["StatefulSet", "arena-passerby"])
    wrong["spec"]["template"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_the_gateway_has_no_rights_and_writes_only_where_it_must(made: Rendered) -> None:
    spec = pod(made)
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not spec["automountServiceAccountToken"]
    written = {each["name"] for each in container["volumeMounts"] if not each.get("readOnly")}
    assert written == {"state", "tmp", "shared-memory"}
    memory = {each["name"] for each in spec["volumes"] if each.get("emptyDir", {}).get("medium") == "Memory"}
    assert memory == {"tmp", "shared-memory"}
    (claim,) = made["StatefulSet", "arena-passerby"]["spec"]["volumeClaimTemplates"]
    assert claim["spec"]["resources"]["requests"]["storage"] == "20Gi"
    probes = {container[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert probes == {"/healthz", "/readyz"}


def test_the_network_is_closed_but_for_what_the_values_name(
    rendered: Callable[[Values], Rendered], made: Rendered, example: Values
) -> None:
    own = {"matchLabels": made["StatefulSet", "arena-passerby"]["spec"]["selector"]["matchLabels"]}
    deny = made["NetworkPolicy", "arena-passerby-deny"]["spec"]
    assert deny == {"podSelector": own, "policyTypes": ["Ingress", "Egress"]}
    allow = made["NetworkPolicy", "arena-passerby-allow"]["spec"]
    assert allow["podSelector"] == own
    ports = [[each["port"] for each in rule["ports"]] for rule in allow["egress"]]
    assert ports == [[53, 53], [554], [5432]]
    assert allow["ingress"][0]["from"] == example["network"]["viewers"]
    closed = rendered(example | {"network": {"viewers": [], "dns": False, "cameras": [], "egress": []}})
    nothing = closed["NetworkPolicy", "arena-passerby-allow"]["spec"]
    assert (nothing["ingress"], nothing["egress"]) == ([], [])


def test_the_site_file_is_one_and_the_chart_says_where_it_listens(made: Rendered, tmp_path: Path) -> None:
    text = made["ConfigMap", "arena-passerby"]["data"]["site.yaml"]
    (tmp_path / "door_password").write_text("secret")
    assert "${file:/run/secrets/passerby/door_password}" in text
    (tmp_path / "site.yaml").write_text(text.replace("/run/secrets/passerby", str(tmp_path)))
    site = load_site(tmp_path / "site.yaml")
    assert (site.site, str(site.state_folder)) == ("arena", "/var/lib/passerby")
    assert not site.web.is_local
    (container,) = pod(made)["containers"]
    assert container["ports"] == [{"name": "page", "containerPort": site.web.port, "protocol": "TCP"}]
    assert site.web.names == ("gateway.example.org",)


def test_secrets_are_files_of_a_secret_and_nowhere_else(
    rendered: Callable[[Values], Rendered], made: Rendered, example: Values
) -> None:
    assert {"name": "secrets", "mountPath": "/run/secrets/passerby", "readOnly": True} in pod(made)["containers"][0][
        "volumeMounts"
    ]
    own = rendered(example | {"secrets": {"values": {"door_password": "hidden-7", "database_password": "hidden-8"}}})
    secret = own["Secret", "arena-passerby"]
    assert secret["stringData"] == {"door_password": "hidden-7", "database_password": "hidden-8"}
    rest = json.dumps([each for key, each in own.items() if key[0] != "Secret"])
    assert "hidden" not in rest
    (used,) = [each["secret"] for each in pod(own)["volumes"] if each["name"] == "secrets"]
    assert used["secretName"] == "arena-passerby"
    password = pod(own)["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"]
    assert password == {"name": "arena-passerby", "key": "database_password"}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"site": {"site": "arena", "cameras": []}}, "cameras"),
        (
            {"site": {"site": "arena", "cameras": [{"name": "a", "address": "b"}], "state_folder": "/srv"}},
            "state_folder",
        ),
        ({"network": {"cameras": [{"cidr": "192.0.2.0", "ports": [554]}]}}, "cidr"),
        ({"image": {"repository": "passerby", "digest": "sha256:short"}}, "digest"),
        ({"page": {"port": 80}}, "port"),
        ({"replicas": 2}, "replicas"),
        ({"secrets": {}}, "database.passwordKey needs"),
    ],
)
def test_values_that_cannot_work_are_refused_with_their_name(
    rendered: Callable[[Values], Rendered], example: Values, change: Values, word: str
) -> None:
    import helm_python

    with pytest.raises(helm_python.HelmError, match=word):
        rendered(example | change)


def test_a_digest_goes_before_the_tag(rendered: Callable[[Values], Rendered], example: Values) -> None:
    digest = "sha256:" + "a" * 64
    image = {"repository": "registry.example.org/passerby", "digest": digest, "pullSecrets": ["registry"]}
    spec = pod(rendered(example | {"image": image}))
    assert spec["containers"][0]["image"] == f"registry.example.org/passerby@{digest}"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
