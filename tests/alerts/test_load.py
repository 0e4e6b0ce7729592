"""The alarm load is what EEMUA 191 counts."""

from __future__ import annotations

import pytest
from tests.alerts.made import NOON_S, finding, judged, rule

from passerby.alerts.book import AlertBook
from passerby.alerts.load import Announcement, alarm_load, announcements, report
from passerby.signals.window import time_zone

DAY_S = 86_400


def at(*seconds: float, where: str = "place hall", counted: bool = True) -> list[Announcement]:
    return [Announcement(NOON_S + second, "crowd", where, counted) for second in seconds]


def loaded(given, alerts=(), hours=1.0, operators=1):
    return alarm_load(given, alerts, start_s=NOON_S, end_s=NOON_S + 3600 * hours, operators=operators)


def test_announcements_are_counted_per_operator_in_ten_minutes():
    load = loaded(at(*range(0, 3600, 100)))
    assert (load.total, load.mean, load.most, load.share_above) == (36, 6.0, 6.0, 1.0)
    assert loaded(at(*range(0, 3600, 100)), operators=3).mean == 2.0


def test_the_most_in_ten_minutes_is_over_any_ten_minutes():
    assert loaded(at(500, 550, 599, 601, 650)).most == 5
    assert loaded(at(0, 600)).most == 1


def test_more_than_ten_in_ten_minutes_are_a_flood_until_fewer_than_five_come():
    assert not loaded(at(*range(10))).floods
    (flood,) = loaded(at(*range(11), 2000)).floods
    assert (flood.start_s - NOON_S, flood.end_s - NOON_S, flood.count) == (0, 10, 11)
    assert not loaded(at(*range(11)), operators=2).floods


def test_three_in_a_minute_chatter_even_if_they_were_only_counted():
    assert loaded(at(0, 30, 60, counted=False)).chattering == (("crowd", "place hall", 3),)
    assert not loaded(at(0, 30, 61)).chattering
    assert not loaded([*at(0, 30), *at(60, where="place yard")]).chattering
    assert loaded(at(0, 30, 60, counted=False)).total == 0


def test_what_stands_for_more_than_a_day_is_named():
    book = AlertBook(time_zone("UTC"))
    judged(book, finding(rule()))
    assert not loaded([], book.open(), hours=24).standing
    assert loaded([], book.open(), hours=25).standing == (("crowd", "place hall"),)


def test_announcements_come_from_what_happened_and_only_of_the_given_alerts():
    book = AlertBook(time_zone("UTC"))
    events = [*judged(book, finding(rule(contacts=("duty",)))), *judged(book, finding(rule(name="other"), 20))]
    everything = announcements(events, book.alerts.values())
    assert [(each.rule, each.counted) for each in everything] == [("crowd", True), ("other", True)]
    assert [each.rule for each in announcements(events, list(book.alerts.values())[:1])] == ["crowd"]


def test_a_report_names_each_figure_beside_its_target():
    lines = report(loaded([*at(*range(11)), *at(0, 30, 60, where="place yard", counted=False)]))
    assert lines[0] == "announcements: 11, 1.83 per operator in 10 min (EEMUA 191: about 1)"
    assert "floods: 1" in lines
    assert any(each.startswith("  chatters: crowd at place yard") for each in lines)


def test_an_empty_period_has_no_load():
    load = loaded([])
    assert (load.total, load.mean, load.most) == (0, 0.0, 0.0)
    assert load.share_above == pytest.approx(0.0)
