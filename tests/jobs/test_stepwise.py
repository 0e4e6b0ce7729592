from __future__ import annotations

import pytest

from passerby.jobs.stepwise import Stepwise


def work(ended):
    try:
        yield 1
        yield 2
    finally:
        ended.append(True)
    return "all"


def test_the_result_is_there_after_the_last_step():
    with Stepwise(work([])) as steps:
        assert list(steps) == [1, 2]
        assert steps.result == "all"


def test_without_all_steps_there_is_no_result():
    with Stepwise(work([])) as steps:
        assert next(iter(steps)) == 1
        with pytest.raises(LookupError, match="over all steps"):
            _ = steps.result


def test_work_that_is_left_is_ended_at_once():
    ended = []
    with Stepwise(work(ended)) as steps:
        each = iter(steps)
        assert next(each) == 1
        assert not ended
    assert ended


def test_a_result_of_none_is_a_result():
    def nothing():
        yield from ()

    with Stepwise(nothing()) as steps:
        assert list(steps) == []
        assert steps.result is None
