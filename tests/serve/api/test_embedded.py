"""One covered camera for pages of other origins: listed origins with a ticket, and nobody else."""

from __future__ import annotations

import httpx
import pytest
from tests.serve.served import LOGIN, Served, add_person
from tests.serve.test_audited import Log
from tests.serve.tickets import ticket_of, wanted
from tests.sockets import WITHOUT_PINGS
from tests.waiting import PATIENCE_S, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from passerby.accounts.role import Role
from passerby.audit.entry import AuditKind
from passerby.health.status import CameraState, Redaction
from passerby.serve.foreign_page import SCRIPT
from passerby.settings.site.web import WebSettings

INTRANET = "https://intranet.example.org"
UNLISTED = [
    "https://evil.example",
    "null",
    "http://intranet.example.org",
    f"{INTRANET}:8443",
    f"{INTRANET}.evil.example",
    INTRANET.upper(),
    "",
    None,
]
GROUPS = {"front": frozenset({"door"})}


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


@pytest.fixture(scope="module")
def log():
    return Log()


@pytest.fixture(scope="module")
def web(gateway, log):
    settings = WebSettings(port=0, embed_origins=(INTRANET,))
    with Served(gateway, settings, groups=GROUPS, audit=log) as server:
        yield server


@pytest.fixture
def admin(web):
    """Return a browser in which the administrator has signed in to the console."""
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S) as client:
        assert client.post("/api/session", json=LOGIN).status_code == 204
        yield client


@pytest.fixture
def made(admin, request):
    """Return a new ticket for the door, and revoke it at the end."""
    with ticket_of(admin, request) as ticket:
        yield ticket


def foreign(web, ticket=None, origin=INTRANET):
    """Return what a page of another origin asks with: a ticket and the origin that its browser names."""
    headers = {} if origin is None else {"Origin": origin}
    if ticket is not None:
        headers["Authorization"] = f"Bearer {ticket}"
    return httpx.Client(base_url=web.address, timeout=PATIENCE_S, headers=headers)


def opened(web, path, origin=INTRANET):
    address = web.address.replace("http", "ws") + path
    return connect(address, origin=origin, **WITHOUT_PINGS)


def drain(socket):
    for _ in range(1000):
        socket.recv(timeout=20)


# --- what a listed page gets -------------------------------------------------------------------------


def test_a_listed_page_with_a_ticket_learns_how_its_camera_is_doing(web, made, gateway):
    gateway.change("door", state=CameraState.COVERED_WHOLE, redaction=Redaction.WHOLE, detail="the detector is late")
    with foreign(web, made["ticket"]) as page:
        answer = page.get("/api/embedded/door")
    gateway.change("door", state=CameraState.OK, redaction=Redaction.ACTIVE, detail="")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["name"], told["redaction"], told["detail"]) == ("door", "whole", "the detector is late")
    assert not {"serviceability", "withheld", "frames_total"} & told.keys()
    assert answer.headers["access-control-allow-origin"] == INTRANET
    assert "access-control-allow-credentials" not in answer.headers
    assert "Origin" in answer.headers["vary"]


def test_its_browser_asks_first_and_may_send_the_ticket_and_nothing_else(web):
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    with foreign(web) as page:
        answer = page.options("/api/embedded/door/streams/full", headers=asking)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == INTRANET
    assert answer.headers["access-control-allow-headers"] == "Authorization"
    assert answer.headers["access-control-allow-methods"] == "GET, POST"


@pytest.mark.parametrize("way", ["packets", "fragments"])
def test_it_watches_the_covered_stream_and_the_audit_log_names_page_and_ticket(web, made, log, way):
    with foreign(web, made["ticket"]) as page:
        path = page.post("/api/embedded/door/streams/wall").json()[way]
    with opened(web, path) as socket:
        assert socket.recv(timeout=20)[1] == 1  # covered
    whose = f"anna/{made['name']}"
    began = [each for each in log.entries if each.kind is AuditKind.VIEW_BEGAN and each.account == whose]
    assert [dict(each.details)["origin"] for each in began] == [INTRANET] * len(began)
    assert f"wall {way}" in [dict(each.details)["stream"] for each in began]
    created = next(each for each in log.entries if each.kind is AuditKind.TOKEN_CREATED and each.subject == whose)
    assert dict(created.details)["camera"] == "door"


