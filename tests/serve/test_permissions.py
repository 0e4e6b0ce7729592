"""Every route declares what it needs, and what is out of a user's scope is not there, not even as a count."""

from __future__ import annotations

import json
import re
import struct
import threading
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from tests.accounts.test_role import WRITTEN
from tests.serve.alerts import AlertsStub
from tests.serve.api.test_events import news
from tests.serve.pages import DoorPage
from tests.serve.recordings import RecordingsStub, after
from tests.serve.served import LOGIN, Served, add_person, token_of
from tests.sockets import PLAIN, WITHOUT_PINGS
from tests.store.made import NOON_S, foot_map, signal
from tests.waiting import PATIENCE_S, until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from passerby.accounts.permission import Action
from passerby.accounts.role import Role
from passerby.errors import StoreError
from passerby.gateway.public_pictures import PublicPicture
from passerby.gateway.signal_pipeline import SignalPipeline
from passerby.gateway.watchdog_book import WatchdogBook
from passerby.health.status import CameraState
from passerby.measure.reading import Quantity
from passerby.outputs.stream.live_hub import Demand
from passerby.serve import app as application
from passerby.serve.app import create_app
from passerby.serve.auth.declaration import Public, declared, require_declared
from passerby.settings.site.web import WebSettings
from passerby.signals.external import ExternalCounters
from passerby.signals.signal import utc

