from __future__ import annotations

import pytest

from passerby.errors import UsageError
from passerby.serve.auth.access_token import access_token
from passerby.settings.site.web import WebSettings

TOKEN = "a-token-of-24-characters"  # noqa: S105 - made up


def test_a_random_token_differs_at_each_start():
    assert access_token(WebSettings()) != access_token(WebSettings())


def test_a_token_file_is_read_without_its_line_end(tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    assert access_token(WebSettings(token_file=tmp_path / "token")) == TOKEN


@pytest.mark.parametrize("content", [None, b"short\n", b"\xff" * 30], ids=["absent", "short", "not text"])
def test_a_useless_token_file_is_named(tmp_path, content):
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"web\.token_file: .*token") as caught:
        access_token(WebSettings(token_file=path))
    assert "short" not in str(caught.value)
