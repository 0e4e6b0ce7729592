"""Whoever reads a topic learns whose availability it is."""

from __future__ import annotations

import pytest

from passerby.outputs.mqtt.sender import Sender


def test_a_topic_names_site_and_gateway() -> None:
    sender = Sender("hall", "00112233aabbccdd", "1")
    assert Sender.from_topic(sender.available_topic, "1") == sender


@pytest.mark.parametrize("topic", [None, "", "passerby/available", "passerby/hall/available/door"])
def test_a_foreign_topic_names_nobody(topic: object) -> None:
    assert Sender.from_topic(topic, "1") is None
