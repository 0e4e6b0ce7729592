from __future__ import annotations

import threading

from tests.store.made import signal
from tests.waiting import PATIENCE_S

from passerby.signals.hub import SignalHub


def test_who_listens_gets_what_is_published_from_then_on():
    hub, called = SignalHub(), []
    hub.publish([signal(1)])
    with hub.listen(lambda: called.append(1)) as feed:
        hub.publish([signal(2), signal(3)])
        hub.publish([])
        hub.publish([signal(4)])
        assert [each.value for each in feed.take()] == [2, 3, 4]
        assert not feed.take()
    hub.publish([signal(5)])
    assert not feed.take()
    assert len(called) == 2


def test_a_slow_listener_misses_the_oldest_and_holds_up_nobody():
    hub = SignalHub()
    with hub.listen(limit=3) as slow, hub.listen() as quick:
        for value in range(10):
            hub.publish([signal(value)])
        assert [each.value for each in slow.take()] == [7, 8, 9]
        assert slow.missed == 7
        assert len(quick.take()) == 10


def test_many_threads_may_publish_at_once():
    hub = SignalHub()
    with hub.listen() as feed:
        threads = [threading.Thread(target=lambda: [hub.publish([signal(1)]) for _ in range(200)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert len(feed.take()) == 800
