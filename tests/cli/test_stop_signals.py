"""Signals that ask a command to stop: none is lost, and none blocks the command, however many come at once."""

from __future__ import annotations

import ast
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import passerby
from passerby.cli.stop_signals import awaited_signals

ASK, STOP = signal.SIGUSR1, signal.SIGUSR2
SENDERS, EACH = 4, 2_000
OWN_HANDLERS = {
    "cli/app.py": "raises KeyboardInterrupt",
    "cli/stop_signals.py": "puts into a SimpleQueue",
    "cluster/engine.py": "puts back the handlers that Ray replaced",
    "cluster/node_loop.py": "sets a flag and sends a signal on",
    "jobs/batch.py": "raises, in a worker process",
    "outputs/publish/rtsp_process.py": "ignores Ctrl-C",
}
"""Modules that set a handler of a signal, and why it takes no lock that the main thread may hold."""


@pytest.fixture(autouse=True)
def handlers_afterwards() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (ASK, STOP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_storm_of_signals_blocks_nobody_and_the_last_one_arrives() -> None:
    asked = awaited_signals(ASK, STOP)
    main = threading.get_ident()

    def storm() -> None:
        for _ in range(EACH):
            signal.pthread_kill(main, ASK)

    senders = [threading.Thread(target=storm) for _ in range(SENDERS)]
    last = threading.Thread(target=lambda: [*(each.join() for each in senders), signal.pthread_kill(main, STOP)])
    for each in (*senders, last):
        each.start()
    seen = 0
    while asked.get() == ASK:
        seen += 1
    last.join()
    assert 1 <= seen <= SENDERS * EACH
    assert asked.empty()


def test_no_other_module_sets_a_handler() -> None:
    source = Path(passerby.__file__).parent
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "signal.signal"
    }
    assert found == set(OWN_HANDLERS)
