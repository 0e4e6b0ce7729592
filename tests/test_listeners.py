"""Listeners get what is published while they listen, whatever thread does what."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.waiting import PATIENCE_S

from passerby.listeners import Listeners, Wakeup


@given(st.lists(st.sampled_from(["join", "leave", "publish"])))
def test_each_listener_receives_exactly_what_is_published_while_it_listens(steps):
    switched = []
    news = Listeners[int](switched.append)
    open_, expected, received = [], [], []
    for number, step in enumerate(steps):
        if step == "join":
            mine, entered = [], ExitStack()
            entered.enter_context(news.listen(mine.append))
            open_.append((entered, mine, []))
        elif step == "leave" and open_:
            entered, mine, due = open_.pop(0)
            entered.close()
            received.append(mine)
            expected.append(due)
        elif step == "publish":
            news.publish(number)
            for _, _, due in open_:
                due.append(number)
        assert len(news) == len(open_)
    for entered, mine, due in open_:
        entered.close()
        received.append(mine)
        expected.append(due)
    assert received == expected
    assert switched == [at % 2 == 0 for at in range(len(switched))]  # on, off, on, off ...
    assert len(news) == 0


def test_a_callback_may_listen_and_leave_while_it_is_called():
    news, received = Listeners[int](), []

    def once(item):
        received.append(item)
        entered.close()
        with news.listen(received.append):
            pass

    entered = ExitStack()
    entered.enter_context(news.listen(once))
    news.publish(1)
    news.publish(2)
    assert received == [1]


def test_one_callback_may_listen_twice_and_leaves_once_at_a_time():
    news, received = Listeners[int](), []
    with news.listen(received.append):
        with news.listen(received.append):
            news.publish(1)
        news.publish(2)
    assert received == [1, 1, 2]


def test_many_threads_that_come_and_go_leave_nothing_behind_and_switch_in_order():
    switched = []
    news = Listeners[int](switched.append)

    def come_and_go():
        for _ in range(200):
            with news.listen(lambda _: None):
                news.publish(1)

    threads = [threading.Thread(target=come_and_go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(news) == 0
    assert switched == [at % 2 == 0 for at in range(len(switched))]
    assert switched[-1] is False


def test_an_error_of_a_callback_reaches_the_publisher():
    news = Listeners[int]()
    with news.listen(lambda item: 1 / item), pytest.raises(ZeroDivisionError):
        news.publish(0)


def test_threads_wake_a_coroutine_and_a_call_before_it_waits_is_not_lost():
    async def main():
        woken = Wakeup()
        woken.notify("whatever was published")
        await asyncio.sleep(0)
        await asyncio.wait_for(woken.wait(), PATIENCE_S)
        threading.Thread(target=woken.notify).start()
        await asyncio.wait_for(woken.wait(), PATIENCE_S)
        await woken.wait(0.01)  # nobody notifies: the timeout ends it without an error
        return woken

    asyncio.run(main()).notify()  # the loop has ended: harmless
