"""Serves one review on loopback, at an address that works once.

It needs no web framework, so that whoever only covers recordings need not install one. It sends the page, the covered
copy, and positions; raw pictures never leave the process that decodes them.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, JsonValue, ValidationError

from passerby.errors import OutputError, PasserbyError, UsageError
from passerby.jobs.review_session import ReviewSession
from passerby.review.edits import AddedCover, OpenedCover
from passerby.review.journal import EditChange
from passerby.serve.review.byte_range import byte_range

STATIC: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
_MOST_BODY: Final = 1 << 20
_CHUNK: Final = 1 << 18
_COOKIE: Final = "passerby-review"
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

M = TypeVar("M", bound=BaseModel)
Answer = dict[str, JsonValue] | JsonValue


@dataclass(frozen=True, slots=True)
class PageAnswers:
    """What a page asks for, and what answers it.

    Args:
        index: File of the page.
        reads: Answers of what only reads, by address.
        acts: Answers of what changes something, by address; they get the body of the request.
        copy: Returns where the covered copy is (None = the page has none).
    """

    index: str
    reads: Mapping[str, Callable[[], Answer]]
    acts: Mapping[str, Callable[[bytes], Answer]]
    copy: Callable[[], Path] | None = None


class ReviewServer(ThreadingHTTPServer):
    """One review or list of reviews, for one browser on this machine.

    Args:
        shown: The review, or what answers another page.
        port: Port on 127.0.0.1; 0 = any free one.

    Raises:
        UsageError: The port is taken, or not ours to use.
    """

    daemon_threads = True

    def __init__(self, shown: ReviewSession | PageAnswers, *, port: int = 0) -> None:
        self.answers = shown if isinstance(shown, PageAnswers) else answers_of(shown)
        self.secret = secrets.token_urlsafe(32)
        self._key: str | None = secrets.token_urlsafe(32)
        try:
            super().__init__(("127.0.0.1", port), ReviewRequest)
        except OSError as error:
            msg = f"--port {port}: cannot be used ({error.strerror}); name another one, or 0 for any that is free"
            raise UsageError(msg) from error

    @property
    def origin(self) -> str:
        """The page's origin."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def cookie(self) -> str:
        """Name of the page's cookie: browsers send cookies to all ports, so two reviews must not share one name."""
        return f"{_COOKIE}-{self.server_address[1]}"

    @property
    def address(self) -> str:
        """The address that opens the page, once."""
        return f"{self.origin}/?key={self._key}"

    def invite(self) -> str:
        """Return a new address that opens the page once; one that was not used no longer works."""
        self._key = secrets.token_urlsafe(32)
        return self.address

    def handle_error(self, request: object, client_address: object) -> None:
        """Print what failed, but not that a browser has closed a connection: browsers do that all the time."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the library's own types

    def spend(self, key: str) -> bool:
        """Return whether this is the key of the address; it works once."""
        fits = self._key is not None and hmac.compare_digest(key.encode(), self._key.encode())
        if fits:
            self._key = None
        return fits


class ReviewRequest(BaseHTTPRequestHandler):
    """One request of the page."""

    protocol_version = "HTTP/1.1"
    server_version = "passerby"
    sys_version = ""
    timeout = 60
    disable_nagle_algorithm = True  # a body would wait for the browser to acknowledge its head, up to 40 ms

    @property
    def review(self) -> ReviewServer:
        """The server."""
        return cast("ReviewServer", self.server)

    def log_message(self, *_: object) -> None:
        """Print nothing: the terminal belongs to the command."""

    def do_GET(self) -> None:
        """Answer a request for the page, the covered copy or the state of the review."""
        address = urlsplit(self.path)
        if not self._from_here():
            self._send_problem(HTTPStatus.FORBIDDEN, "this page answers only its own address")
        elif address.path == "/" and address.query:
            self._open(parse_qs(address.query).get("key", [""])[0])
        elif not self._signed_in():
            self._send_problem(HTTPStatus.FORBIDDEN, "this address was used before; start passerby review again")
        elif address.path == "/copy" and self.review.answers.copy is not None:
            self._send_copy(self.review.answers.copy())
        elif address.path in self.review.answers.reads:
            self._answer(self.review.answers.reads[address.path])
        else:
            self._send_static(self.review.answers.index if address.path == "/" else address.path.removeprefix("/"))

    def do_POST(self) -> None:
        """Carry out what the page asks for."""
        act = self.review.answers.acts.get(urlsplit(self.path).path)
        own = self.headers.get("Origin") == self.review.origin
        body = self._body()
        if not (own and self._from_here() and self._signed_in()):
            self._send_problem(HTTPStatus.FORBIDDEN, "only the page of this review may do that")
        elif act is None:
            self._send_problem(HTTPStatus.NOT_FOUND, "no such address")
        elif body is None:
            self._send_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {_MOST_BODY >> 20} MB")
        else:
            self._answer(lambda: act(body))

    def _from_here(self) -> bool:
        """Return whether the request names our own address: a foreign name may point at this machine."""
        return f"http://{self.headers.get('Host', '')}" == self.review.origin

    def _signed_in(self) -> bool:
        found = re.search(rf"(?:^|;\s*){self.review.cookie}=([\w-]+)", self.headers.get("Cookie", ""))
        return found is not None and hmac.compare_digest(found[1], self.review.secret)

    def _open(self, key: str) -> None:
        if not self.review.spend(key):
            self._send_problem(HTTPStatus.FORBIDDEN, "this address was used before; start passerby review again")
            return
        cookie = f"{self.review.cookie}={self.review.secret}; HttpOnly; SameSite=Strict; Path=/"
        self._send(HTTPStatus.SEE_OTHER, b"", "text/plain", {"Location": "/", "Set-Cookie": cookie})

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _MOST_BODY:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _answer(self, act: Callable[[], Answer]) -> None:
        try:
            answer = act()
        except ValidationError as error:
            self._send_problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error.errors(include_url=False)[0]["msg"]))
        except UsageError as error:
            self._send_problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        except OutputError as error:
            self._send_problem(HTTPStatus.INSUFFICIENT_STORAGE, str(error))
        except PasserbyError as error:
            self._send_problem(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        else:
            self._send(HTTPStatus.OK, json.dumps(answer).encode(), "application/json")

    def _send_problem(self, status: HTTPStatus, text: str) -> None:
        self._send(status, json.dumps({"problem": text}).encode(), "application/json")

    def _send_static(self, name: str) -> None:
        path = STATIC / name
        if "/" in name or path.suffix not in _TYPES or not path.is_file():
            self._send_problem(HTTPStatus.NOT_FOUND, "no such address")
            return
        self._send(HTTPStatus.OK, path.read_bytes(), _TYPES[path.suffix])

    def _send_copy(self, path: Path) -> None:
        """Send the covered copy, or the part of it that the browser asks for."""
        try:
            file = path.open("rb")
        except OSError:
            self._send_problem(HTTPStatus.NOT_FOUND, "the copy is gone")
            return
        with file:
            size = file.seek(0, 2)
            span = byte_range(self.headers.get("Range", ""), size)
            first, last = span or (0, size - 1)
            extra = {"Accept-Ranges": "bytes", "Content-Length": str(last - first + 1)}
            if span is not None:
                extra["Content-Range"] = f"bytes {first}-{last}/{size}"
            status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
            self._send_head(status, "video/mp4", extra)
            file.seek(first)
            left = last - first + 1
            with suppress(ConnectionError, TimeoutError):  # browsers drop what they no longer need
                while left and (chunk := file.read(min(left, _CHUNK))):
                    self.wfile.write(chunk)
                    left -= len(chunk)
            self.close_connection = self.close_connection or bool(left)

    def _send(self, status: HTTPStatus, body: bytes, kind: str, extra: dict[str, str] | None = None) -> None:
        with suppress(ConnectionError, TimeoutError):
            self._send_head(status, kind, {"Content-Length": str(len(body))} | (extra or {}))
            self.wfile.write(body)

    def _send_head(self, status: HTTPStatus, kind: str, extra: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in (_HEADERS | {"Content-Type": kind} | extra).items():
            self.send_header(name, value)
        self.end_headers()


def parsed(kind: type[M], body: bytes) -> M:
    """Return what a request holds.

    Raises:
        ValidationError: It holds something else.
    """
    return kind.model_validate_json(body)


def _render(session: ReviewSession) -> Answer:
    session.start_copy()
    return session.progress()


def answers_of(session: ReviewSession) -> PageAnswers:
    """Return what answers the page of a review."""
    return PageAnswers(
        "index.html",
        {
            "/state": session.state,
            "/frames": session.frames,
            "/sound": session.sound,
            "/progress": session.progress,
        },
        {
            "/change": lambda body: session.change(parsed(EditChange, body)),
            "/undo": lambda _: session.undo(),
            "/redo": lambda _: session.redo(),
            "/follow": lambda body: session.follow(parsed(AddedCover, body)),
            "/look": lambda body: session.look(parsed(OpenedCover, body)).model_dump(mode="json"),
            "/save": lambda _: {"edits_file": str(session.save().name)},
            "/render": lambda _: _render(session),
        },
        lambda: session.files.copy,
    )