SEE, WATCH, READ = Action.SEE_CAMERAS, Action.WATCH_LIVE, Action.READ_SIGNALS
MANAGE, SETTINGS = Action.MANAGE_ACCOUNTS, Action.CHANGE_SETTINGS
NEEDS = {
    "POST /api/session": "public",
    "GET /api/session": "signed in",
    "DELETE /api/session": "signed in",
    "POST /api/first-account": "public",
    "POST /api/invitation": "public",
    "GET /api/session/ways": "public",
    "POST /api/session/oidc": "public",
    "GET /api/session/oidc/answer": "public",
    "POST /api/session/oidc/logout": "public",
    "POST /api/session/oidc/end": "signed in",
    "POST /api/session/proxy": "public",
    "POST /api/session/passkey/options": "public",
    "POST /api/session/passkey": "public",
    "POST /api/first-account/passkey/options": "public",
    "POST /api/first-account/passkey": "public",
    "POST /api/invitation/passkey/options": "public",
    "POST /api/invitation/passkey": "public",
    "GET /api/account/passkeys": "signed in",
    "POST /api/account/passkeys/options": "signed in",
    "POST /api/account/passkeys": "signed in",
    "PUT /api/account/passkeys/{number}": "signed in",
    "POST /api/account/passkeys/{number}/removal": "signed in",
    "GET /api/account": "signed in",
    "PUT /api/account/password": "signed in",
    "POST /api/account/app": "signed in",
    "PUT /api/account/app": "signed in",
    "POST /api/account/app/removal": "signed in",
    "GET /api/account/sessions": "signed in",
    "DELETE /api/account/sessions": "signed in",
    "DELETE /api/account/sessions/{number}": "signed in",
    "GET /api/accounts": MANAGE,
    "POST /api/accounts": MANAGE,
    "GET /api/accounts/{account}": MANAGE,
    "PUT /api/accounts/{account}": MANAGE,
    "POST /api/accounts/{account}/reset": MANAGE,
    "DELETE /api/accounts/{account}/sessions": MANAGE,
    "GET /api/tokens": "signed in",
    "POST /api/tokens": "signed in",
    "DELETE /api/tokens/{number}": "signed in",
    "GET /api/requests": "signed in",
    "POST /api/requests": "signed in",
    "POST /api/requests/{number}/decision": "signed in",
    "GET /api/about": "signed in",
    "GET /api/audit": Action.READ_AUDIT,
    "GET /api/account/audit": "signed in",
    "POST /api/audit/verification": Action.READ_AUDIT,
    "GET /api/audit/export": Action.READ_AUDIT,
    "GET /api/account/audit/export": "signed in",
    "GET /api/account/layout": "signed in",
    "PUT /api/account/layout": "signed in",
    "GET /api/screens": SEE,
    "GET /api/screens/{screen}": SEE,
    "PUT /api/screens/{screen}": SETTINGS,
    "DELETE /api/screens/{screen}": SETTINGS,
    "GET /api/groups": SEE,
    "GET /api/cameras": SEE,
    "GET /api/cameras/{camera}": SEE,
    "GET /api/cameras/{camera}/sign": SEE,
    "GET /api/events": SEE,
    "POST /api/cameras/{camera}/streams/{stream}": WATCH,
    "GET /api/clock": SEE,
    "GET /api/foreign-pages": MANAGE,
    "POST /api/cameras/{camera}/tickets": MANAGE,
    "GET /api/embedded/{camera}": WATCH,
    "POST /api/embedded/{camera}/streams/{stream}": WATCH,
    "APIWebSocketRoute /api/embedded/{camera}/{stream}/packets": WATCH,
    "APIWebSocketRoute /api/embedded/{camera}/{stream}/fragments": WATCH,
    "APIWebSocketRoute /api/live/{camera}/{stream}/packets": WATCH,
    "APIWebSocketRoute /api/live/{camera}/{stream}/fragments": WATCH,
    "POST /api/live/{camera}/{stream}/whep": WATCH,
    "DELETE /api/calls/{name}": WATCH,
    "POST /api/mosaic/stream": WATCH,
    "APIWebSocketRoute /api/mosaic/packets": WATCH,
    "APIWebSocketRoute /api/mosaic/fragments": WATCH,
    "GET /p/{camera}": "public",
    "GET /p/{camera}/picture.jpg": "public",
    "GET /public.css": "public",
    "GET /healthz": "public",
    "GET /readyz": "public",
    "GET /api/cluster": Action.SEE_CLUSTER,
    "GET /metrics": Action.READ_METRICS,
    "GET /api/signals/stream": READ,
    "GET /api/places": READ,
    "GET /api/places/{place}/foot-points": READ,
    "GET /api/signals": READ,
    "POST /api/counters/{place}": Action.PUSH_COUNTS,
    "GET /api/alerts": Action.SEE_ALERTS,
    "GET /api/alerts/stream": Action.SEE_ALERTS,
    "GET /api/alerts/roles": Action.SEE_ALERTS,
    "GET /api/alerts/rules": Action.SEE_ALERTS,
    "GET /api/alerts/health": Action.SEE_ALERTS,
    "GET /api/alerts/contacts": Action.SEE_ALERTS,
    "GET /api/alerts/load": Action.SEE_ALERTS,
    "GET /api/alerts/handover": Action.SEE_ALERTS,
    "POST /api/alerts/replay": Action.SEE_ALERTS,
    "GET /api/alerts/{alert}": Action.SEE_ALERTS,
    "POST /api/alerts/handover": Action.HANDLE_ALERTS,
    "POST /api/alerts/drills": Action.HANDLE_ALERTS,
    "POST /api/alerts/{alert}/acknowledge": Action.HANDLE_ALERTS,
    "POST /api/alerts/{alert}/assign": Action.HANDLE_ALERTS,
    "POST /api/alerts/{alert}/steps/{step}": Action.HANDLE_ALERTS,
    "POST /api/alerts/{alert}/resolve": Action.HANDLE_ALERTS,
    "GET /api/site": SETTINGS,
    "PUT /api/site": SETTINGS,
    "GET /api/site/yaml": SETTINGS,
    "GET /api/site/schema": SETTINGS,
    "POST /api/site/validation": SETTINGS,
    "POST /api/site/difference": SETTINGS,
    "POST /api/site/requests": SETTINGS,
    "POST /api/site/probe": SETTINGS,
    "POST /api/site/probe/picture": SETTINGS,
    "GET /api/site/cameras/{name}/places": SETTINGS,
    "PUT /api/site/cameras/{name}/places": SETTINGS,
    "DELETE /api/site/cameras/{name}/places": SETTINGS,
    "GET /api/site/cameras/{name}/calibration": SETTINGS,
    "PUT /api/site/cameras/{name}/calibration": SETTINGS,
    "DELETE /api/site/cameras/{name}/calibration": SETTINGS,
    "GET /api/site/cameras/{name}/places-schema": SETTINGS,
    "POST /api/site/cameras/{name}/places/difference": SETTINGS,
    "POST /api/site/cameras/{name}/calibration/difference": SETTINGS,
    "POST /api/site/cameras/{name}/survey": SETTINGS,
    "POST /api/site/discovery": SETTINGS,
    "PUT /api/site/plans/{plan}/picture": SETTINGS,
    "GET /api/plans": Action.READ_SIGNALS,
    "GET /api/plans/{plan}/picture": Action.READ_SIGNALS,
    "GET /api/recordings": Action.SEE_RECORDINGS,
    "GET /api/recordings/{camera}": Action.SEE_RECORDINGS,
    "GET /api/recordings/{camera}/video": Action.SEE_RECORDINGS,
    "GET /api/recordings/{camera}/still": Action.SEE_RECORDINGS,
    "GET /api/recordings/{camera}/cover": Action.SEE_RECORDINGS,
    "GET /api/recordings/{camera}/previews": Action.SEE_RECORDINGS,
    "POST /api/recordings/{camera}/verification": Action.SEE_RECORDINGS,
    "GET /api/recordings/{camera}/holds": Action.SEE_RECORDINGS,
    "POST /api/recordings/{camera}/holds": SETTINGS,
    "DELETE /api/recordings/{camera}/holds/{number}": SETTINGS,
    "GET /api/exports": Action.EXPORT_RECORDINGS,
    "POST /api/exports": Action.EXPORT_RECORDINGS,
    "GET /api/exports/{export}": Action.EXPORT_RECORDINGS,
    "DELETE /api/exports/{export}": Action.EXPORT_RECORDINGS,
    "GET /api/exports/{export}/files/{file}": Action.EXPORT_RECORDINGS,
    "GET /api/watchdog": SEE,
    "GET /api/watchdog/cameras/{camera}": SEE,
    "POST /api/watchdog/cameras/{camera}/findings": Action.COVER_WHOLE,
    "POST /api/watchdog/cameras/{camera}/looks": Action.COVER_WHOLE,
    "POST /api/watchdog/seeds": Action.COVER_WHOLE,
    "POST /api/witness/add-checkpoint": "public",
    "GET /api/openapi.json": "public",
    "Mount ": "public",
}
"""The permission of every route; a new route is added here by hand."""
EMBEDDED = {name for name in NEEDS if "/api/embedded/" in name}
"""They take the tickets of pages of other origins, and neither cookies nor tokens: tests/serve/api/test_embedded.py."""
PROTECTED = {name: need for name, need in NEEDS.items() if need != "public" and name not in EMBEDDED}
REFUSED = {
    "GET /api/accounts",
    "GET /api/accounts/{account}",
    "GET /api/foreign-pages",
    "GET /api/account/layout",
    "GET /api/account/sessions",
    "GET /api/account/passkeys",
    "GET /api/account/audit",
    "GET /api/account/audit/export",
    "GET /api/audit",
    "GET /api/audit/export",
    "GET /api/cluster",
    "POST /api/audit/verification",
    "GET /api/tokens",
    *(name for name in NEEDS if "/api/site" in name),
    *EMBEDDED,
}
"""Refused to a token that is limited to some cameras: about the whole site, or about a person's own account."""
NUMBERED = "DELETE /api/recordings/{camera}/holds/{number}"
"""Not found in any case here: there is no legal hold of this number."""
ENDLESS = {"GET /api/events", "GET /api/signals/stream", "GET /api/alerts/stream"}
HIDDEN = re.compile(r"hall|shared|turnstile|next-door-ltd")
"""Whatever the user of one camera must not see: the other camera, its place, an area over both, a counter, a site."""
OWNERS = {"door-yard": {"door"}, "hall-yard": {"hall"}, "shared": {"door", "hall"}}
SPAN = {"start": utc(NOON_S).isoformat(), "end": utc(NOON_S + 3600).isoformat(), "window": "1s"}
RECORDED = {"start": after(0), "end": after(5), "at": after(1)}


