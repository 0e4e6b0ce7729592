"""The benchmark of alerts runs as it is written: what it measures is what a gateway does."""

from __future__ import annotations

import pytest

from benchmarks import alerts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),  # apprise, Python 3.11
]


def test_an_alert_reaches_the_subscriber_and_the_webhook(tmp_path):
    rows = {row["what"]: row["value"] for row in alerts.delays(tmp_path, 1)}
    assert rows["alerts that reached the subscriber"] == 1
    assert rows["alerts that reached the webhook"] == 1
