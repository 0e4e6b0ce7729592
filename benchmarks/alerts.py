"""Measures alerts: delay from a closed window to a subscriber, cost of rules, and what survives kills at random.

python -m benchmarks.alerts [--times 50] [--kills 50]

Delay: a camera's reading closes a window of one second; measured is the time until a subscriber of
/api/alerts/stream has the alert, and until a webhook on this machine has its message. Beside it stands what
Alertmanager waits by default before it sends anything about a new group (group_wait, 30 s).
Kills: a process raises, sends and acknowledges alerts and is killed with SIGKILL at a random moment, again and again.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from tests.serve.served import Served

from benchmarks import results
from passerby.alerts.evaluator import RuleSet
from passerby.alerts.event import AlertEventKind
from passerby.alerts.event_log import read_events
from passerby.alerts.handling import Deed
from passerby.alerts.observation import Observation, Subject, SubjectKind
from passerby.alerts.rule import AlertRule, Condition
from passerby.gateway.alerting import Alerting
from passerby.gateway.site_signals import SiteSignals
from passerby.health.status import CameraStatus
from passerby.measure.reading import Quantity, Reading
from passerby.outputs.stream.live_hub import LiveHub
from passerby.settings.load import load_site
from passerby.settings.site.alert_rule import Severity
from passerby.settings.site.web import WebSettings

ROOT = Path(__file__).parents[1]
WAIT_S = 30.0
SITE = """
site: bench
state_folder: state
cameras:
  - {name: door, address: simulation:plaza, purpose: Measure alerts., legal_basis: consent, places: places.yaml}
alerts:
  contacts: [{name: hook, type: webhook, address: 'HOOK', secret: 0123456789abcdef}]
  inform: [hook]
  rules: [{name: full, type: capacity, places: [floor], limit: 5, hold_s: 0, not_observed_s: 0}]
"""
PLACES = "picture_px: [640, 360]\nzones: [{name: floor, corners_px: [[0, 0], [640, 0], [640, 360]]}]\n"


class _Cameras:
    """Cameras that measure what they are told; also a gateway without pictures."""

    timezone = "UTC"

    def __init__(self) -> None:
        self.hub = LiveHub(lambda *_: None)
        self.said = lambda *_: None

    def statuses(self) -> list[CameraStatus]:
        return []

    @contextmanager
    def listen_to_foot_maps(self, _: object) -> Iterator[None]:
        yield

    @contextmanager
    def listen_to_readings(self, callback: object) -> Iterator[None]:
        self.said = callback  # type: ignore[assignment]
        yield

    @contextmanager
    def listen(self, _: object) -> Iterator[None]:
        yield

    listen_to_walls = listen


class _Arrivals:
    """When alerts arrived, by number."""

    def __init__(self) -> None:
        self.by_stream: dict[str, float] = {}
        self.by_hook: dict[str, float] = {}
        self.ready = threading.Event()

    def follow(self, address: str, token: str) -> None:
        """Read the stream of alerts."""
        headers = {"Authorization": f"Bearer {token}"}
        asked = httpx.stream("GET", f"{address}/api/alerts/stream", headers=headers, timeout=3600)
        with suppress(httpx.HTTPError), asked as answer:  # the server ends before the stream does
            name = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                    self.ready.set()
                elif line.startswith("data: ") and name == "alert":
                    self.by_stream.setdefault(json.loads(line.removeprefix("data: "))["alert"], time.monotonic())

    def server(self) -> ThreadingHTTPServer:
        """Return a server that takes webhooks."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.by_hook.setdefault(body["alert"], time.monotonic())
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def delays(folder: Path, times: int) -> Iterator[results.Row]:
    """Yield the delay from a closed window to subscribers."""
    arrivals, cameras = _Arrivals(), _Cameras()
    hook = arrivals.server()
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    (folder / "places.yaml").write_text(PLACES)
    (folder / "site.yaml").write_text(SITE.replace("HOOK", f"http://127.0.0.1:{hook.server_port}/"))
    site = load_site(folder / "site.yaml", environment={})
    sent: dict[str, float] = {}
    with ExitStack() as running:
        signals = running.enter_context(SiteSignals(site, cameras, clock=time.time))
        alerting = running.enter_context(Alerting(site, cameras, signals, clock=time.time))
        server = Served(cameras, WebSettings(port=0))
        server.set_alerts(alerting)
        running.enter_context(server)
        threading.Thread(target=arrivals.follow, args=(server.address, server.token), daemon=True).start()
        arrivals.ready.wait(WAIT_S)
        began_s = time.time() - 20 * times
        closed: list[float] = []
        running.enter_context(signals.hub.listen(lambda: closed.append(time.monotonic())))
        for number in range(times):
            closed.clear()
            first_s = began_s + 20 * number
            for second in range(4):
                cameras.said("door", [_reading(9.0, first_s + second)])
            alert = _newest(alerting, sent)
            sent[alert] = closed[0]
            for second in range(5, 12):
                cameras.said("door", [_reading(0.0, first_s + second)])
            _resolve(alerting, alert)
        time.sleep(2.0)
    hook.shutdown()
    hook.server_close()
    for what, arrived in (("subscriber", arrivals.by_stream), ("webhook", arrivals.by_hook)):
        delays_s = sorted(arrived[each] - sent[each] for each in sent if each in arrived)
        yield _row(f"closed window to {what}, median", statistics.median(delays_s), "s", 1.0)
        yield _row(f"closed window to {what}, slowest of {len(delays_s)}", delays_s[-1], "s", 1.0)
        yield _row(f"alerts that reached the {what}", len(delays_s) / len(sent), "1", 1.0)
    yield _row("Alertmanager's default wait (group_wait)", WAIT_S, "s")