def span_of(name):
    """Return the query of a route: recordings are of another time than signals."""
    return RECORDED if "/api/recordings/" in name else SPAN


GROUPS = {"east": frozenset({"door"}), "both": frozenset({"door", "hall"})}
SCOPES = {"everything": None, "door-only": frozenset({"east"}), "both-named": frozenset({"both"})}


class Source(SignalPipeline):
    """Signals of two cameras, of an area over both, of a counter and of another site in the same store."""

    site = "arena"

    def owners(self, site, place):
        return frozenset(OWNERS.get(place, ())) if site == self.site else frozenset()


@pytest.fixture(scope="module")
def gateway(lasting_gateway):
    return lasting_gateway


def stored(source):
    """Return how many quantities of places the store knows; 0 before it is there."""
    try:
        return len(source.known())
    except StoreError:
        return 0


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signals")
    now = [NOON_S + 30.0]
    counters = ExternalCounters("arena", ["turnstile"], clock=lambda: now[0])
    with Source(str(folder / "s.db"), folder / "spool", counters, clock=lambda: now[0], drain_s=0.02) as made:
        for place in (*OWNERS, "turnstile"):
            made.publish([signal(4.0, 29, place=place, quantity=Quantity.DENSITY)])
            made.publish([signal(2.0, 29, place=place, quantity=Quantity.CROSSINGS_IN, kind="person")])
        made.publish([signal(9.0, 29, site="next-door-ltd", place="door-yard", quantity=Quantity.MEAN_SPEED)])
        made.record_foot_maps("arena", [foot_map(place=place) for place in OWNERS])
        until(lambda: stored(made) == 9)
        until(lambda: all(made.foot_maps("arena", place, start_s=0, end_s=NOON_S + 1) for place in OWNERS))
        yield made


