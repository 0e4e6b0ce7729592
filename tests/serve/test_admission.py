from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.serve.admission import Admission, VisitorKind


def entered(admission, *connections):
    """Let connections in; each is named for its visitor and a number. Return who had to end."""
    return [admission.enter(each, each[0]) for each in connections]


def test_the_oldest_of_ones_own_makes_room():
    admission = Admission(most=100, most_of_one=2)
    assert entered(admission, "a1", "b1", "a2", "a3", "a4") == [None, None, None, "a1", "a2"]


def test_who_has_most_makes_room_for_others():
    admission = Admission(most=16, most_of_one=4)  # 4 strangers
    assert entered(admission, "a1", "b1", "b2", "b3", "c1", "d1") == [None, None, None, None, "b1", "b2"]


def test_who_is_being_answered_goes_last():
    admission = Admission(most=100, most_of_one=2)
    entered(admission, "a1", "a2")
    admission.set_busy("a1", busy=True)
    assert entered(admission, "a3") == ["a2"]
    admission.set_busy("a3", busy=True)
    assert entered(admission, "a4") == ["a1"]


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([None, *VisitorKind]), st.booleans()), max_size=80)
)
def test_nobody_without_a_session_ends_those_who_have_one(steps):
    admission = Admission(most=12, most_of_one=3)
    kinds = {}
    for number, (visitor, kind, busy) in enumerate(steps):
        name = f"{visitor}{number}"
        kinds[name] = VisitorKind.STRANGER
        out = [admission.enter(name, visitor)]
        admission.set_busy(name, busy=busy)
        if kind is not None:
            stays, displaced = admission.recognize(name, kind)
            out.append(displaced)
            if stays and (kind is VisitorKind.SIGNED_IN or list(kinds.values()).count(VisitorKind.HEALTH) < 4):
                kinds[name] = kind
            assert stays or kind is VisitorKind.SIGNED_IN
        for each in filter(None, out):
            assert kinds.pop(each) is VisitorKind.STRANGER
            assert each != name
        for which, most in ((VisitorKind.STRANGER, 3), (VisitorKind.SIGNED_IN, 12), (VisitorKind.HEALTH, 4)):
            assert list(kinds.values()).count(which) <= most
        signed_in = Counter(each[0] for each, is_ in kinds.items() if is_ is VisitorKind.SIGNED_IN)
        assert all(count <= 3 for count in signed_in.values())


def test_those_who_are_signed_in_have_a_limit_of_their_own():
    admission = Admission(most=3, most_of_one=2)
    for name, stays in (("a1", True), ("a2", True), ("a3", False), ("b1", True), ("c1", False)):
        admission.enter(name, name[0])
        assert admission.recognize(name, VisitorKind.SIGNED_IN) == (stays, None)


def test_who_signs_out_shares_the_places_of_the_others():
    admission = Admission(most=4, most_of_one=4)  # 1 stranger
    entered(admission, "a1")
    admission.recognize("a1", VisitorKind.SIGNED_IN)
    assert entered(admission, "b1") == [None]
    assert admission.recognize("a1", VisitorKind.STRANGER) == (True, "b1")


@pytest.mark.parametrize(
    "end", [lambda admission: admission.leave("a1"), lambda admission: admission.keep_only({"b1"})]
)
def test_a_place_is_free_when_its_connection_ended(end):
    admission = Admission(most=8, most_of_one=1)
    entered(admission, "a1", "b1")
    end(admission)
    assert entered(admission, "a2") == [None]
    assert admission.recognize("a1", VisitorKind.SIGNED_IN) == (False, None)


def test_a_websocket_has_the_place_of_the_request_that_opened_it():
    admission = Admission(most=8, most_of_one=1)
    entered(admission, "a1")
    admission.recognize("a1", VisitorKind.SIGNED_IN)
    admission.replace("a1", "a socket")
    entered(admission, "a2")
    assert admission.recognize("a2", VisitorKind.SIGNED_IN) == (False, None)