# --- who gets nothing --------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", UNLISTED)
def test_a_page_that_is_not_listed_gets_nothing_not_even_with_a_ticket(web, made, origin, console):
    asking = {"Access-Control-Request-Method": "POST"}
    with foreign(web, made["ticket"], origin) as page:
        answers = [
            page.get("/api/embedded/door"),
            page.get("/api/embedded/nowhere"),
            page.post("/api/embedded/door/streams/full"),
            page.options("/api/embedded/door/streams/full", headers=asking),
            page.get(SCRIPT),
            page.get(f"{SCRIPT}.gz"),
        ]
    for answer in answers:
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert "door" not in answer.text


@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_an_address_that_was_given_to_a_listed_page_opens_nothing_for_another(web, made, origin):
    with foreign(web, made["ticket"]) as page:
        path = page.post("/api/embedded/door/streams/wall").json()["packets"]
    with pytest.raises(InvalidStatus) as caught:
        opened(web, path, origin)
    assert caught.value.response.status_code == 403


def test_an_address_opens_once(web, made):
    with foreign(web, made["ticket"]) as page:
        path = page.post("/api/embedded/door/streams/wall").json()["packets"]
    with opened(web, path) as socket:
        socket.recv(timeout=20)
    for wrong in (path, path.replace("wall", "full"), "/api/embedded/door/wall/packets"):
        with pytest.raises(InvalidStatus) as caught:
            opened(web, wrong)
        assert caught.value.response.status_code == 401


def test_an_address_of_one_stream_opens_no_other(web, made):
    with foreign(web, made["ticket"]) as page:
        path = page.post("/api/embedded/door/streams/wall").json()["packets"]
    with pytest.raises(InvalidStatus) as caught:
        opened(web, path.replace("wall", "full"))
    assert caught.value.response.status_code == 401


def test_neither_a_cookie_nor_an_api_token_opens_anything_for_a_listed_page(web, admin):
    assert admin.get("/api/embedded/door", headers={"Origin": INTRANET}).status_code == 401
    with foreign(web, web.token) as page:
        assert page.get("/api/embedded/door").status_code == 401
        assert page.post("/api/embedded/door/streams/full").status_code == 401


def test_a_ticket_opens_its_one_camera_and_nothing_else(web, made):
    with foreign(web, made["ticket"]) as page:
        assert page.get("/api/embedded/hall").status_code == page.get("/api/embedded/nowhere").status_code == 404
    bearer = {"Authorization": f"Bearer {made['ticket']}"}
    for path in ("/api/cameras", "/api/cameras/door", "/api/tokens", "/api/account", "/metrics"):
        assert httpx.get(web.address + path, headers=bearer, timeout=PATIENCE_S).status_code == 401
    stream = f"{web.address}/api/cameras/door/streams/full"
    assert httpx.post(stream, headers=bearer, timeout=PATIENCE_S).status_code == 401


def test_the_rest_of_the_gateway_stays_closed_to_a_listed_page(web, admin):
    origin = {"Origin": INTRANET}
    for path in ("/api/cameras", "/api/clock", "/api/session", "/"):
        answer = admin.get(path, headers=origin)
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert admin.post("/api/cameras/door/streams/full", headers=origin).status_code == 403
    assert admin.delete("/api/session", headers=origin).status_code == 403


def test_a_gateway_that_lists_no_origin_answers_no_page(gateway):
    with Served(gateway, WebSettings(port=0)) as server, foreign(server) as page:
        assert page.get("/api/embedded/door").status_code == 403


