"""Handles alerts in a child that is killed at a random moment, many times; prints what was acknowledged each time.

killed.py FOLDER SEED KILLS     run by the register's test and the benchmark, as a process without threads that may fork
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import sys
import time
from datetime import UTC
from pathlib import Path

from tests.alerts.made import NOON_S, nobody, rule, seen

from passerby.alerts.handling import Deed
from passerby.alerts.register import AlertNews, AlertRegister
from passerby.alerts.rule import Condition, Form
from passerby.outputs.notify.delivery_log import DeliveryLog
from passerby.outputs.notify.message import AlertMessage, message_about

ENTRY = Condition("zone_entry", 1.0, 0.0, form=Form.VALUE)


def rules(life: int):
    return [
        rule(ENTRY, name=f"life-{life}-{number}", hold_s=0, blind_s=None, contacts=("duty",)) for number in range(40)
    ]


def opened(folder: Path, life: int) -> AlertRegister:
    return AlertRegister(folder / "alerts.log", rules(life), zone=UTC, owners=nobody, now_s=NOON_S)


def send(log: DeliveryLog, folder: Path, message: AlertMessage) -> None:
    """A service that takes messages: what it has taken is on its own disk."""
    with (folder / "service").open("a") as service:
        service.write(message.key + "\n")
    log.mark_sent(message)


def child(folder: Path, life: int, told: int) -> None:
    """Raise one alert after the other, send its message, acknowledge it, and say so once that has returned."""
    register = opened(folder, life)
    log = DeliveryLog(folder / "duty.log")

    def inform(news: AlertNews) -> None:
        if news.alert is not None and news.event.inform:
            log.add(news.event.number, message_about(news.event, news.alert, site="arena", zone=UTC))

    for event in register.events(log.last_number):  # what a kill kept from being added
        if event.alert:
            inform(AlertNews(event, register.alert(event.alert)))
    for message in list(log.waiting.values()):
        send(log, folder, message)
    with register.listen(inform):
        for number in itertools.count():
            known = {each.id for each in register.alerts()}
            register.observe([seen(1.0, number + 1, quantity="zone_entry")])
            new = [each.id for each in register.alerts() if each.id not in known]
            for message in list(log.waiting.values()):
                send(log, folder, message)
            for each in new:
                register.acknowledge([each], Deed("ann", NOON_S, f"note of {each}"))
                os.write(told, f"{each}\n".encode())


def main() -> None:
    folder, seed, kills = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    chance = random.Random(seed)
    acknowledged: list[str] = []
    for life in range(kills):
        hear, told = os.pipe()
        process = os.fork()
        if not process:
            os.close(hear)
            child(folder, life, told)
        os.close(told)
        with os.fdopen(hear, "rb") as pipe:
            said = pipe.read(chance.randrange(40))  # however slow the machine is
            time.sleep(chance.uniform(0, 0.1))
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            said += pipe.read()
        acknowledged += [line for line in said.decode().split("\n")[:-1] if line]
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main()