def _reading(value: float, time_s: float) -> Reading:
    return Reading("floor", Quantity.OCCUPANCY, value, time_s, 1.0, 1.0, "tracks")


def _newest(alerting: Alerting, known: dict[str, float]) -> str:
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        for each in alerting.register.alerts():
            if each.id not in known:
                return each.id
        time.sleep(0.001)
    msg = "no alert was raised"
    raise SystemExit(msg)


def _resolve(alerting: Alerting, number: str) -> None:
    end_s = time.monotonic() + WAIT_S
    while alerting.register.alert(number).active and time.monotonic() < end_s:
        time.sleep(0.001)
    deed = Deed("bench", time.time(), "done")
    alerting.register.acknowledge([number], deed)
    alerting.register.resolve([number], deed)


def rules(places: int, seconds: int) -> Iterator[results.Row]:
    """Yield what following rules costs: three severities of a crowd rule at each of many places."""
    subjects = tuple(Subject(SubjectKind.PLACE, f"place {number}") for number in range(places))
    bands = ((Severity.AMBER, 3.5), (Severity.RED, 4.7), (Severity.CRITICAL, 5.5))
    made = [
        AlertRule("crowd", severity, "", subjects, (Condition("density", limit, limit * 0.9),))
        for severity, limit in bands
    ]
    rule_set = RuleSet(made, UTC)
    before_s = time.process_time()
    for second in range(seconds):
        rule_set.observe(Observation(each, "density", 1.0, second, second + 1.0) for each in subjects)
        rule_set.step(second + 1.0)
    share = (time.process_time() - before_s) / seconds
    yield _row(f"following {places} places with 3 severities each, share of one core", 100 * share, "%", 10.0)


def kills(folder: Path, times: int) -> Iterator[results.Row]:
    """Yield what was lost or doubled when a process was killed at random moments."""
    command = [sys.executable, "-m", "tests.alerts.killed", folder, "50", str(times)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    acknowledged = set(json.loads(done.stdout))
    events = read_events(folder / "alerts.log")
    stored = Counter(each.alert for each in events if each.kind is AlertEventKind.ACKNOWLEDGED)
    raised = Counter(each.alert for each in events if each.kind is AlertEventKind.RAISED)
    wanted = {f"{each.alert}-{each.number:x}" for each in events if each.inform}
    waiting = _waiting(folder)
    sent = Counter((folder / "service").read_text().split())
    yield _row("kills", times, "1")
    yield _row("acknowledgements", len(acknowledged), "1")
    yield _row("acknowledgements lost", len(acknowledged - set(stored)), "1", 0)
    yield _row("acknowledgements or alerts doubled", sum(n > 1 for n in [*stored.values(), *raised.values()]), "1", 0)
    yield _row("messages neither sent nor waiting, before the last kill", len(wanted - set(sent) - waiting), "1", 0)
    yield _row("messages sent again with the same number", sum(count - 1 for count in sent.values()), "1")


def _waiting(folder: Path) -> set[str]:
    """Return the messages that are sent after the next start: stored ones, and those of events that came later."""
    from passerby.outputs.notify.delivery_log import DeliveryLog  # noqa: PLC0415 - only here

    log = DeliveryLog(folder / "duty.log")
    log.close()
    later = {
        f"{each.alert}-{each.number:x}"
        for each in read_events(folder / "alerts.log")
        if each.inform and each.number > log.last_number
    }
    return set(log.waiting) | later


def _row(what: str, value: float, unit: str, target: float | None = None) -> results.Row:
    return {"what": what, "value": value, "unit": unit, "target": target}


def main() -> None:
    """Measure what the command line names."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--times", type=int, default=50)
    words.add_argument("--kills", type=int, default=50)
    given = words.parse_args()
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        rows = [*delays(Path(one), given.times), *rules(500, 60), *kills(Path(other), given.kills)]
    results.save("alerts", rows, times=given.times, kills=given.kills)


if __name__ == "__main__":
    main()