@pytest.fixture(scope="module")
def alerts(tmp_path_factory, source):
    with AlertsStub(tmp_path_factory.mktemp("alerts"), source.owners) as made:
        yield made


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    with RecordingsStub(tmp_path_factory.mktemp("recordings")) as made:
        yield made


@pytest.fixture(scope="module")
def web(gateway, source, alerts, recordings, tmp_path_factory):
    with Served(gateway, WebSettings(port=0), source, groups=GROUPS, two_persons=()) as server:
        server.set_alerts(alerts)
        server.set_recordings(recordings)
        pages = DoorPage(gateway)
        pages.more = {"delay_min": 60, "picture": PublicPicture(b"jpeg", NOON_S)}
        server.set_public(pages)
        folder = tmp_path_factory.mktemp("watchdog")
        book = WatchdogBook(folder, raise_cover=lambda *_: None, clock=lambda: NOON_S, audit=None)
        server.set_watchdog(book)
        server.tokens = {
            name: token_of(server.accounts, "anna", name=name, groups=groups) for name, groups in SCOPES.items()
        }
        server.tokens |= {
            f"no-{action}": token_of(server.accounts, "anna", name=f"no-{action}", actions=frozenset(Action) - {action})
            for action in Action
        }
        for name, groups in SCOPES.items():
            add_person(server.accounts, name, groups=groups)
        yield server


def bearer(web, user):
    """Return the headers of somebody: their token's, or those that are given."""
    if isinstance(user, dict):
        return user
    return {"Authorization": f"Bearer {web.tokens.get(user, user)}"}


def client(web, token):
    return httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN, headers=bearer(web, token))


@pytest.fixture
def door_only(web):
    with client(web, "door-only") as made:
        yield made


@pytest.fixture
def everything(web):
    with client(web, "everything") as made:
        yield made


def socket_to(web, path, token):
    return connect(web.address.replace("http", "ws") + path, additional_headers=bearer(web, token), **WITHOUT_PINGS)


def status_of(web, name, token, camera="door"):
    """Return how a route answers a request of somebody."""
    method, _, path = name.partition(" ")
    parts = {
        "stream": "wall",
        "name": "made-up",
        "place": "turnstile",
        "account": "nobody",
        "number": 0,
        "plan": "cellar",
        "screen": "lobby",
    }
    path = path.format(camera=camera, **parts, alert="0-0", step=1, export="made-up", file="made-up")
    if method == "APIWebSocketRoute":
        try:
            with socket_to(web, f"{path}?ticket=1.made-up", token):
                return 101
        except InvalidStatus as error:
            return error.response.status_code
    sent = {"params": span_of(name) | {"ticket": "1.made-up"}, "headers": bearer(web, token)}
    with httpx.stream(method, web.address + path, timeout=PATIENCE_S, verify=PLAIN, **sent) as answer:
        return answer.status_code


# --- the declarations ----------------------------------------------------------------------------


def test_every_route_declares_what_the_table_says(web):
    found = {}
    for name, (need,) in declared(web._app).items():
        if isinstance(need, Public):
            assert len(need.reason) > 20
            found[name] = "public"
        else:
            found[name] = need.action or "signed in"
    assert found == NEEDS


def undeclared():
    router = APIRouter()

    @router.get("/api/undeclared")
    async def forgotten():
        """Forget to declare a permission."""

    return router


def test_a_planted_route_without_a_declaration_is_refused(web, monkeypatch):
    monkeypatch.setattr(application.cameras, "router", undeclared())
    with pytest.raises(RuntimeError, match="GET /api/undeclared: each route must declare"):
        create_app(None, WebSettings(), accounts=web.accounts)


