"""Operators are accountable, so they are known: by their account, and by nothing else."""

from __future__ import annotations

import ast
import dataclasses
import json
import re

import pytest
from tests.promises.source import FILES, OPERATORS, fields, package, properties, trees

from passerby.audit.entry import AuditEntry, AuditKind
from passerby.audit.schema import cover_day_schema_json, entry_schema_json

BEYOND_AN_ACCOUNT = re.compile(
    r"(^|_)(face|faces|photo|portrait|avatar|picture_of|biometric|fingerprint_image|voice|gait|embedding|embeddings"
    r"|descriptor|age|birth|birthday|sex|gender|ethnicity|race|religion|nationality|emotion|phone_id|imei|imsi|mac"
    r"|location|position|track|tracks|plate|appearance|clothing|height_m|score_of_person|watchlist|suspicion)($|_)"
)
"""What no record of an operator may hold. A passkey is a public key: it identifies a device, and no body."""

SEEN = re.compile(r"^passerby\.(media|vision|redact|measure|pipelines)(\.|$)")
"""Whatever holds pictures, boxes or tracks: what operators did is written down without any of it."""


def about_operators():
    return [path for path in FILES if package(path) in OPERATORS]


def test_records_of_operators_hold_their_account_and_nothing_of_their_bodies():
    held = {f"{path}: {name}" for path, tree in trees(about_operators()) for name in fields(tree)}
    assert not {each for each in held if BEYOND_AN_ACCOUNT.search(each.partition(": ")[2])}


def test_what_is_known_of_operators_cannot_reach_those_who_are_seen():
    for path, tree in trees(about_operators()):
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [name for name in names if SEEN.search(name)], path


def test_what_the_audit_log_publishes_has_no_field_about_anybodys_body_and_none_for_those_who_are_filmed():
    names = {*properties(json.loads(entry_schema_json())), *properties(json.loads(cover_day_schema_json()))}
    assert names
    assert not {name for name in names if BEYOND_AN_ACCOUNT.search(name)}
    assert names.isdisjoint({"box", "boxes", "person", "persons", "people", "visitor", "dwell_s", "crossing", "pixels"})


def test_an_audit_entry_has_exactly_these_fields():
    """What happened, when, by which account, to which thing: another field needs a reason here."""
    assert [each.name for each in dataclasses.fields(AuditEntry)] == ["kind", "at_s", "account", "subject", "details"]


def test_no_kind_of_audit_entry_is_about_those_who_are_filmed():
    about = re.compile(r"(^|_)(person|people|face|visitor|passenger|crowd|walker|child|seen|recognised|followed)($|_)")
    assert not [kind for kind in AuditKind if about.search(kind.removeprefix("two_person"))]


def test_the_gateway_writes_no_picture_box_or_count_of_people_into_the_audit_log():
    """All details that the code names, wherever it makes an entry."""
    held = set()
    for _, tree in trees([path for path in FILES if "audit" in path.name or package(path) == "audit"]):
        held |= {key.value for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys if _text(key)}
    assert "reason" in held
    assert not {key for key in held if BEYOND_AN_ACCOUNT.search(key) or re.search(r"(^|_)(box|people|count_of)", key)}


def _text(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and isinstance(key.value, str)


@pytest.mark.parametrize(
    "field", ["face_template", "voice", "embedding", "age", "gender", "photo", "operator_location", "track", "plate"]
)
def test_the_rule_for_operators_knows_what_it_forbids(field):
    assert BEYOND_AN_ACCOUNT.search(field)


@pytest.mark.parametrize("field", ["account", "account_id", "name", "role", "password_hash", "public_key", "signature"])
def test_the_rule_for_operators_allows_an_account(field):
    assert not BEYOND_AN_ACCOUNT.search(field)
