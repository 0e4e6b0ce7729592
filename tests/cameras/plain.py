"""Cameras without RTSP for tests: MJPEG and HLS over HTTP, and one that sends garbage."""

from __future__ import annotations

import ast
import io
import re
import socket
import ssl
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image
from tests.cameras.reel import scene

FUZZ = ("hostile/fuzz/gortsplib_fuzz.tar.gz", "hostile/fuzz/mediacommon_fuzz.tar.gz")
_LITERAL = re.compile(r'(?:\[\]byte|string)\(("(?:[^"\\]|\\.)*")\)')


class _Mjpeg(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
        self.end_headers()
        pictures = []
        for picture in scene((320, 240), 10):
            with io.BytesIO() as jpeg:
                Image.fromarray(picture.to_ndarray(format="rgb24")).save(jpeg, "JPEG")
                pictures.append(jpeg.getvalue())
        try:
            while True:
                for jpeg in pictures:
                    head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    self.wfile.write(head.encode() + jpeg + b"\r\n")
                    time.sleep(0.1)
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _http(handler: object, context: ssl.SSLContext | None = None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def mjpeg_camera():
    """Serve the drawn scene as MJPEG, 320x240 at 10/s, at any path."""
    return _http(_Mjpeg)


def web_folder(folder: Path):
    """Serve a folder."""
    return _http(partial(_Quiet, directory=str(folder)))


@contextmanager
def garbage_camera(inputs: list[bytes]) -> Iterator[int]:
    """Answer each connection with the next input, whatever it asks, and close; the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            place = 0
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.settimeout(0.2)
                        connection.recv(4096)
                        connection.sendall(inputs[place % len(inputs)])
                    except OSError:
                        pass
                place += 1

        threading.Thread(target=answer, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def fuzz_inputs(archive: Path) -> list[bytes]:
    """Return the byte strings of a corpus of Go's fuzzer."""
    found = []
    with tarfile.open(archive) as folder:
        for member in folder:
            file = folder.extractfile(member)
            if file is None:
                continue
            for literal in re.findall(
                r'(?:\[\]byte|string)\(("(?:[^"\\]|\\.)*")\)', file.read().decode("utf-8", "replace")
            ):
                try:
                    found.append(ast.literal_eval("b" + literal))
                except (SyntaxError, ValueError):
                    continue
    return found
