"""Alerts are about places and cameras, never about persons; they inform people, and nothing acts on anybody."""

from __future__ import annotations

import re

from tests.promises.source import SOURCE, fields, properties, trees

from passerby.alerts.event import AlertEventKind
from passerby.alerts.observation import SubjectKind
from passerby.outputs.notify import message
from passerby.serve.api import alert_info
from passerby.settings.site.alerts import AlertSettings
from passerby.settings.site.contact import ContactType

SEEN = re.compile(
    r"(^|_)(person|persons|people|face|faces|body|box|boxes|track|tracks|picture|pictures|frame|frames|pixel|pixels|thumbnail"
    r"|snapshot|image|crop|clip|video|suspect|suspicion|trespasser|offender|watchlist|plate|identity|embedding)($|_)"
)
"""What no alert holds, and no message about one."""
ACTS = re.compile(
    r"(^|_)(unlock|lock|door_control|deny|ban|block|bar|detain|arrest|report_to|penalty|fine|siren|barrier)($|_)"
)
"""What no rule and no contact does: people decide what happens."""


def about_alerts():
    files = [*(SOURCE / "alerts").rglob("*.py"), *(SOURCE / "outputs" / "notify").rglob("*.py")]
    files += [SOURCE / "serve" / "api" / "alert_info.py", SOURCE / "serve" / "api" / "alerts.py"]
    files += [*(SOURCE / "settings" / "site").glob("alert*.py"), SOURCE / "settings" / "site" / "contact.py"]
    return files


def test_an_alert_is_about_a_place_a_camera_or_the_gateway():
    assert {each.value for each in SubjectKind} == {"place", "camera", "gateway"}


def test_no_record_of_an_alert_has_a_field_for_anything_about_a_person():
    held = {f"{path}: {name}" for path, tree in trees(about_alerts()) for name in fields(tree) if SEEN.search(name)}
    by_person = {
        each for each in held if each.endswith(": by_person")
    }  # that a person resolves it, not whom it is about
    assert held == by_person


def test_no_answer_about_alerts_has_a_property_for_anything_about_a_person():
    for model in (alert_info.AlertPage, alert_info.AlertRuleInfo, alert_info.AlarmLoadInfo, alert_info.HandoverInfo):
        assert not [name for name in properties(model.model_json_schema()) if SEEN.search(name)]


def test_what_is_sent_about_an_alert_is_a_closed_list():
    text = (SOURCE / "outputs" / "notify" / "message.py").read_text(encoding="utf-8")
    content = text.partition("    content = {\n")[2].partition("    }\n")[0]
    assert re.findall(r'^        "(\w+)":', content, re.MULTILINE) == [
        *("site", "alert", "event", "state", "severity", "rule", "kind", "where", "summary", "value", "unit", "count"),
        *("drill", "raised"),
    ]
    assert message.MOST_SUBJECTS <= 20


def test_no_setting_lets_an_alert_act_on_anybody():
    assert not [
        name for name in properties(AlertSettings.model_json_schema()) if ACTS.search(name) or SEEN.search(name)
    ]
    assert {each.value for each in ContactType} == {"apprise", "webhook"}


def test_everything_that_changes_an_alert_is_known():
    by_people = {"acknowledged", "assigned", "step", "resolved", "handed_over"}
    by_itself = {"raised", "worsened", "eased", "recurred", "ended", "grouped", "informed", "escalated"}
    assert {each.value for each in AlertEventKind} == by_people | by_itself


def test_the_rules_know_what_they_forbid():
    assert all(SEEN.search(name) for name in ("face_count", "thumbnail", "boxes_px", "person_name"))
    assert all(ACTS.search(name) for name in ("unlock", "siren", "ban"))
