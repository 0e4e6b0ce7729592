"""The web server beside the cameras: its socket, its thread and its end."""

from __future__ import annotations

import errno
import re
import secrets
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.types import Scope

from passerby.accounts.account import CameraGroups
from passerby.accounts.accounts import Accounts
from passerby.audit.log_witness import LogWitness
from passerby.errors import OutputError, SettingError
from passerby.gateway.cluster_source import ClusterSource
from passerby.gateway.site_editor import SiteEditor
from passerby.outputs.gateway_id import gateway_id
from passerby.serve.alert_source import AlertSource
from passerby.serve.app import create_app
from passerby.serve.auth.visitor import address_of, is_signed_in
from passerby.serve.connections import behind_tls, limited_protocol
from passerby.serve.gateway import Gateway
from passerby.serve.public.view import PublicSource
from passerby.serve.recording_source import RecordingSource
from passerby.serve.signal_source import SignalSource
from passerby.serve.watchdog_source import WatchdogSource
from passerby.settings.site.web import WebSettings

_START_S = 60.0
_END_S = 2


class WebServer:
    """Serves the page and the API from a thread; a context manager that listens while it is entered.

    Args:
        gateway: Where statuses and covered streams come from.
        web: Where to listen.
        accounts: Who may sign in; followed while this is entered, and closed afterwards.
        source: Where signals come from; None: the site has no signals.
        state_folder: Holds the gateway's id and audit log; None = a new id, as for a gateway that keeps nothing.

    Raises:
        SettingError: The port is in use, the host is not an address of this machine, or the certificate or key
            cannot be used.
        OutputError: The gateway's id cannot be read or written.
    """

    def __init__(
        self,
        gateway: Gateway,
        web: WebSettings,
        source: SignalSource | None = None,
        *,
        accounts: Accounts,
        state_folder: Path | None = None,
    ) -> None:
        self.fingerprint = ""
        """SHA-256 of the gateway's own certificate; "" = it has another one, or none."""
        self._accounts = accounts
        self._secure = web.certificate is not None
        self._host = web.host
        own = secrets.token_hex(8) if state_folder is None else gateway_id(state_folder)
        self._app = create_app(
            gateway, web, accounts=accounts, source=source, gateway_id=own, state_folder=state_folder
        )
        self._server = uvicorn.Server(_config(self._app, web))
        self._socket = _bound(web.host, web.port)
        if not (web.is_local or self._secure):
            self._socket.close()
            msg = (
                "plain HTTP is for this machine only: passwords would cross the network unencrypted; set a certificate"
            )
            raise SettingError(msg, "web.certificate")
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="web", daemon=True)

    @property
    def address(self) -> str:
        """Where the page is, for a browser on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(self._host, self._host)  # noqa: S104
        return f"http{'s' * self._secure}://{host}:{self._socket.getsockname()[1]}"

    @property
    def first_link(self) -> str:
        """Where the first administrator is made, once; "" = there are accounts already.

        The secret is in the fragment, which browsers send to no server. On this machine the host has a name: under an
        IP address browsers have no passkeys.
        """
        if not self._accounts.sessions.empty:
            return ""
        host = re.sub(r"//(127\.0\.0\.1|\[::1\])(?=:)", "//localhost", self.address)
        return f"{host}/#/first/{self._accounts.passwords.first_secret}"

    def set_groups(self, groups: CameraGroups) -> None:
        """Take other groups of cameras; what people may see changes at once."""
        self._accounts.sessions.set_groups(groups)

    def set_signals(self, signals: SignalSource | None) -> None:
        """Serve the signals of another source from now on; streams of the previous one end."""
        self._app.state.signals = signals

    def set_alerts(self, alerts: AlertSource | None) -> None:
        """Serve the alerts of a source from now on; None = there are none."""
        self._app.state.alerts = alerts

    def set_witness(self, witness: LogWitness | None) -> None:
        """Cosign checkpoints of other gateways from now on; None = do not."""
        self._app.state.witness = witness

    def set_recordings(self, recordings: RecordingSource | None) -> None:
        """Serve the recordings of a source from now on; None = there are none."""
        self._app.state.recordings = recordings

    def set_public(self, pages: PublicSource | None) -> None:
        """Serve the public pages of a source from now on; None = there are none."""
        self._app.state.public = pages

    def set_watchdog(self, watchdog: WatchdogSource | None) -> None:
        """Take reports of watchdogs from now on; None = do not."""
        self._app.state.watchdog = watchdog

    def set_nodes(self, nodes: ClusterSource | None) -> None:
        """Show the nodes of a cluster from now on; None = the cameras run on this machine."""
        self._app.state.nodes = nodes

    def set_editor(self, editor: SiteEditor | None) -> None:
        """Let those who may change settings edit the site file from now on; None = there is none."""
        self._app.state.editor = editor

    def __enter__(self) -> Self:
        """Listen; the page answers when this returns."""
        self._accounts.__enter__()
        self._thread.start()
        waiting = threading.Event()
        for _ in range(int(_START_S / 0.02)):
            if self._server.started or not self._thread.is_alive():
                break
            waiting.wait(0.02)
        if not self._server.started:
            msg = f"the web server at {self.address} did not start; see the log for the reason"
            raise OutputError(msg)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close all connections and stop."""
        self._server.should_exit = True
        self._thread.join(_END_S + 30)  # a busy machine may need as long
        self._socket.close()
        self._accounts.__exit__(kind, error, at)


def _config(app: FastAPI, web: WebSettings) -> uvicorn.Config:
    def signed_in(scope: Scope) -> bool:
        return is_signed_in(HTTPConnection({**scope, "app": app}))

    def address(scope: Scope) -> str:
        return address_of(HTTPConnection({**scope, "app": app}))

    protocol = limited_protocol(web.max_connections, web.max_per_visitor, signed_in=signed_in, address=address)
    config = uvicorn.Config(
        app,
        lifespan="off",
        loop="asyncio",  # the same on every machine, whatever else is installed
        log_config=None,  # uvicorn would log visitors' addresses and stream tickets
        log_level="warning",
        access_log=False,
        server_header=False,
        http=protocol,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=4096,  # viewers send nothing
        ws_per_message_deflate=False,  # H.264 does not get smaller
        timeout_graceful_shutdown=_END_S,
        ssl_certfile=web.certificate,
        ssl_keyfile=web.private_key,
    )
    try:
        config.load()
    except OSError as error:  # ssl.SSLError among them
        msg = f"{web.certificate}, private_key {web.private_key}: {error.strerror}; give PEM files that belong together"
        raise SettingError(msg, "web.certificate") from error
    if config.ssl is not None:  # uvicorn would wait for handshakes before it lets anybody count them
        config.http_protocol_class = behind_tls(protocol, config.ssl)  # type: ignore[assignment]  # it makes protocols
        config.ssl = None
    return config


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        listening = socket.create_server(found[0][4][:2], family=found[0][0])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            key = "web.port"
            msg = f"{port} on {host} is in use by another program; stop it or set another port (0 = any)"
        elif error.errno == errno.EACCES:
            key = "web.port"
            msg = f"{port} on {host} needs root privileges; set a port above 1023"
        else:
            key = "web.host"
            msg = f"{host} is not an address of this machine; set 127.0.0.1"
        raise SettingError(msg, key) from error

    return listening
