"""What is not granted is denied."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passerby.accounts.permission import Action, Principal, PrincipalKind, may, may_with_all

cameras = st.frozensets(st.sampled_from(["door", "hall", "gate"]))
actions = st.frozensets(st.sampled_from(Action))


@given(actions, st.none() | cameras, st.sampled_from(Action), st.sampled_from(["door", "hall", "gate", "", "*"]))
def test_both_action_and_camera_must_be_granted(granted, scope, action, camera):
    principal = Principal("somebody", PrincipalKind.PERSON, granted, scope)
    assert may(principal, action, camera) == (action in granted and (scope is None or camera in scope))
    assert may(principal, action) == (action in granted)


@given(actions, st.none() | cameras, st.sampled_from(Action), cameras)
def test_what_several_cameras_make_needs_all_of_them_and_what_none_makes_needs_an_unlimited_scope(
    granted, scope, action, made_from
):
    principal = Principal("somebody", PrincipalKind.PERSON, granted, scope)
    allowed = may_with_all(principal, action, made_from)
    if scope is None:
        assert allowed == (action in granted)
    else:
        assert allowed == (action in granted and bool(made_from) and made_from <= scope)


def test_a_principal_may_do_nothing_unless_told():
    nobody = Principal("nobody", PrincipalKind.PROGRAM)
    assert not any(may(nobody, action) for action in Action)
    seer = Principal("seer", PrincipalKind.PROGRAM, frozenset(Action))
    assert not any(may(seer, action, "door") for action in Action)
