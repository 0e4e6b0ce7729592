"""Cameras on loopback that name other places, and a place that notes who comes."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Trap:
    """A place that must not be asked.

    Args:
        port: Where it listens.
        visits: First bytes of each connection.
    """

    port: int
    visits: list[bytes] = field(default_factory=list)


@contextmanager
def trap() -> Iterator[Trap]:
    """Run one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        noted = Trap(listener.getsockname()[1])

        def accept() -> None:
            while True:
                try:
                    visitor, _ = listener.accept()
                except OSError:
                    return
                with visitor:
                    visitor.settimeout(1)
                    noted.visits.append(b"")
                    try:
                        noted.visits[-1] = visitor.recv(4096)
                    except OSError:
                        continue

        threading.Thread(target=accept, daemon=True).start()
        yield noted
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def web_camera(answer: Callable[[str], tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    """Serve what `answer` returns for a path: status, fields, body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, fields, body = answer(self.path)
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def rtsp_camera(
    answers: dict[str, str], asked: list[str] | None = None, *, tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Answer each RTSP request with what `answers` has for its method: the lines behind `RTSP/1.0 `, and a body.

    `DESCRIBE+` is for a request with a password. The first lines of all requests are noted in `asked`. Yields the port.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    visitor, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(visitor,), daemon=True).start()

        def serve(visitor: socket.socket) -> None:
            try:
                visitor = tls.wrap_socket(visitor, server_side=True) if tls else visitor
            except OSError:
                return
            with visitor:
                data = b""
                while True:
                    try:
                        more = visitor.recv(4096)
                    except OSError:
                        return
                    if not more:
                        return
                    data += more
                    while b"\r\n\r\n" in data:
                        head, _, data = data.partition(b"\r\n\r\n")
                        visitor.sendall(_answered(head.decode(), answers, asked))

        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _answered(head: str, answers: dict[str, str], asked: list[str] | None) -> bytes:
    method = head.split(maxsplit=1)[0]
    if asked is not None:
        asked.append(head.splitlines()[0])
    number = re.search(r"(?i)^CSeq: *(\d+)", head, re.MULTILINE)[1]
    method += "+" if "Authorization:" in head and f"{method}+" in answers else ""
    lines, _, body = answers.get(method, "200 OK").partition("\n\n")
    first, *fields = lines.splitlines()
    fields += [f"CSeq: {number}", f"Content-Length: {len(body)}"]
    return "\r\n".join([f"RTSP/1.0 {first}", *fields, "", body]).encode()


def self_signed(folder: Path) -> ssl.SSLContext:
    """Return what a server answers with over TLS that signed itself, as cameras do; its key is in the folder."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=camera"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
