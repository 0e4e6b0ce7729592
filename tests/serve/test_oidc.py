"""Signing in by an OpenID provider: a whole one that the test starts, and one that forges what it is told to."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import text
from tests.program import started
from tests.serve.served import LOGIN, Served
from tests.serve.test_audited import Log
from tests.sockets import PLAIN, free_port
from tests.waiting import PATIENCE_S, until, until_refused

from passerby.accounts.oidc_plan import OidcPlan, RoleRule
from passerby.accounts.role import Role
from passerby.errors import UsageError
from passerby.settings.load import load_site
from passerby.settings.site.web import WebSettings

CLIENT, SECRET = "passerby", "of-the-client-0123456789"
RULES = (
    RoleRule("bosses", Role.ADMINISTRATOR, None),
    RoleRule("control-room", Role.OPERATOR, frozenset({"east"})),
)
GROUPS = {"east": frozenset({"door"})}


def plan_for(issuer):
    return OidcPlan(
        issuer, CLIENT, SECRET, scopes=("profile",), name_claim="preferred_username", role_claim="groups", rules=RULES
    )


@pytest.fixture
def log():
    return Log()


@contextmanager
def served(gateway, log, issuer):
    with Served(gateway, WebSettings(port=0), audit=log, groups=GROUPS, oidc=plan_for(issuer)) as server:
        yield server


# --- a whole provider ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def provider():
    """Return the issuer of a provider in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    with started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        issuer = f"http://127.0.0.1:{port}"
        until(lambda: answers(issuer))
        yield issuer


def answers(address):
    try:
        return (
            httpx.get(f"{address}/.well-known/openid-configuration", timeout=PATIENCE_S, verify=PLAIN).status_code
            == 200
        )
    except httpx.HTTPError:
        return False


def person(issuer, subject, **claims):
    assert httpx.put(f"{issuer}/users/{subject}", json=claims, timeout=PATIENCE_S, verify=PLAIN).status_code == 204


def returned(client, subject):
    """Go to the provider, sign in there, and return where it sends the browser."""
    address = client.post("/api/session/oidc").json()["address"]
    answer = httpx.post(address, data={"sub": subject}, timeout=PATIENCE_S, verify=PLAIN)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def come_back(client, subject):
    return client.get(returned(client, subject)).headers["location"]


@pytest.fixture
def web(gateway, log, provider):
    with served(gateway, log, provider) as server:
        yield server


def test_the_provider_signs_somebody_in_whose_account_is_made_with_the_role_of_the_claim(web, stranger, log, provider):
    person(provider, "s-1", preferred_username="ben", groups=["staff", "control-room"])
    assert stranger.get("/api/session/ways").json()["oidc"] is True
    place = returned(stranger, "s-1")
    answer = stranger.get(place)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    own = stranger.get("/api/account").json()
    assert (own["name"], own["role"], own["cameras"], own["has_password"]) == ("ben", "operator", ["door"], False)
    assert log.said() == [("account_added", "ben", "ben"), ("sign_in", "ben", "")]
    assert log.entries[-1].details == {"address": "127.0.0.1", "way": "oidc"}
    logged = "".join(each.encoded().decode() for each in log.entries)
    for secret in (SECRET, *(parse_qs(urlsplit(place).query)["code"])):
        assert secret not in logged

    stranger.delete("/api/session")
    person(provider, "s-1", preferred_username="renamed", groups="bosses")
    assert come_back(stranger, "s-1") == "/"
    own = stranger.get("/api/account").json()
    assert (own["name"], own["role"], own["cameras"]) == ("ben", "administrator", None)


