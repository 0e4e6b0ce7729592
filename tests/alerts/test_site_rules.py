"""The rules of a site file, with the limits of the field where none are given."""

from __future__ import annotations

import pytest
from tests.settings.site.test_alerts import read

from passerby.alerts.observation import CAMERA_FAULT, CLOCK_JUMP, DISK_FREE, NOT_STORED, Subject, SubjectKind
from passerby.alerts.rule import Form
from passerby.alerts.site_rules import site_rules
from passerby.settings.site.alert_rule import Severity


def rules_of(folder, *given):
    return site_rules(read(folder, *given))


def bands(rules):
    return {each.severity: each.conditions[0].limit for each in rules}


def test_moving_and_standing_crowds_have_the_bands_of_the_field(tmp_path):
    moving = rules_of(tmp_path, "name: a, type: moving_crowd, places: [hall]")
    assert bands(moving) == {Severity.AMBER: 2.0, Severity.RED: 3.5}
    standing = rules_of(tmp_path, "name: a, type: standing_crowd, places: [hall]")
    assert bands(standing) == {Severity.AMBER: 3.5, Severity.RED: 4.7, Severity.CRITICAL: 5.5}
    assert {each.hold_s for each in standing} == {10.0}
    assert standing[1].conditions[0].clear == pytest.approx(4.23)
    assert standing[1].summary == "density of 4.7 1/m2 or more"


def test_an_area_is_compared_by_what_counts_it(tmp_path):
    (venue, hall) = rules_of(tmp_path, "name: a, type: capacity, places: [venue, hall], limit: 5000")
    assert (venue.conditions[0].quantity, hall.conditions[0].quantity) == ("net_occupancy", "occupancy")


def test_rules_about_cameras_are_about_all_that_run(tmp_path):
    (fault,) = rules_of(tmp_path, "name: a, type: camera_fault")
    assert fault.subjects == (Subject(SubjectKind.CAMERA, "door"),)
    assert [each.quantity for each in fault.conditions] == [CAMERA_FAULT]
    assert not fault.by_person
    assert fault.blind_s is None


def test_disk_clock_and_tailgating(tmp_path):
    given = [
        "name: a, type: disk",
        "name: b, type: clock",
        "name: c, type: tailgating, places: [gate], gate: turnstile",
    ]
    disk, clock, tail = rules_of(tmp_path, *given)
    assert [each.quantity for each in disk.conditions] == [DISK_FREE, NOT_STORED]
    assert not disk.need_all
    assert clock.conditions[0].quantity == CLOCK_JUMP
    (condition,) = tail.conditions
    assert (condition.form, condition.over_s, condition.limit) == (Form.TOTAL, 300.0, 3.0)
    assert condition.less == Subject(SubjectKind.PLACE, "turnstile")


def test_what_every_alert_has_applies_where_a_rule_says_nothing_else(tmp_path):
    (rule,) = rules_of(
        tmp_path, "name: a, type: zone_entry, places: [track], contacts: [duty], steps: [go], role: operator"
    )
    assert (rule.contacts, rule.steps, rule.role) == (("duty",), ("go",), "operator")
    assert rule.by_person


def test_events_count_whatever_causes_them_and_other_quantities_persons(tmp_path):
    given = [
        "name: a, type: zone_entry, places: [track]",
        "name: b, type: conditions, places: [track], conditions: [{quantity: zone_entry, above: 2, total: true}]",
        "name: c, type: conditions, places: [gate], conditions: [{quantity: crossings_in, above: 2, total: true}]",
        "name: d, type: conditions, places: [turnstile], "
        "conditions: [{quantity: crossings_in, above: 2, total: true, kind: car}]",
    ]
    kinds = [each.conditions[0].kinds for each in rules_of(tmp_path, *given)]
    assert kinds == [None, None, {"", "person"}, {"car"}]
