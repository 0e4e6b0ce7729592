"""Operators are accountable, so they are known: by their account, and by nothing else."""

from __future__ import annotations

import ast
import re

import pytest
from tests.promises.source import FILES, OPERATORS, fields, package, trees

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


@pytest.mark.parametrize(
    "field", ["face_template", "voice", "embedding", "age", "gender", "photo", "operator_location", "track", "plate"]
)
def test_the_rule_for_operators_knows_what_it_forbids(field):
    assert BEYOND_AN_ACCOUNT.search(field)


@pytest.mark.parametrize("field", ["account", "account_id", "name", "role", "password_hash", "public_key", "signature"])
def test_the_rule_for_operators_allows_an_account(field):
    assert not BEYOND_AN_ACCOUNT.search(field)
