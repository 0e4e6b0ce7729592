"""Alert settings: what cannot work is refused in one line that says why and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerby.errors import UsageError
from passerby.settings.load import load_site

SITE = """
site: arena
cameras:
  - name: door
    address: rtsp://10.0.0.5/1
    purpose: Safety at the entrance.
    legal_basis: legitimate_interests
    places: places.yaml
  - {name: old, address: rtsp://10.0.0.6/1, purpose: As the other., legal_basis: consent, enabled: false}
signals:
  counters: [{place: turnstile}]
  areas: [{name: venue, doors: [turnstile]}]
alerts:
  contacts: [{name: duty, address: "mailtos://a:b@example.org"}]
  rules:
"""
PLACES = """
ground:
  points:
    - {picture_px: [0, 400], ground_m: [0, 0]}
    - {picture_px: [600, 400], ground_m: [10, 0]}
    - {picture_px: [500, 100], ground_m: [10, 10]}
    - {picture_px: [100, 100], ground_m: [0, 10]}
lines:
  - {name: gate, from_px: [100, 200], to_px: [500, 200]}
zones:
  - {name: hall, corners_m: [[1, 1], [9, 1], [9, 9], [1, 9]]}
  - {name: track, corners_px: [[0, 0], [50, 0], [50, 50]], hazard: true}
"""


def read(folder: Path, *rules: str, more: str = ""):
    (folder / "places.yaml").write_text(PLACES)
    path = folder / "site.yaml"
    path.write_text(SITE + "".join(f"    - {{{each}}}\n" for each in rules) + more)
    return load_site(path, environment={})


def refused(folder: Path, *rules: str, more: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        read(folder, *rules, more=more)
    return str(caught.value)


def test_every_type_of_rule_can_be_set(tmp_path):
    given = [
        "name: a, type: moving_crowd, places: [hall]",
        "name: b, type: standing_crowd, places: [hall], critical: 6",
        "name: c, type: zone_entry, places: [track], steps: [stop the trains, call control]",
        "name: d, type: counter_flow, places: [gate]",
        "name: e, type: capacity, places: [venue], limit: 5000, contacts: [duty]",
        "name: f, type: tailgating, places: [gate], gate: turnstile",
        "name: g, type: camera_fault",
        "name: h, type: serviceability, cameras: [door], limit: 0.9",
        "name: i, type: cover_failure, severity: red",
        "name: j, type: disk",
        "name: k, type: clock",
        "name: l, type: conditions, places: [hall], conditions: [{quantity: crowd_pressure, above: 0.02}]",
        "name: m, type: capacity, places: [hall], limit: 50, escalation: [{after_min: 5, contact: duty}]",
    ]
    assert [rule.name for rule in read(tmp_path, *given).alerts.rules] == list("abcdefghijklm")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("name: a, type: standing_crowd, places: [track]", "can never fire: density is not measured at 'track'"),
        ("name: a, type: zone_entry, places: [hall]", "can never fire: zone_entry is not measured at 'hall'"),
        ("name: a, type: queue, places: [hall], limit: 5", "it needs a zone with queue: true"),
        ("name: a, type: counter_flow, places: [gate], limit: 0.6", "the weaker direction has at most half"),
        ("name: a, type: capacity, places: [gate], limit: 9", "nobody is counted inside 'gate'"),
        ("name: a, type: camera_fault, cameras: [old]", "camera 'old' is not enabled"),
        ("name: a, type: camera_fault, cameras: [hall]", "there is no camera 'hall'; choose from door, old"),
        ("name: a, type: zone_entry, places: [trakc]", "no camera, counter or area has the name 'trakc'"),
        ("name: a, type: tailgating, places: [gate], gate: gate", "gate 'gate' is not a counter"),
        ("name: a, type: tailgating, places: [gate]", "type tailgating needs gate"),
        ("name: a, type: serviceability, limit: 95", "write 0.95 for 95 %"),
        ("name: a, type: serviceability, limit: 0", "serviceability is never below 0"),
        ("name: a, type: disk, limit: 0", "disk is never below 0"),
        ("name: a, type: queue, places: [hall]", "type queue needs a limit"),
        ("name: a, type: capacity, places: [venue], limit: 0", "always reached"),
        ("name: a, type: zone_entry", "it has no places"),
        ("name: a, type: camera_fault, places: [hall]", "places does not belong to type camera_fault"),
        ("name: a, type: moving_crowd, places: [hall], amber: 4", "amber must be below red"),
        ("name: a, type: zone_entry, places: [track], contacts: [boss]", "there is no contact 'boss'"),
        ("name: a, type: zone_entry, places: [track], role: chef", "there is no role 'chef'; choose from operator"),
        ("name: a, type: conditions, places: [hall]", "it has no conditions"),
        (
            "name: a, type: conditions, places: [hall], conditions: [{quantity: level_of_service, above: 7}]",
            "level_of_service is at most 6",
        ),
        (
            "name: a, type: conditions, places: [hall], conditions: [{quantity: occupancy, below: -1}]",
            "can never fire: occupancy is at least 0",
        ),
        (
            "name: a, type: conditions, places: [hall], "
            "conditions: [{quantity: density, above: 3}, {quantity: density, below: 2}]",
            "can never fire: density cannot be above 3 and below 2 at once",
        ),
        (
            "name: a, type: conditions, places: [track], conditions: [{quantity: zone_entry, above: 1}]",
            "add total: true",
        ),
        (
            "name: a, type: conditions, places: [gate], "
            "conditions: [{quantity: crossings_in, above: 5, total: true, kind: car}]",
            "line 'gate' does not count car",
        ),
        (
            "name: a, type: zone_entry, places: [track], hold_s: 600, active: [{start: '10:00', end: '10:05'}]",
            "must hold for 600 s, and its active hours are shorter",
        ),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_reason(tmp_path, rule, reason):
    lines = refused(tmp_path, rule).splitlines()
    assert len(lines) == 1
    assert reason in lines[0]
    assert lines[0].startswith(str(tmp_path / "site.yaml"))


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        ("name: x, address: nonsense", "the address needs the form scheme://"),
        ("name: x, type: webhook, address: 'mailto://x', secret: 0123456789abcdef", "needs an https://"),
        ("name: x, type: webhook, address: 'https://x.example/', secret: short", "at least 16 characters"),
        ("name: x, address: 'mailto://x@y', secret: 0123456789abcdef", "only webhooks are signed"),
    ],
)
def test_a_contact_that_cannot_be_reached_is_refused_and_no_secret_is_shown(tmp_path, contact, reason):
    (tmp_path / "places.yaml").write_text(PLACES)
    path = tmp_path / "site.yaml"
    path.write_text(SITE.partition("alerts:")[0] + f"alerts:\n  contacts:\n    - {{{contact}}}\n")
    with pytest.raises(UsageError) as caught:
        load_site(path, environment={})
    assert reason in str(caught.value)
    assert "0123456789abcdef" not in str(caught.value)
    assert "short" not in str(caught.value).replace("shorter", "")


def test_two_rules_of_one_name_are_refused(tmp_path):
    given = "name: a, type: zone_entry, places: [track]"
    assert "two rules have the name 'a'" in refused(tmp_path, given, given)


def test_secrets_come_from_the_environment_or_a_file_and_are_never_printed(tmp_path):
    (tmp_path / "key").write_text("0123456789abcdef\n")
    (tmp_path / "places.yaml").write_text(PLACES)
    path = tmp_path / "site.yaml"
    hook = "{name: x, type: webhook, address: '${HOOK}', secret: '${file:key}'}"
    path.write_text(SITE.partition("alerts:")[0] + f"alerts:\n  contacts:\n    - {hook}\n")
    site = load_site(path, environment={"HOOK": "https://user:pass@example.org/"})
    (contact,) = site.alerts.contacts
    assert contact.secret.get_secret_value() == "0123456789abcdef"
    assert "0123456789abcdef" not in repr(site)
    assert "user:pass" not in repr(site)
