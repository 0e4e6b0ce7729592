"""Where real media and models for tests lie; tests that need them skip with a clear message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("passerby", deadline=None)  # a busy machine is no failure
settings.load_profile("passerby")

SHARED = Path(__file__).parents[2] / "shared"


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable) or default)
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent: set {variable} to the folder of shared {default.name}")
    return folder


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Real videos and pictures with their ground truth, read-only."""
    return _folder("PASSERBY_DATA", SHARED / "data")


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Networks beyond those that `passerby models fetch` gets, read-only."""
    return _folder("PASSERBY_TEST_MODELS", SHARED / "models")
