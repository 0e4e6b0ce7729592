"""Tickets with which pages of other origins show the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.serve.served import PASSWORD

LONGEST_NAME = 60


def ends(days: float = 1) -> str:
    """Return a moment from now on, as the API wants it."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def wanted(name: str, days: float = 1) -> dict[str, Any]:
    """Return what an administrator sends to make a ticket."""
    return {"name": name, "ends": ends(days), "present": PASSWORD}


@contextmanager
def ticket_of(admin: httpx.Client, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Make a ticket for the door that is named after the test, and revoke it at the end."""
    name = request.node.name.partition("[")[0][:LONGEST_NAME]
    answer = admin.post("/api/cameras/door/tickets", json=wanted(name))
    assert answer.status_code == 201, answer.text
    yield answer.json()
    admin.delete(f"/api/tokens/{answer.json()['number']}")
