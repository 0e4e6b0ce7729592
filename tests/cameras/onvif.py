"""A simulated ONVIF camera on loopback: answers WS-Discovery, and says where its stream is."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STREAM = "rtsp://127.0.0.1:554/stream1"
_MEDIA = {"T": "http://www.onvif.org/ver20/media/wsdl", "S": "http://www.onvif.org/ver10/media/wsdl"}


@contextmanager
def onvif_camera(*, profile: str = "T", password: str = "", xaddr: str = "", stream: str = STREAM) -> Iterator[int]:
    """Run one; yields the UDP port of its discovery.

    Args:
        profile: Which media service it has, T or S.
        password: What user "onvif" must know; "" = nothing.
        xaddr: What it says its service is; by default the truth.
        stream: What it says its stream is.
    """

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if password and not _knows(asked, password):
                self.send_error(401)
                return
            assert "ptz" not in asked.lower()
            here = f"http://127.0.0.1:{self.server.server_port}/media"
            answers = {
                "GetServices": f"<Service><Namespace>{_MEDIA[profile]}</Namespace><XAddr>{here}</XAddr></Service>",
                "GetProfiles": '<Profiles token="one &amp; only"/><Profiles token="two"/>',
                "GetStreamUri": f"<Uri>{stream}</Uri>",
            }
            name = next(name for name in answers if f"<{name} " in asked)
            assert name != "GetStreamUri" or "one &amp; only" in asked
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"<a><{name}Response>{answers[name]}</{name}Response></a>".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = xaddr or f"http://127.0.0.1:{server.server_port}/device"
    match = f"<p><XAddrs>{place}</XAddrs><Scopes>onvif://www.onvif.org/hardware/Eye-1</Scopes></p>"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as discovery:
        discovery.bind(("127.0.0.1", 0))
        discovery.settimeout(30)

        def answer() -> None:
            try:
                asked, asker = discovery.recvfrom(1 << 16)
            except OSError:
                return
            if b"NetworkVideoTransmitter" in asked:
                discovery.sendto(b"no xml <", asker)
                discovery.sendto(match.encode(), asker)

        threading.Thread(target=answer, daemon=True).start()
        try:
            yield discovery.getsockname()[1]
        finally:
            server.shutdown()
            server.server_close()


def _knows(asked: str, password: str) -> bool:
    names = ("Username", "Password", "Nonce", "Created")
    found = {name: re.search(rf"<\w:{name}\b[^>]*>([^<]*)<", asked) for name in names}
    if None in found.values() or found["Username"][1] != "onvif":
        return False
    nonce, created = base64.b64decode(found["Nonce"][1]), found["Created"][1].encode()
    digest = hashlib.sha1(nonce + created + password.encode()).digest()  # noqa: S324 - as ONVIF has it
    return base64.b64encode(digest).decode() == found["Password"][1]
