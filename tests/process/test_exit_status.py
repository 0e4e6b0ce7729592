import pytest
from hypothesis import given
from hypothesis import strategies as st

from passerby.errors import (
    ModelError,
    NoStoreError,
    OutputError,
    SourceError,
    StoreError,
    TargetExistsError,
    UnknownModelError,
    UsageError,
)
from passerby.process.exit_status import exit_code, worst


@pytest.mark.parametrize(
    ("error", "code"),
    [
        *((UsageError, 2), (SourceError, 2), (OutputError, 1), (TargetExistsError, 2), (ModelError, 1)),
        *((UnknownModelError, 2), (StoreError, 1), (NoStoreError, 2)),
    ],
)
def test_each_error_has_its_status(error, code):
    assert exit_code(error("x")) == code


@given(st.lists(st.sampled_from([0, 1, 2, 3])))
def test_a_failure_outweighs_bad_input_which_outweighs_doubt(codes):
    assert worst(codes) == next((code for code in (1, 2, 3) if code in codes), 0)
