"""The written table of roles: a change of what a role may do is made here by hand, too."""

from __future__ import annotations

import pytest
from tests.accounts.made import GROUPS

from passerby.accounts.account import Account, principal_of
from passerby.accounts.permission import Action, may, may_with_all
from passerby.accounts.role import ACTIONS_OF, Role

TABLE = """
                        viewer operator analyst data_protection_officer administrator
see_cameras             x      x        x       x                       x
watch_live              x      x        -       -                       x
read_signals            x      x        x       x                       x
push_counts             -      -        -       -                       x
read_metrics            -      -        x       -                       x
see_recordings          -      x        -       -                       x
export_recordings       -      x        -       -                       x
see_alerts              -      x        x       x                       x
handle_alerts           -      x        -       -                       x
change_alert_rules      -      -        -       -                       x
cover_whole             -      -        -       -                       x
read_audit              -      -        -       x                       x
see_cluster             -      -        -       -                       x
change_settings         -      -        -       -                       x
manage_accounts         -      -        -       -                       x
approve_requests        -      -        -       x                       x
"""
HEAD, *LINES = [line.split() for line in TABLE.strip().splitlines()]
WRITTEN = {(role, line[0]): mark == "x" for line in LINES for role, mark in zip(HEAD, line[1:], strict=True)}


def of(role, groups, *, disabled=False):
    return principal_of(Account(1, "anna", role, groups, disabled, 0.0, True, False, 1), GROUPS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_the_table_says_in_its_scope_and_nothing_outside(role, action):
    expected = WRITTEN[role, action]
    assert (action in ACTIONS_OF[role]) == expected
    everywhere, east = of(role, None), of(role, frozenset({"east"}))
    assert may(everywhere, action, "gate") == expected
    assert may_with_all(everywhere, action, ()) == expected
    assert may(east, action, "door") == expected
    assert not may(east, action, "gate")
    assert not may_with_all(east, action, ())
    assert not may(of(role, frozenset()), action, "door")
    assert not may(of(role, None, disabled=True), action)


def test_the_table_has_every_role_and_action():
    assert set(WRITTEN) == {(role, action) for role in Role for action in Action}