# --- who makes and ends tickets ----------------------------------------------------------------------


def test_a_stream_ends_when_its_ticket_is_revoked(web, admin, made):
    with foreign(web, made["ticket"]) as page:
        with opened(web, page.post("/api/embedded/door/streams/wall").json()["packets"]) as socket:
            socket.recv(timeout=20)
            assert admin.delete(f"/api/tokens/{made['number']}").status_code == 204
            with pytest.raises(ConnectionClosed):
                drain(socket)
        assert page.get("/api/embedded/door").status_code == 401


def test_the_list_of_tokens_says_which_of_them_are_tickets_and_for_which_camera(admin, made):
    listed = {each["number"]: each for each in admin.get("/api/tokens").json()}
    assert listed[made["number"]]["camera"] == "door"
    assert listed[made["number"]]["actions"] == ["watch_live"]
    assert [each["camera"] for each in listed.values() if each["name"] == "script"] == [None]
    assert made["ticket"] not in admin.get("/api/tokens").text


def test_only_somebody_who_manages_accounts_makes_a_ticket_and_with_a_browser(web):
    add_person(web.accounts, "olga", Role.OPERATOR)
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S) as olga:
        olga.post("/api/session", json=LOGIN | {"account": "olga"})
        assert olga.post("/api/cameras/door/tickets", json=wanted("x")).status_code == 403
        assert olga.get("/api/foreign-pages").status_code == 403
    script = {"Authorization": f"Bearer {web.token}"}
    made = httpx.post(f"{web.address}/api/cameras/door/tickets", json=wanted("x"), headers=script, timeout=PATIENCE_S)
    assert made.status_code == 403


def test_a_ticket_can_do_no_more_than_whoever_made_it_can_now(web):
    add_person(web.accounts, "adam", Role.ADMINISTRATOR, frozenset({"front"}))
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S) as adam:
        adam.post("/api/session", json=LOGIN | {"account": "adam"})
        assert adam.post("/api/cameras/hall/tickets", json=wanted("y")).status_code == 404
        ticket = adam.post("/api/cameras/door/tickets", json=wanted("y")).json()["ticket"]
    with foreign(web, ticket) as page:
        assert page.get("/api/embedded/door").status_code == 200
        account = web.accounts.store.account("adam")
        web.accounts.store.change("adam", version=None, role=Role.ANALYST, groups=account.groups, disabled=False)
        web.accounts.sessions.refresh()
        answer = page.get("/api/embedded/door")
    assert answer.status_code == 403
    assert answer.headers["access-control-allow-origin"] == INTRANET  # so that the page can say why


@pytest.mark.parametrize("days", [-1, 400])
def test_a_ticket_ends_after_today_and_within_a_year(admin, days):
    answer = admin.post("/api/cameras/door/tickets", json=wanted("z", days))
    assert answer.status_code == 422
    assert "within 366 days" in answer.json()["detail"]


def test_the_console_learns_which_pages_may_show_a_camera(admin):
    assert admin.get("/api/foreign-pages").json() == {"origins": [INTRANET], "script": SCRIPT}


def test_a_page_that_watches_counts_as_signed_in_and_is_not_displaced_by_strangers(gateway):
    settings = WebSettings(port=0, embed_origins=(INTRANET,), max_connections=8)
    with Served(gateway, settings) as server, httpx.Client(base_url=server.address, timeout=PATIENCE_S) as client:
        client.post("/api/session", json=LOGIN)
        ticket = client.post("/api/cameras/door/tickets", json=wanted("w")).json()["ticket"]
        with foreign(server, ticket) as page:
            path = page.post("/api/embedded/door/streams/wall").json()["packets"]
        with opened(server, path) as socket:
            socket.recv(timeout=20)
            for _ in range(6):  # strangers share a quarter of 8 places
                with httpx.Client(base_url=server.address, timeout=PATIENCE_S) as stranger:
                    stranger.get("/api/session/ways")
            until(lambda: socket.recv(timeout=20))