def test_what_leaves_for_the_provider_holds_no_secret_and_the_cookie_is_out_of_reach_of_scripts(web, stranger):
    answer = stranger.post("/api/session/oidc")
    query = parse_qs(urlsplit(answer.json()["address"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert SECRET not in answer.text
    (cookie,) = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=600" in cookie
    kept = cookie.partition("=")[2].partition(";")[0]
    assert kept not in answer.text


@pytest.mark.parametrize("groups", [None, [], ["staff"], "boss", {"bosses": 1}, 7, [["bosses"]]], ids=str)
def test_without_a_value_that_gives_a_role_nobody_gets_in_and_no_account_is_made(web, stranger, log, provider, groups):
    person(provider, "s-2", preferred_username="carl", groups=groups)
    assert come_back(stranger, "s-2") == "/#/refused/role"
    assert stranger.get("/api/session").status_code == 401
    assert [each.name for each in web.accounts.store.accounts()] == ["anna"]
    assert log.said() == [("sign_in_failed", None, "")]
    assert log.entries[0].details == {"address": "127.0.0.1", "way": "oidc", "reason": "role"}


@pytest.mark.parametrize("name", ["anna", "ANNA", "", "two words", "x" * 65])
def test_an_account_of_another_person_is_not_taken_over_and_a_name_must_be_one(web, stranger, provider, name):
    person(provider, "s-3", preferred_username=name, groups=["bosses"])
    assert come_back(stranger, "s-3") == "/#/refused/account"
    assert stranger.get("/api/session").status_code == 401


def test_a_disabled_account_is_refused(web, stranger, log, provider):
    person(provider, "s-4", preferred_username="dora", groups=["control-room"])
    assert come_back(stranger, "s-4") == "/"
    web.accounts.store.change("dora", version=None, role=Role.OPERATOR, groups=None, disabled=True)
    assert come_back(stranger, "s-4") == "/#/refused/disabled"
    assert log.said()[-1] == ("sign_in_failed", "dora", "")
    assert web.accounts.store.account("dora").disabled


def test_an_answer_counts_once_and_only_in_the_browser_that_began(web, stranger, log, provider):
    person(provider, "s-5", preferred_username="emil", groups=["control-room"])
    place = returned(stranger, "s-5")
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as victim:
        assert victim.get(place).headers["location"] == "/#/refused/state"
        victim.post("/api/session/oidc")  # another attempt has another state
        assert victim.get(place).headers["location"] == "/#/refused/state"
        assert victim.get("/api/session").status_code == 401
    kept = dict(stranger.cookies)
    assert stranger.get(place).headers["location"] == "/"
    with httpx.Client(base_url=web.address, cookies=kept, timeout=PATIENCE_S, verify=PLAIN) as thief:
        assert thief.get(place).headers["location"].startswith("/#/refused/")
        assert thief.get("/api/session").status_code == 401


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?error=access_denied"])
def test_an_answer_without_a_right_state_is_refused(web, stranger, query):
    stranger.post("/api/session/oidc")
    assert stranger.get("/api/session/oidc/answer" + query).headers["location"] == "/#/refused/state"


def test_a_person_who_cancels_at_the_provider_is_told_so(web, stranger):
    state = parse_qs(urlsplit(stranger.post("/api/session/oidc").json()["address"]).query)["state"][0]
    answer = stranger.get(f"/api/session/oidc/answer?error=access_denied&state={state}")
    assert answer.headers["location"] == "/#/refused/answer"


@pytest.mark.slow
def test_a_person_signs_in_by_the_provider_in_a_browser(web, provider, visits):
    person(provider, "s-6", preferred_username="finn", groups=["control-room"])
    page = visits.open()
    page.goto(web.address)
    page.get_by_role("button", name="Sign in through your organisation").click()
    page.locator("input[name=sub]").fill("s-6")
    page.locator("input[name=sub]").press("Enter")
    page.get_by_role("link", name="Account").click()
    page.get_by_role("heading", name="finn").wait_for()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="End session").click()  # at the provider, which sends the browser back
    person(provider, "s-6", preferred_username="finn", groups=[])
    page.get_by_role("button", name="Sign in through your organisation").click()
    page.locator("input[name=sub]").fill("s-6")
    page.locator("input[name=sub]").press("Enter")
    page.get_by_role("alert").get_by_text("gives you no role").wait_for()
    page.wait_for_url(lambda url: "#" not in url)


# --- a provider that forges ----------------------------------------------------------------------

OWN, OTHER = RSAKey.generate_key(2048, {"kid": "own"}), RSAKey.generate_key(2048, {"kid": "own"})


class Forger(ThreadingHTTPServer):
    """A provider whose ID token, keys and description are what a test sets."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answering)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.description = {
            "issuer": self.issuer,
            **{f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token")},
            "jwks_uri": f"{self.issuer}/keys",
        }
        self.key, self.header, self.change = OWN, {"alg": "RS256", "kid": "own"}, {}
        self.nonce, self.form, self.status = "", {}, 200

    def token(self):
        now_s = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "s-1", "nonce": self.nonce, "iat": now_s, "exp": now_s + 60}
        claims |= {"preferred_username": "ben", "groups": ["bosses"], **self.change}
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.header["alg"] == "none":
            parts = (json.dumps({"alg": "none"}), json.dumps(claims))
            return ".".join((*(encoded(each) for each in parts), ""))
        return jwt.encode(self.header, claims, self.key, algorithms=[self.header["alg"]])

    def answer(self, path):
        if path == "/.well-known/openid-configuration":
            return self.description
        if path == "/keys":
            return {"keys": [OWN.as_dict(private=False)]}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.token()}


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(self.server.answer(self.path)).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.server.form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.form["authorization"] = self.headers.get("Authorization", "")
        self.do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def forger():
    with Forger() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def at_forger(gateway, log, forger):
    """Return a browser at a gateway that trusts the forger."""
    with ExitStack() as open_:
        server = open_.enter_context(served(gateway, log, forger.issuer))
        client = open_.enter_context(httpx.Client(base_url=server.address, timeout=PATIENCE_S, verify=PLAIN))
        client.accounts = server.accounts
        yield client


def attempt(client, forger):
    query = parse_qs(urlsplit(client.post("/api/session/oidc").json()["address"]).query)
    forger.nonce = forger.nonce or query["nonce"][0]
    return client.get(f"/api/session/oidc/answer?code=c-1&state={query['state'][0]}").headers["location"]


def test_a_right_token_gets_in_and_the_provider_gets_code_verifier_and_secret(at_forger, forger):
    assert attempt(at_forger, forger) == "/"
    assert forger.form["code"] == ["c-1"]
    assert len(forger.form["code_verifier"][0]) == 43
    assert forger.form["authorization"].startswith("Basic ")
    assert "client_secret" not in forger.form


def test_a_provider_that_takes_no_basic_authentication_gets_the_secret_in_the_body(at_forger, forger):
    forger.description["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert attempt(at_forger, forger) == "/"
    assert forger.form["client_secret"] == [SECRET]
    assert forger.form["authorization"] == ""


def test_whoever_signs_out_is_sent_to_the_provider_to_sign_out_there_too(at_forger, forger):
    forger.description["end_session_endpoint"] = f"{forger.issuer}/bye?x=1"
    attempt(at_forger, forger)
    answer = at_forger.post("/api/session/oidc/end")
    place, _, query = answer.json()["address"].partition("?x=1&")
    assert place == f"{forger.issuer}/bye"
    assert parse_qs(query) == {"client_id": [CLIENT], "post_logout_redirect_uri": [f"{at_forger.base_url}/"]}
    assert at_forger.get("/api/account").status_code == 401
    at_forger.post("/api/session", json=LOGIN)  # with a password: not of the provider
    assert at_forger.post("/api/session/oidc/end").json() == {"address": ""}
    assert at_forger.get("/api/account").status_code == 401


@pytest.mark.parametrize("description", [{}, {"end_session_endpoint": "http://login.example.org/bye"}, None], ids=str)
def test_signing_out_here_needs_no_provider_that_can_do_it(at_forger, forger, description):
    attempt(at_forger, forger)
    forger.description.update(description or {})
    if description is None:
        forger.status = 500
    assert at_forger.post("/api/session/oidc/end").json() == {"address": ""}
    assert at_forger.get("/api/account").status_code == 401


EVENTS = {"http://schemas.openid.net/event/backchannel-logout": {}}


def sent_logout(client, forger, **change):
    now_s = int(time.time())
    forger.change = {"nonce": None, "events": EVENTS, "jti": f"j-{time.monotonic_ns()}", "exp": now_s + 60, **change}
    return client.post("/api/session/oidc/logout", data={"logout_token": forger.token()})


def test_a_message_that_somebody_signed_out_at_the_provider_ends_all_their_sessions_once(at_forger, forger, log):
    attempt(at_forger, forger)
    with httpx.Client(
        base_url=at_forger.base_url, cookies=dict(at_forger.cookies), timeout=PATIENCE_S, verify=PLAIN
    ) as same:
        assert same.get("/api/account").status_code == 200
        assert sent_logout(at_forger, forger, sub="s-2").status_code == 200  # somebody who was never here
        assert same.get("/api/account").status_code == 200
        assert sent_logout(at_forger, forger, jti="j-1").status_code == 200
        assert same.get("/api/account").status_code == 401
    assert log.said()[-1] == ("sign_out", "ben", "")
    assert log.entries[-1].details == {"sessions": "all", "by": "oidc"}
    assert sent_logout(at_forger, forger, jti="j-1").status_code == 400


def test_a_message_that_came_while_the_database_was_away_counts_when_it_is_sent_again(at_forger, forger):
    attempt(at_forger, forger)

    def rename(old, new):
        with at_forger.accounts.store.writing_quietly() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("identity", "away")
    assert sent_logout(at_forger, forger, jti="j-1").status_code == 503
    rename("away", "identity")
    assert at_forger.get("/api/account").status_code == 200
    assert sent_logout(at_forger, forger, jti="j-1").status_code == 200
    assert at_forger.get("/api/account").status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://login.example.org"},
        {"aud": "another-client"},
        {"nonce": "n"},
        {"events": None},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": [*EVENTS]},
        {"iat": 1_700_000_000},
        {"iat": "now"},
        {"exp": 1_700_000_000},
        {"jti": None},
        {"sub": None},
        {"sub": ["s-1"]},
    ],
    ids=str,
)
def test_a_message_that_is_no_logout_token_for_this_gateway_ends_nothing(at_forger, forger, change):
    attempt(at_forger, forger)
    assert sent_logout(at_forger, forger, **change).status_code == 400
    assert at_forger.get("/api/account").status_code == 200


def test_a_forged_logout_token_ends_nothing_and_guesses_must_wait(at_forger, forger):
    attempt(at_forger, forger)
    forger.key = OTHER
    codes = until_refused(lambda: sent_logout(at_forger, forger).status_code)
    assert codes[:4] == [400] * 4
    assert codes[-1] == 429
    assert at_forger.get("/api/account").status_code == 200
    assert at_forger.post("/api/session/oidc/logout", data={"x": "y"}).status_code == 400


LATE_S = 31


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://login.example.org"},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": lambda: int(time.time()) - LATE_S},
        {"iat": lambda: int(time.time()) + 3600},
        {"nonce": "of another sign-in"},
        *({name: None} for name in ("iss", "aud", "exp", "iat", "nonce", "sub")),
        {"sub": ""},
        {"sub": 7},
        {"exp": "soon"},
    ],
    ids=lambda change: ", ".join(
        f"{name}: {'a wrong time' if callable(value) else value}" for name, value in change.items()
    ),
)
def test_an_id_token_that_is_not_for_this_client_sign_in_and_moment_is_refused(at_forger, forger, log, change):
    forger.change = {name: value() if callable(value) else value for name, value in change.items()}
    assert attempt(at_forger, forger) in {"/#/refused/answer", "/#/refused/account"}
    assert at_forger.get("/api/session").status_code == 401
    assert [each.name for each in at_forger.accounts.store.accounts()] == ["anna"]
    assert log.said() == [("sign_in_failed", None, "")]


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ({"alg": "RS256", "kid": "own"}, OTHER),
        ({"alg": "RS256", "kid": "unknown"}, OTHER),
        ({"alg": "none"}, None),
        ({"alg": "HS256"}, OctKey.import_key(SECRET)),
        ({"alg": "HS256", "kid": "own"}, OctKey.import_key("0123456789abcdef0123456789abcdef")),
    ],
    ids=["another key", "unknown key", "unsigned", "signed with the client's secret", "signed with a shared key"],
)
def test_a_forged_id_token_is_refused(at_forger, forger, log, header, key):
    forger.header, forger.key = header, key
    assert attempt(at_forger, forger) == "/#/refused/answer"
    assert at_forger.get("/api/session").status_code == 401
    assert log.entries[0].details == {"address": "127.0.0.1", "way": "oidc", "reason": "answer"}


def test_a_completed_sign_in_does_not_count_again_even_if_the_provider_says_so(at_forger, forger):
    query = parse_qs(urlsplit(at_forger.post("/api/session/oidc").json()["address"]).query)
    forger.nonce, kept = query["nonce"][0], dict(at_forger.cookies)
    place = f"/api/session/oidc/answer?code=c-1&state={query['state'][0]}"
    assert at_forger.get(place).headers["location"] == "/"
    with httpx.Client(base_url=at_forger.base_url, cookies=kept, timeout=PATIENCE_S, verify=PLAIN) as thief:
        assert thief.get(place).headers["location"] == "/#/refused/state"
        assert thief.get("/api/session").status_code == 401


def test_the_nonce_of_one_sign_in_does_not_count_for_the_next(at_forger, forger):
    assert attempt(at_forger, forger) == "/"
    at_forger.delete("/api/session")
    assert attempt(at_forger, forger) == "/#/refused/answer"  # the forger repeats the first nonce


def test_a_provider_that_is_down_is_reported_and_passwords_go_on(at_forger, forger):
    forger.status = 500
    refused = at_forger.post("/api/session/oidc")
    assert refused.status_code == 503
    assert "the sign-in provider refuses to answer (status 500)" in refused.json()["detail"]
    assert at_forger.post("/api/session", json=LOGIN).status_code == 204


def test_nobody_listens_at_the_issuer(gateway, log):
    with (
        served(gateway, log, f"http://127.0.0.1:{free_port()}") as server,
        httpx.Client(base_url=server.address, timeout=PATIENCE_S, verify=PLAIN) as who,
    ):
        refused = who.post("/api/session/oidc")
        assert refused.status_code == 503
        assert refused.json()["detail"].startswith("the sign-in provider does not answer; try again later")
        assert who.post("/api/session", json=LOGIN).status_code == 204


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://login.example.org"},
        {"token_endpoint": "http://login.example.org/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_provider_that_describes_itself_wrongly_is_refused(at_forger, forger, change):
    forger.description |= change
    refused = at_forger.post("/api/session/oidc")
    assert refused.status_code == 503
    assert "check accounts.oidc.issuer" in refused.json()["detail"]


def test_failures_at_speed_must_wait(at_forger, forger, log):
    forger.change = {"aud": "another-client"}
    places = []
    while "/#/refused/often" not in places and len(places) < 16:  # on a busy machine, early waits are over
        places.append(attempt(at_forger, forger))
    assert places[:4] == ["/#/refused/answer"] * 4
    assert places[-1] == "/#/refused/often"


def test_the_last_administrator_is_not_demoted_by_the_provider(at_forger, forger):
    assert attempt(at_forger, forger) == "/"
    at_forger.accounts.store.change("anna", version=None, role=Role.ADMINISTRATOR, groups=None, disabled=True)
    forger.change, forger.nonce = {"groups": ["control-room"]}, ""
    assert attempt(at_forger, forger) == "/#/refused/account"


def test_a_site_without_a_provider_has_none(gateway):
    with (
        Served(gateway, WebSettings(port=0)) as server,
        httpx.Client(base_url=server.address, timeout=PATIENCE_S, verify=PLAIN) as client,
    ):
        assert client.get("/api/session/ways").json()["oidc"] is False
        assert client.post("/api/session/oidc").status_code == 404


# --- settings ------------------------------------------------------------------------------------

SITE = """
site: arena
cameras: [{{name: door, address: "rtsp://10.0.0.1/s", purpose: to count people, legal_basis: consent}}]
groups: [{{name: east, cameras: [door]}}]
accounts:
  oidc:
    issuer: {issuer}
    client: passerby
    secret: {secret}
    roles: [{role}]
"""
GOOD = {
    "issuer": "https://login.example.org/realms/site",
    "secret": SECRET,
    "role": "{value: x, role: operator, groups: [east]}",
}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"issuer": "http://login.example.org"}, "is not an issuer"),
        ({"issuer": "https://login.example.org/?a=b"}, "is not an issuer"),
        ({"role": "{value: x, role: boss, all_cameras: true}"}, "role"),
        ({"role": "{value: x, role: operator}"}, "say which cameras"),
        ({"role": "{value: x, role: operator, groups: [east], all_cameras: true}"}, "say which cameras"),
        ({"role": "{value: x, role: operator, groups: [west]}"}, "which is no group here"),
        ({"role": ""}, "roles"),
        ({"secret": '""'}, "secret"),
    ],
)
def test_a_provider_that_cannot_be_used_is_refused_in_the_site_file(tmp_path, change, reason):
    (tmp_path / "site.yaml").write_text(SITE.format(**(GOOD | change)), encoding="utf-8")
    with pytest.raises(UsageError, match=reason):
        load_site(tmp_path / "site.yaml")


def test_a_good_provider_is_accepted_and_its_secret_shown_nowhere(tmp_path):
    (tmp_path / "site.yaml").write_text(SITE.format(**GOOD), encoding="utf-8")
    assert SECRET not in repr(load_site(tmp_path / "site.yaml"))
    assert SECRET not in repr(plan_for("https://login.example.org"))