async def forgotten(_):
    """Answer nothing."""


@pytest.mark.parametrize(
    "route",
    [Mount("/files", StaticFiles(directory=Path(__file__).parent)), Route("/plain", forgotten)],
    ids=["static files", "a plain route"],
)
def test_what_fastapi_does_not_know_is_refused_without_a_declaration(route):
    made = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    made.routes.append(route)
    with pytest.raises(RuntimeError, match="each route must declare"):
        require_declared(made)


def test_no_route_reaches_the_gateway_or_the_signals_but_through_a_view():
    folder = Path(application.__file__).parent
    reached = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if re.search(r"state\.(gateway|signals|alerts|recordings)\b", path.read_text(encoding="utf-8"))
    }
    comparing = "api/signals.py"  # whether its view is still one of the present source
    assert reached == {"app.py", "server.py", "auth/requirement.py", comparing}
    text = (folder / comparing).read_text(encoding="utf-8")
    assert re.findall(r".*state\.signals.*", text) == [
        "        while visit.alive() and visit.view.is_of(request.app.state.signals):"
    ]


# --- who is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROTECTED)
def test_without_a_session_every_route_that_is_not_public_is_refused(web, name):
    assert status_of(web, name, "wrong" * 5) in {401, 429}


@pytest.mark.parametrize("name", [name for name, need in PROTECTED.items() if need != "signed in"])
def test_without_the_permission_a_route_is_refused_and_with_it_it_is_not(web, name):
    assert status_of(web, name, f"no-{NEEDS[name]}") == 403
    other = next(action for action in Action if action != NEEDS[name])
    allowed = status_of(web, name, f"no-{other}")
    ticket = "ticket" if "live" in name or "mosaic/" in name else ""
    assert allowed != 403 or ticket  # those refuse the made-up ticket


def test_a_refusal_names_user_and_permission(web):
    with client(web, "no-see_cameras") as somebody:
        answer = somebody.get("/api/cameras")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == (
        "anna/no-see_cameras does not have the permission see_cameras; ask an administrator for it"
    )


@pytest.mark.parametrize("name", [name for name in PROTECTED if "{camera}" in name])
def test_a_camera_out_of_scope_is_answered_like_one_that_does_not_exist(web, name):
    assert status_of(web, name, "door-only", "hall") == status_of(web, name, "door-only", "nowhere") == 404
    assert (status_of(web, name, "everything", "hall") != 404) == (name != NUMBERED)


# --- every route, with every role and scope ------------------------------------------------------

WIDE_NEEDS = {MANAGE, Action.READ_AUDIT, Action.SEE_CLUSTER}
SITE_WIDE = {name for name, need in NEEDS.items() if need in WIDE_NEEDS or "/api/site" in name}
SITE_WIDE -= {"POST /api/cameras/{camera}/tickets"}  # of one camera
SITE_WIDE |= {name for name in NEEDS if "/api/screens/" in name and not name.startswith("GET")}
"""Routes about the whole site: refused to whoever is limited to some cameras, whatever their role."""
LEAVING = {"DELETE /api/session", "DELETE /api/account/sessions", "POST /api/session/oidc/end"}
"""They end the session that asks; tests/serve/api/test_accounts.py and tests/serve/test_oidc.py have them."""


@pytest.fixture(scope="module")
def people(web):
    """Return the cookie of somebody of each role, without limits and limited to the door."""
    cookies = {}
    for role in Role:
        for scope, groups in (("all", None), ("east", frozenset({"east"}))):
            name = f"{role}-{scope}"
            add_person(web.accounts, name, role, groups)
            account = web.accounts.store.account(name)
            secret = web.accounts.sessions.open(account, address="127.0.0.1", browser="made up")
            cookies[role, scope] = f"{web._app.state.cookies.session}={secret}"
    return cookies


