"""The site's access token: from a file, or a new one at each start."""

from __future__ import annotations

import secrets

from passerby.errors import SettingError
from passerby.settings.site.web import WebSettings

_SHORTEST = 16


def access_token(web: WebSettings) -> str:
    """Return the token that opens the page: that of `token_file`, or a new random one.

    Raises:
        SettingError: The file cannot be read or its token is too short.
    """
    if web.token_file is None:
        return secrets.token_urlsafe(24)
    try:
        token = web.token_file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        msg = f"{web.token_file}: {reason}; make one with: openssl rand -base64 24"
        raise SettingError(msg, "web.token_file") from error
    if len(token) < _SHORTEST:
        msg = f"{web.token_file}: a token must have at least {_SHORTEST} characters"
        raise SettingError(msg, "web.token_file")
    return token
