"""Each gateway has an id of its own that outlives restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from passerby.errors import OutputError
from passerby.outputs.gateway_id import gateway_id


def test_an_id_stays_and_another_state_folder_has_another(tmp_path: Path) -> None:
    first = gateway_id(tmp_path / "state")
    assert gateway_id(tmp_path / "state") == first
    assert gateway_id(tmp_path / "other") != first
    assert (tmp_path / "state" / "gateway.id").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in (tmp_path / "state").iterdir()] == ["gateway.id"]


@pytest.mark.parametrize("text", ["", "#", "passerby", "0" * 17, "\xff"])
def test_what_is_no_id_is_refused_with_the_fix(tmp_path: Path, text: str) -> None:
    (tmp_path / "gateway.id").write_text(text, encoding="latin-1")
    with pytest.raises(OutputError, match=r"gateway\.id: this is not a gateway id .*; remove the file"):
        gateway_id(tmp_path)
