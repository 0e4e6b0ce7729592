from __future__ import annotations

import pytest
from pydantic import ValidationError

from passerby.settings.site.signals import SignalSettings
from passerby.store.retention import RETENTION_DAYS


def test_signals_are_kept_as_long_as_the_store_keeps_them_by_itself():
    assert SignalSettings().retention_days == RETENTION_DAYS


def test_seconds_minutes_and_hours_are_kept_as_long_as_is_set():
    settings = SignalSettings(keep_seconds_h=12, keep_minutes_d=30, keep_hours_d=400)
    assert settings.retention_days == {1: 0.5, 10: 0.5, 60: 30, 900: 400, 3600: 400}


@pytest.mark.parametrize("name", ["keep_seconds_h", "keep_minutes_d", "keep_hours_d"])
@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_a_time_that_keeps_nothing_or_never_ends_is_refused(name, value):
    with pytest.raises(ValidationError, match=name):
        SignalSettings(**{name: value})