@pytest.mark.parametrize("scope", ["all", "east"])
@pytest.mark.parametrize("role", Role)
def test_every_route_admits_each_role_in_each_scope_as_the_tables_say(web, people, role, scope):
    wrong = []
    for name, need in PROTECTED.items():
        if name in LEAVING:
            continue
        permitted = need == "signed in" or WRITTEN[role, need]
        if name in SITE_WIDE or need == Action.PUSH_COUNTS:
            permitted = permitted and scope == "all"
        status = status_of(web, name, {"Cookie": people[role, scope]})
        if status in {401, 500} or ((status == 403) == permitted and not ("live" in name or "/mosaic/" in name)):
            wrong.append((name, status))
        hidden = status_of(web, name, {"Cookie": people[role, scope]}, camera="hall")
        shown = permitted and scope == "all"
        if "{camera}" in name and name != NUMBERED and permitted and (hidden == 404) == shown:
            wrong.append((name, "hall", hidden))
    assert not wrong


def _asks_for_ticket(name):
    return "WebSocket" in name or name.startswith("POST /api/live/")


# --- routes that enumerate -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def of_hall(web):
    """Return the number of an export of the hall; there is one of the door, too."""
    with client(web, "everything") as somebody:
        for camera in ("door", "hall"):
            wanted = {"cameras": [camera], "begin": after(0), "end": after(5), "reason": "made up for a test"}
            made = somebody.post("/api/exports", json=wanted).json()["export"]
        until(lambda: {each["state"] for each in somebody.get("/api/exports").json()} == {"done"})
    return made


@pytest.mark.parametrize("name", [name for name in NEEDS if name.startswith("GET ") and name not in ENDLESS])
def test_no_answer_names_what_is_out_of_scope(door_only, everything, alerts, of_hall, name):
    more = {"alert": alerts.of_hall, "export": of_hall, "file": "hall.mp4"}
    more |= {"screen": "lobby", "plan": "cellar"}
    path = name.removeprefix("GET ").format(camera="door", account="anna", name="door", place="door-yard", **more)
    seen = door_only.get(path, params=span_of(name))
    missing = dict.fromkeys([each for each in NEEDS if re.search("{(alert|export|screen|plan)}", each)], 404)
    special = {"GET /api/session": 204, "GET /api/session/oidc/answer": 404} | dict.fromkeys(REFUSED, 403) | missing
    special |= {"GET /api/cameras/{camera}/sign": 422}  # this gateway has no site file, which names the public pages
    assert seen.status_code == special.get(name, 200)  # 404: no sign-in provider here, an alert of the other camera
    assert not HIDDEN.search(seen.text)
    if path in {"/api/cameras", "/metrics", "/api/places", "/api/signals", "/api/alerts", "/api/alerts/handover"} | {
        *("/api/recordings", "/api/exports")
    }:
        assert "door" in seen.text
        assert HIDDEN.search(everything.get(path, params=SPAN).text)


def test_metrics_neither_sum_nor_count_what_is_out_of_scope(door_only, everything):
    seen, whole = door_only.get("/metrics").text, everything.get("/metrics").text
    assert len(re.findall(r"^passerby_camera_up\{", seen, re.MULTILINE)) == 1
    assert len(re.findall(r"^passerby_line_crossings_total\{", seen, re.MULTILINE)) == 1
    assert "passerby_signals_waiting_bytes" in whole
    assert "passerby_signals_waiting_bytes" not in seen
    assert re.findall(r'^passerby_alerts_open\{severity="red"\} (.+)$', seen, re.MULTILINE) == ["1.0"]


def test_an_area_is_seen_by_those_who_see_all_its_cameras_and_a_counter_by_those_without_limits(web):
    with client(web, "both-named") as somebody:
        places = {each["place"] for each in somebody.get("/api/places").json()}
    assert places == {"door-yard", "hall-yard", "shared"}


def test_asking_for_a_place_by_name_does_not_bring_it_into_view(door_only):
    for place in ("hall-yard", "shared", "turnstile"):
        assert door_only.get("/api/signals", params=SPAN | {"place": place}).json() == []
        assert door_only.get(f"/api/places/{place}/foot-points", params=SPAN).json()["hours"] == 0
    assert door_only.get("/api/places/door-yard/foot-points", params=SPAN).json()["hours"] == 1
    (chart, *others) = door_only.get("/api/signals", params=SPAN | {"place": "door-yard"}).json()
    assert {each["site"] for each in (chart, *others)} == {"arena"}
    assert "mean_speed" not in {each["quantity"] for each in (chart, *others)}  # of another site with a place so named


