"""Asks the running gateway on this machine by its API, with an API token."""

from __future__ import annotations

import http.client
import json
import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passerby.errors import OutputError, UsageError

if TYPE_CHECKING:
    from passerby.settings.site.site import SiteSettings

TOKEN = "PASSERBY_TOKEN"  # noqa: S105 - the name of an environment variable
TIMEOUT_S = 20.0


class GatewayClient:
    """Sends requests to a gateway.

    Args:
        site: The site that it runs.
        token_file: File with an API token; None = the token is in the environment variable PASSERBY_TOKEN.

    Raises:
        UsageError: There is no token, or the gateway listens on any free port.
    """

    def __init__(self, site: SiteSettings, token_file: Path | None) -> None:
        web = site.web
        if not web.port:
            msg = "web.port is 0, so nobody knows where the gateway listens; set a port in the site file"
            raise UsageError(msg)
        self._web = web
        self._certificate = site.certificate
        self._token = api_token(token_file)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a change, and return the answer.

        Raises:
            OutputError: The gateway does not answer, or refuses it; the text is the gateway's reason.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", "If-Match": "*"}
        connection = self._connection()
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            msg = f"the gateway at {self._host}:{self._web.port} does not answer ({error}); check web.port"
            raise OutputError(msg) from error
        finally:
            connection.close()
        try:
            said = dict(json.loads(text))
        except (ValueError, TypeError) as error:
            msg = f"the gateway at {self._host}:{self._web.port} answers with status {answer.status} and no JSON"
            raise OutputError(msg) from error
        if answer.status >= 400:
            raise OutputError(str(said.get("detail", f"status {answer.status}")))
        return said

    @property
    def _host(self) -> str:
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._web.host, self._web.host)  # noqa: S104 - to reach ourselves

    def _connection(self) -> http.client.HTTPConnection:
        if self._certificate is None:
            return http.client.HTTPConnection(self._host, self._web.port, timeout=TIMEOUT_S)
        context = ssl.create_default_context(cafile=str(self._certificate))
        context.check_hostname = False  # it is this machine, and the very certificate of the gateway is asked for
        return http.client.HTTPSConnection(self._host, self._web.port, timeout=TIMEOUT_S, context=context)


def api_token(file: Path | None) -> str:
    """Return the API token in a file, or in the environment.

    Raises:
        UsageError: There is none, or the file cannot be read.
    """
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{file}: the token cannot be read; check the path and its permissions"
            raise UsageError(msg) from error
    if token := os.environ.get(TOKEN, "").strip():
        return token
    msg = f"the gateway asks for a token; name a file with --token-file, or set {TOKEN}"
    raise UsageError(msg)
