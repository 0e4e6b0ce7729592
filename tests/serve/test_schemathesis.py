"""What the OpenAPI document says is what the gateway does: requests made from it find nothing."""

from __future__ import annotations

from contextlib import suppress

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from tests.serve.alerts import AlertsStub
from tests.serve.editing import editor_of
from tests.serve.recordings import RecordingsStub
from tests.serve.served import Served
from tests.serve.test_oidc import forger, plan_for
from tests.serve.test_openapi import ENDLESS
from tests.waiting import PATIENCE_S

from passerby.settings.site.web import WebSettings

__all__ = ["forger"]

pytestmark = pytest.mark.slow

SITE = """\
site: arena
state_folder: state
cameras:
  - name: door
    address: rtsp://10.0.0.5/stream1
    purpose: Notice a blocked exit at the main door.
    legal_basis: legitimate_interests
"""
ELSEWHERE = {"/api/site/discovery"}
"""It asks every machine in the network of whoever runs the tests: tests/serve/api/test_setup.py has it."""
EXAMPLES = 3
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture
def web(gateway, tmp_path, forger):
    (tmp_path / "site.yaml").write_text(SITE)
    with (
        AlertsStub(tmp_path, lambda *_: frozenset()) as stub,
        RecordingsStub(tmp_path) as recordings,
        Served(gateway, WebSettings(port=0), two_persons=(), oidc=plan_for(forger.issuer)) as server,
    ):
        server.set_alerts(stub)
        server.set_recordings(recordings)
        server.set_editor(editor_of(tmp_path / "site.yaml"))
        yield server


def cookie(web):
    """Return the header of a browser in which the administrator has just signed in."""
    accounts = web.accounts
    secret = accounts.sessions.open(accounts.store.account("anna"), address="127.0.0.1", browser="made up")
    return {"Cookie": f"{web._app.state.cookies.session}={secret}"}


def checks():
    """Return all checks but the one that no API with rules can pass.

    `positive_data_acceptance` wants success for whatever fits the schema: also for an account that does not exist, a
    period that ends before it begins, or a site file that its own rules refuse.
    """
    found = schemathesis.checks.CHECKS.get_all()
    return [each for each in found if each.__name__ != "positive_data_acceptance"]


def called(case, headers):
    """Return the answer to a request; of a stream that does not end, what is said before its first event."""
    wanted = case.as_transport_kwargs(headers=headers)
    with requests.request(**wanted, stream=True, allow_redirects=False, timeout=PATIENCE_S) as answer:
        if case.path in ENDLESS and answer.ok:
            answer._content, answer._content_consumed = b"", True
        return Response.from_requests(answer, verify=False)


def faults_of(operation, headers, wanted, mode):
    """Return what requests to one operation find, a text each: such as its description allows, or such as not."""
    found = {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case):
        answer = called(case, headers)
        try:
            case.validate_response(answer, checks=wanted)
        except FailureGroup as group:
            for each in group.exceptions:
                found.setdefault(
                    type(each).__name__, f"{operation.label}: {each} | {answer.status_code} {answer.text[:300]}"
                )

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that has no parameter
        answered()
    return list(found.values())


def test_requests_made_from_the_document_find_nothing(web):
    schema = schemathesis.openapi.from_url(f"{web.address}/api/openapi.json")
    assert schema.raw_schema["openapi"].startswith("3.1")
    operations = [each.ok() for each in schema.get_all_operations()]
    tried = [each for each in operations if each.path not in ELSEWHERE]
    assert len(tried) > 70
    assert {each.path for each in tried} > ENDLESS
    wanted = checks()
    assert len(wanted) > 5
    faults = [fault for mode in MODES for each in tried for fault in faults_of(each, cookie(web), wanted, mode)]
    assert not faults, "\n\n".join(faults)