def test_news_of_other_cameras_do_not_arrive(web, gateway, door_only):
    with door_only.stream("GET", "/api/events") as answer:
        coming = news(answer.iter_lines())
        name, cameras = next(coming)
        assert (name, [each["name"] for each in cameras]) == ("cameras", ["door"])
        gateway.change("hall", state=CameraState.REFUSED, detail="of the hall")
        gateway.change("door", detail="of the door")
        name, camera = next(coming)
        assert (name, camera["name"], camera["detail"]) == ("camera", "door", "of the door")
    gateway.change("hall", state=CameraState.OK, detail="")
    gateway.change("door", detail="")


def test_fresh_signals_of_other_cameras_do_not_arrive(source, door_only):
    def publish():
        until(lambda: source.hub._listeners)
        for value, place in ((1.0, "hall-yard"), (2.0, "shared"), (3.0, "turnstile"), (4.0, "door-yard")):
            source.hub.publish([signal(value, place=place)])

    with door_only.stream("GET", "/api/signals/stream") as answer:
        threading.Thread(target=publish).start()
        name, first = next(news(answer.iter_lines()))
    assert (name, first["place"], first["value"]) == ("signal", "door-yard", 4.0)


def test_signals_out_of_view_are_not_counted_as_missed(source):
    with source.hub.listen(limit=2, wanted=lambda each: each.place == "door-yard") as feed:
        source.hub.publish([signal(1.0, place="hall-yard")] * 10)
        source.hub.publish([signal(1.0, place="door-yard")] * 3)
        assert feed.missed == 1


def test_each_mosaic_holds_the_cameras_of_its_viewer_and_equal_scopes_share_one(web, gateway, door_only, everything):
    def opened(somebody, token):
        address = somebody.post("/api/mosaic/stream").json()
        return address["cameras"], socket_to(web, address["packets"], token)

    mine, narrow = opened(door_only, "door-only")
    whole, wide = opened(everything, "everything")
    assert (mine, whole) == (["door"], ["door", "hall"])
    with narrow, wide:
        sizes = [struct.unpack("!BBHHq", each.recv(timeout=PATIENCE_S)[:14])[2:4] for each in (narrow, wide)]
        assert sizes == [(320, 180), (640, 180)]
        listening = len(gateway.walls)
        with opened(door_only, "door-only")[1] as same:
            same.recv(timeout=PATIENCE_S)
            assert len(gateway.walls) == listening == 2
    until(lambda: not gateway.walls)


def test_a_ticket_of_somebody_else_opens_no_stream_out_of_scope(web, gateway, everything):
    path = everything.post("/api/cameras/hall/streams/wall").json()["packets"]
    mosaic = everything.post("/api/mosaic/stream").json()["packets"]
    before = len(gateway.demands)
    for each in (path, mosaic):
        with pytest.raises(InvalidStatus) as caught:
            socket_to(web, each, "door-only")
        assert caught.value.response.status_code in {403, 404}
    assert gateway.demands[before:] == []
    with socket_to(web, path, "everything") as mine:
        mine.recv(timeout=PATIENCE_S)
    until(lambda: ("hall", "wall", Demand.END) in [(a, b.value, c) for a, b, c in gateway.demands[before:]])


def test_counts_are_pushed_by_those_without_limits_only(door_only, everything):
    end = utc(NOON_S + 10).isoformat()
    message = json.dumps({"source": "ticket_gate", "end": end, "span_s": 60, "values": {"crossings_in": 1}})
    for place in ("turnstile", "nowhere"):
        assert door_only.post(f"/api/counters/{place}", content=message).status_code == 403
    assert everything.post("/api/counters/turnstile", content=message).status_code == 204
    assert everything.post("/api/counters/nowhere", content=message).status_code == 422


def test_what_is_public_counts_no_cameras(web, gateway):
    gateway.change("hall", state=CameraState.STARTING)
    try:
        answer = httpx.get(f"{web.address}/readyz", timeout=PATIENCE_S, verify=PLAIN)
        assert answer.status_code == 503
        assert not re.search(r"\d", answer.json()["detail"])
    finally:
        gateway.change("hall", state=CameraState.OK)


def test_a_browser_that_signed_in_has_the_scope_of_its_account(web):
    with httpx.Client(base_url=web.address, timeout=PATIENCE_S, verify=PLAIN) as browser:
        assert browser.post("/api/session", json=LOGIN | {"account": "door-only"}).status_code == 204
        assert [each["name"] for each in browser.get("/api/cameras").json()] == ["door"]
        assert browser.get("/api/cameras/hall").status_code == 404
        assert browser.delete("/api/session").status_code == 204
        assert browser.get("/api/cameras").status_code == 401
