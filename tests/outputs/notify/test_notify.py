"""Messages arrive at least once, each with its number; a service that is down or slow delays nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.alerts.made import NOON_S, finding, judged, rule
from tests.waiting import PATIENCE_S, until

from passerby.alerts.book import AlertBook
from passerby.alerts.handling import Deed
from passerby.errors import DeliveryRefusedError, OutputError
from passerby.outputs.notify import courier as couriers
from passerby.outputs.notify.apprise_channel import AppriseChannel
from passerby.outputs.notify.courier import Courier
from passerby.outputs.notify.delivery_log import DeliveryLog
from passerby.outputs.notify.message import AlertMessage, message_about, trial_message
from passerby.outputs.notify.webhook import Webhook

SECRET = "0123456789abcdef"  # noqa: S105 - signs what tests send


def message(number: int) -> AlertMessage:
    return AlertMessage(f"a-{number}", f"title {number}", "text", {"number": number})


class Service:
    """A channel that fails for as long as it is told to."""

    def __init__(self):
        self.taken = []
        self.fault = None
        self.gate = threading.Event()
        self.gate.set()
        self.tries = 0

    def send(self, given):
        self.tries += 1
        self.gate.wait(PATIENCE_S)
        if self.fault is not None:
            raise self.fault
        self.taken.append(given.key)


pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise, Python 3.11


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(couriers, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(couriers, "LONGEST_WAIT_S", 0.02)


@pytest.fixture
def started(tmp_path):
    made = []

    def start(service, name="duty"):
        courier = Courier(name, service, tmp_path / f"{name}.log")
        courier.start()
        made.append(courier)
        return courier

    yield start
    for each in made:
        each.stop()


def test_messages_arrive_in_order(started):
    service = Service()
    courier = started(service)
    for number in range(1, 20):
        courier.add(number, message(number))
    until(lambda: len(service.taken) == 19)
    assert service.taken == [f"a-{number}" for number in range(1, 20)]


def test_a_service_that_was_down_gets_everything_later_and_a_slow_one_delays_no_other(started):
    down, slow, well = Service(), Service(), Service()
    down.fault = OutputError("duty: cannot be reached; check it")
    slow.gate.clear()
    all_three = [started(service, name) for name, service in (("down", down), ("slow", slow), ("well", well))]
    for courier in all_three:
        courier.add(1, message(1))
        courier.add(2, message(2))
    until(lambda: well.taken == ["a-1", "a-2"])
    until(lambda: down.tries > 2)
    assert all_three[0].problem == "duty: cannot be reached; check it"
    assert all_three[0].waiting == 2
    down.fault = None
    slow.gate.set()
    until(lambda: down.taken == slow.taken == ["a-1", "a-2"])
    until(lambda: all_three[0].problem == "")


def test_what_a_service_never_takes_is_listed_and_does_not_hold_up_the_next(started):
    service = Service()
    service.fault = DeliveryRefusedError("no such room")
    courier = started(service)
    courier.add(1, message(1))
    until(courier.dead)
    service.fault = None
    courier.add(2, message(2))
    until(lambda: service.taken == ["a-2"])
    assert [(each.key, reason) for each, reason in courier.dead()] == [("a-1", "no such room")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_channel_that_fails_in_a_way_that_nobody_foresaw_is_reported(started):
    service = Service()
    service.fault = RuntimeError("bug")
    courier = started(service)
    courier.add(1, message(1))
    until(lambda: "sending has stopped" in courier.problem)
    assert courier.waiting == 1  # it is sent after a restart


def test_what_waits_and_what_is_dead_survives_a_kill_and_a_repeat_has_the_same_number(tmp_path):
    first = DeliveryLog(tmp_path / "duty.log")
    for number in range(1, 5):
        first.add(number, message(number))
    first.mark_sent(message(1))
    first.bury(message(2), "no such room")
    first.close()
    again = DeliveryLog(tmp_path / "duty.log")
    assert list(again.waiting) == ["a-3", "a-4"]
    assert again.waiting["a-3"] == message(3)
    assert again.last_number == 4
    assert [each.key for each, _ in again.dead] == ["a-2"]
    again.add(4, message(4))
    assert list(again.waiting) == ["a-3", "a-4"]
    again.close()


def test_a_file_that_grew_is_written_anew_with_what_waits(tmp_path):
    log = DeliveryLog(tmp_path / "duty.log")
    long = "x" * 20_000
    for number in range(1, 200):
        log.add(number, AlertMessage(f"a-{number}", "t", long, {}))
        if number != 7:
            log.mark_sent(AlertMessage(f"a-{number}", "t", long, {}))
    assert (tmp_path / "duty.log").stat().st_size < 1.2 * (1 << 20)
    log.close()
    again = DeliveryLog(tmp_path / "duty.log")
    assert (list(again.waiting), again.last_number) == (["a-7"], 199)
    again.close()


# --- webhooks -----------------------------------------------------------------------------------


class Hook:
    """A server that takes webhooks."""

    def __init__(self):
        self.status = 204
        self.headers = {}
        self.heard = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((self.path, dict(self.headers), body))
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_a_webhook_is_signed_over_number_time_and_body(hook):
    Webhook(f"{hook.address}/in?room=1", SECRET, clock=lambda: NOON_S).send(message(7))
    ((path, headers, body),) = hook.heard
    assert path == "/in?room=1"
    assert json.loads(body) == {"type": "alert", "number": 7}
    assert headers["webhook-id"] == "a-7"
    signed = f"a-7.{int(NOON_S)}.".encode() + body
    wanted = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"


@pytest.mark.parametrize(
    ("status", "error"), [(500, OutputError), (429, OutputError), (404, OutputError), (400, DeliveryRefusedError)]
)
def test_a_webhook_that_answers_with_an_error_says_which(hook, status, error):
    hook.status = status
    with pytest.raises(error, match=f"status {status}") as caught:
        Webhook(f"http://user:pass@{hook.address[7:]}/", SECRET, clock=lambda: NOON_S).send(message(1))
    assert type(caught.value) is error
    assert "pass" not in str(caught.value)


def test_a_redirect_is_not_followed(hook):
    hook.status = 302
    hook.headers = {"Location": f"{hook.address}/elsewhere"}
    with pytest.raises(OutputError, match="redirects"):
        Webhook(f"{hook.address}/", SECRET, clock=lambda: NOON_S).send(message(1))
    assert len(hook.heard) == 1


def test_a_server_that_is_down_is_named_without_its_password():
    with pytest.raises(OutputError, match=r"127\.0\.0\.1: the webhook cannot be reached") as caught:
        Webhook("http://user:hidden@127.0.0.1:9/", SECRET, clock=lambda: NOON_S).send(message(1))
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        *("http:///path", "http://host:port/", "http://host/gr\u00fc\u00dfe", "http://host/?to=\u00fc"),
        *("http://a..b/", f"http://{'x' * 64}.example/"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address):
    with pytest.raises(OutputError):
        Webhook(address, SECRET, clock=lambda: NOON_S)


# --- apprise ------------------------------------------------------------------------------------


def test_apprise_sends_to_a_service(hook):
    hook.status = 200
    AppriseChannel(f"json://{hook.address[7:]}/room", contact="duty").send(message(3))
    ((path, _, body),) = hook.heard
    assert path == "/room"
    sent = json.loads(body)
    assert sent["title"] == "title 3"
    assert sent["message"].endswith("[a-3]")


def test_a_service_that_fails_is_an_error_and_its_password_is_in_no_log(hook, caplog):
    caplog.set_level(logging.DEBUG)
    hook.status = 500
    channel = AppriseChannel(f"json://user:hidden@{hook.address[7:]}/room", contact="duty")
    with pytest.raises(OutputError, match="contact 'duty': the service did not accept the message") as caught:
        channel.send(message(3))
    assert "hidden" not in caplog.text + str(caught.value)


def test_an_address_that_apprise_does_not_know_is_refused_without_showing_it():
    with pytest.raises(OutputError, match="contact 'duty': apprise does not know") as caught:
        AppriseChannel("nonsense://user:hidden@host", contact="duty")
    assert "hidden" not in str(caught.value)


# --- what is sent -------------------------------------------------------------------------------


def test_a_message_says_what_where_and_what_to_do_and_a_drill_says_so_first():
    book = AlertBook(UTC)
    made = rule(steps=("stop the trains",), contacts=("duty",))
    (event,) = judged(book, finding(made))
    sent = message_about(event, book.open()[0], site="arena", zone=UTC, link="https://gw.example/")
    assert sent.key == f"{event.alert}-1"
    assert sent.title == "RED crowd at place hall (arena)"
    assert sent.text.splitlines() == [
        "density of 4.7 1/m2 or more",
        "measured: 5",
        "raised 2026-11-22 12:00:00 UTC, raised",
        "1. stop the trains",
        f"https://gw.example/#alerts/{event.alert}",
    ]
    assert (sent.content["drill"], sent.content["where"]) == (False, ["place hall"])
    (drill,) = judged(book, finding(made, 1), drill=Deed("ann", NOON_S))
    drilled = message_about(drill, book.alerts[drill.alert], site="arena", zone=UTC)
    assert drilled.title.startswith("DRILL: ")
    assert drilled.text.startswith("This is a drill")
    assert drilled.content["drill"]
    assert trial_message("duty", site="arena", now_s=NOON_S).content["drill"]
    assert AlertMessage.decoded(json.loads(sent.encoded())) == sent
