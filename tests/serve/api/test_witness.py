"""A gateway is the second place of another one's checkpoints: it cosigns them over HTTP if the log only grew."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time

import httpx
import pytest
from tests.audit.logs import ORIGIN, filled
from tests.audit.test_log_check import numbered, replaced_by
from tests.serve.served import Served
from tests.sockets import PLAIN
from tests.waiting import PATIENCE_S, until

from passerby.audit.audit_log import AuditLog
from passerby.audit.checkpoint import StoredCheckpoint, parsed_checkpoint
from passerby.audit.checkpoint_sender import CheckpointSender
from passerby.audit.key_file import load_key
from passerby.audit.log_check import check_log
from passerby.audit.log_reader import LogReader
from passerby.audit.log_witness import LogWitness
from passerby.audit.note import COSIGNATURE, new_signer
from passerby.audit.remote_witness import RemoteWitness
from passerby.audit.tree import consistency_proof
from passerby.audit.witness_request import WitnessRequest, parsed_request
from passerby.errors import AuditError, UsageError, WitnessRefusedError
from passerby.gateway.site_audit import SiteAudit
from passerby.serve.site_server import site_server
from passerby.settings.load import load_site
from passerby.settings.site.web import WebSettings


@pytest.fixture
def state(tmp_path):
    filled(tmp_path / "state", numbered(300))
    return tmp_path / "state"


@pytest.fixture
def witness(tmp_path, state):
    return LogWitness(tmp_path / "other", "other/witness", [load_key(state / "log/log.vkey")], clock=lambda: 1000.0)


@pytest.fixture
def other(gateway, witness):
    with Served(gateway, WebSettings(port=0)) as server:
        server.set_witness(witness)
        yield server


@pytest.fixture
def remote(state, other, witness):
    url = f"{other.address}/api/witness"
    return RemoteWitness(
        url, witness.key, log_folder=state / "log", target=state / "checkpoint-witnessed", certificate=None
    )


def newest(state):
    return (state / "log/checkpoint").read_bytes()


def asked(other, request: WitnessRequest):
    return httpx.post(
        f"{other.address}/api/witness/add-checkpoint", content=request.encoded(), timeout=PATIENCE_S, verify=PLAIN
    )


@pytest.mark.parametrize("more", [0, 1, 400])
def test_checkpoints_of_a_log_that_grows_are_cosigned_and_the_other_gateway_has_the_newest(
    state, remote, witness, more
):
    remote(newest(state))
    filled(state, numbered(more, 300))
    remote(newest(state))
    cosigned = (state / "checkpoint-witnessed").read_bytes()
    assert parsed_checkpoint(cosigned)[0].size == 300 + more
    assert witness.path(load_key(state / "log/log.vkey")).read_bytes() == cosigned
    key = load_key(state / "log/log.vkey")
    report = check_log(LogReader(state), key, [StoredCheckpoint("witnessed", cosigned)], [witness.key])
    assert not report.problems


def test_a_log_that_was_written_anew_is_not_cosigned_and_found_out_by_what_the_other_gateway_has(
    state, remote, witness
):
    remote(newest(state))
    replaced_by((state, None), [*numbered(5), b"another", *numbered(400, 6)])
    with pytest.raises(AuditError, match="status 422"):
        remote(newest(state))
    kept = StoredCheckpoint("other", witness.path(load_key(state / "log/log.vkey")).read_bytes())
    assert check_log(LogReader(state), load_key(state / "log/log.vkey"), [kept]).problems


def test_a_log_that_was_put_back_to_an_older_copy_is_named(state, remote, tmp_path):
    shutil.copytree(state, tmp_path / "older")
    filled(state, numbered(10, 300))
    remote(newest(state))
    shutil.rmtree(state)
    shutil.copytree(tmp_path / "older", state)
    with pytest.raises(AuditError, match="cosigned more entries than this log has"):
        remote(newest(state))


def test_a_gateway_that_forgot_what_was_cosigned_learns_it_from_the_witness(state, remote):
    remote(newest(state))
    (state / "checkpoint-witnessed").unlink()
    filled(state, numbered(7, 300))
    remote(newest(state))
    assert parsed_checkpoint((state / "checkpoint-witnessed").read_bytes())[0].size == 307


def test_a_stale_size_is_answered_with_that_which_was_cosigned_last(state, remote, other):
    remote(newest(state))
    answer = asked(other, WitnessRequest(0, (), newest(state)))
    assert (answer.status_code, answer.text) == (409, "300\n")
    assert answer.headers["content-type"].startswith("text/x.tlog.size")


def test_another_log_a_forged_checkpoint_and_nonsense_are_refused(state, other, tmp_path):
    filled(tmp_path / "third", numbered(3))  # of the same name, with another key
    assert asked(other, WitnessRequest(0, (), newest(tmp_path / "third"))).status_code == 403
    unknown = newest(state).replace(ORIGIN.encode(), b"unknown/audit", 1)
    assert asked(other, WitnessRequest(0, (), unknown)).status_code == 404
    assert asked(other, WitnessRequest(301, (), newest(state))).status_code == 400
    assert asked(other, WitnessRequest(0, (bytes(32),), newest(state))).status_code == 422
    for body in (b"", b"old 1", b"old -1\n\nx", b"old 01\n\nx", b"old 0\nAAAA\n\nx", b"new 0\n\nx"):
        refused = httpx.post(
            f"{other.address}/api/witness/add-checkpoint", content=body, timeout=PATIENCE_S, verify=PLAIN
        )
        assert refused.status_code == 400
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", [None, "", "of somebody else"])
def test_a_public_key_that_somebody_has_exchanged_is_reported_again_and_again(state, remote, tmp_path, key):
    checkpoint, path = newest(state), state / "log/log.vkey"
    if key is None:
        path.unlink()
    elif not key:
        path.write_text("no key")
    else:
        filled(tmp_path / "third", numbered(3))
        path.write_bytes((tmp_path / "third/log/log.vkey").read_bytes())
    with CheckpointSender(remote, "witness") as sender:
        sender.put(checkpoint)
        until(lambda: "verify the log" in sender.problem)


def test_an_answer_of_another_witness_is_not_stored(state, other):
    stranger = new_signer("stranger/witness", COSIGNATURE).key
    target = state / "checkpoint-witnessed"
    url = f"{other.address}/api/witness"
    remote = RemoteWitness(url, stranger, log_folder=state / "log", target=target, certificate=None)
    with pytest.raises(AuditError, match="is not cosigned by stranger/witness"):
        remote(newest(state))
    assert not target.exists()


def test_a_witness_that_is_away_is_named(state, witness):
    remote = RemoteWitness(
        "http://127.0.0.1:1", witness.key, log_folder=state / "log", target=state / "x", certificate=None
    )
    with pytest.raises(AuditError, match=r"does not answer .* check audit\.witness_url"):
        remote(newest(state))


def test_a_gateway_that_is_no_witness_says_so(gateway, state):
    with Served(gateway, WebSettings(port=0)) as server:
        answer = asked(server, WitnessRequest(0, (), newest(state)))
    assert answer.status_code == 404
    assert "audit.witness_for" in answer.json()["detail"]


def grown(tmp_path, name, entries):
    """Return the key of a log of the usual name, and what to send a witness that knows nothing of it."""
    filled(tmp_path / name, numbered(entries))
    return load_key(tmp_path / name / "log/log.vkey"), WitnessRequest(0, (), newest(tmp_path / name)).encoded()


def test_of_two_older_logs_of_one_name_a_witness_with_both_keys_keeps_both(tmp_path):
    (one, first), (two, second) = grown(tmp_path, "one", 5), grown(tmp_path, "two", 7)
    assert one.name == two.name
    folder = tmp_path / "witness"
    LogWitness(folder, "w", [one], clock=lambda: 1.0).cosign(first)  # when it knew one of them
    both = LogWitness(folder, "w", [two, one], clock=lambda: 1.0)
    both.cosign(second)
    with pytest.raises(WitnessRefusedError, match="5 entries were cosigned last"):
        both.cosign(first)
    filled(tmp_path / "one", numbered(3, 5))
    proof = consistency_proof(5, 8, LogReader(tmp_path / "one").tiles.node)
    both.cosign(WitnessRequest(5, tuple(proof), newest(tmp_path / "one")).encoded())
    again = LogWitness(folder, "w", [one, two], clock=lambda: 1.0)
    sizes = {parsed_checkpoint(again.path(key).read_bytes())[0].size for key in (one, two)}
    assert sizes == {8, 7}
    alone = LogWitness(folder, "w", [one], clock=lambda: 1.0)
    assert parsed_checkpoint(alone.path(one).read_bytes())[0].size == 8


def test_a_damaged_last_checkpoint_is_never_taken_for_that_of_another_log(tmp_path):
    (one, first), (two, _) = grown(tmp_path, "one", 5), grown(tmp_path, "two", 7)
    folder = tmp_path / "witness"
    alone = LogWitness(folder, "w", [one], clock=lambda: 1.0)
    alone.cosign(first)
    alone.path(one).write_bytes(b"site/audit\n5\nAAAA\n")
    with pytest.raises(AuditError, match="cannot be read"):
        LogWitness(folder, "w", [one, two], clock=lambda: 1.0).cosign(first)


def test_two_gateways_of_one_site_have_logs_of_different_names_and_an_older_log_keeps_its_name(tmp_path):
    names = []
    for name in ("one", "two", "old"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "old":
            AuditLog(folder / "state", "central/audit").close()
        with SiteAudit(site_with(folder, "  keep_days: 400\n"), clock=time.time, networks=dict):
            pass
        key = load_key(folder / "state/audit/log/log.vkey")
        checkpoint = parsed_checkpoint((folder / "state/audit/log/checkpoint").read_bytes())[0]
        assert checkpoint.origin == key.name
        names.append(key.name)
    assert names[0] != names[1]
    assert re.fullmatch(r"central/audit/[0-9a-f]{16}", names[0])
    assert names[2] == "central/audit"


def test_a_request_is_read_as_it_was_written():
    request = WitnessRequest(7, (bytes(32), b"\1" * 32), b"checkpoint\n")
    assert parsed_request(request.encoded()) == request


SITE = """
site: central
state_folder: state
cameras: [{name: door, address: "rtsp://10.0.0.1/s", purpose: to count people, legal_basis: consent}]
audit:
"""


def site_with(folder, lines):
    (folder / "state").mkdir(exist_ok=True, parents=True)
    (folder / "site.yaml").write_text(SITE + lines)
    return load_site(folder / "site.yaml")


def test_a_running_gateway_has_its_checkpoints_cosigned_by_another_one(gateway, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    log = tmp_path / "one/state/audit/log"
    AuditLog(tmp_path / "one/state", "central").close()
    key = (log / "log.vkey").read_text().strip()
    two = site_with(tmp_path / "two", f"  witness_for: ['{key}']\nweb: {{port: 0}}\n")
    with site_server(gateway, two, None, None, clock=time.time) as other:
        command = (sys.executable, "-c", "from passerby.cli.app import main; main()", "audit", "witness")
        shown = subprocess.run([*command, tmp_path / "two/site.yaml"], capture_output=True, text=True, check=True)
        lines = f"  witness_url: {other.address}/api/witness\n  witness_key: '{shown.stdout.strip()}'\n"
        with SiteAudit(site_with(tmp_path / "one", lines), clock=time.time, networks=dict):
            pass
        cosigned = (tmp_path / "one/state/audit/checkpoint-witnessed").read_bytes()
    assert parsed_checkpoint(cosigned)[0].size == 2
    assert (tmp_path / "two/state/audit/witness") in [each.parent for each in tmp_path.rglob("checkpoint-*")]
    report = check_log(LogReader(log), load_key(log / "log.vkey"), [StoredCheckpoint("x", cosigned)])
    assert not report.problems


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("  witness_url: https://a.example/w", "belong together"),
        ("  witness_key: a+b+c", "belong together"),
        ("  witness_url: http://a.example/w\n  witness_key: a+b+c", "has an address like"),
        ("  witness_for: [nonsense]", "is not a public key"),
    ],
)
def test_a_witness_that_cannot_be_one_is_refused_in_the_site_file(tmp_path, lines, reason):
    with pytest.raises(UsageError, match=reason):
        site_with(tmp_path, lines)


def test_a_damaged_key_of_a_witness_is_named(gateway, tmp_path):
    with pytest.raises(UsageError, match=r"audit\.witness_for"):
        site_server(gateway, site_with(tmp_path, "  witness_for: [a+b+c]\n"), None, None, clock=time.time)
    lines = "  witness_url: https://a.example/w\n  witness_key: a+b+c\n"
    with pytest.raises(UsageError, match=r"audit\.witness_key"):
        SiteAudit(site_with(tmp_path, lines), clock=time.time, networks=dict)
