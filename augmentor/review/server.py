"""The server of one page, for this machine only."""

import json
import re
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from augmentor.core.errors import AugmentorError, UsageError
from augmentor.review.guard import cookie_of, is_ours, knows, loopback
from augmentor.review.media import Media
from augmentor.review.page import page
from augmentor.review.task import Task

MOST_BYTES = 1 << 16
"""Of one answer, as JSON."""
_MEDIA = re.compile(r"/media/([0-9a-f]{1,16})")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Server(ThreadingHTTPServer):
    """A page for people, and where their answers go.

    Parameters
    ----------
    task : what is asked.
    host : a loopback address.
    port : 0 takes any that is free.

    Raises
    ------
    UsageError : the host is not a loopback address, or the port is taken.
    """

    daemon_threads = True

    def __init__(self, task: Task, host: str = "127.0.0.1", port: int = 0) -> None:
        """Open the port; nobody is answered until `serve_forever`."""
        address = loopback(host)
        self.task, self.token = task, secrets.token_urlsafe(24)
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.page, self.policy = page(task.title)
        try:
            super().__init__((address, port), _Handler)
        except OSError as error:
            raise UsageError(f"{address}, port {port}: {error.strerror}") from None

    def server_bind(self) -> None:
        """Take the port without asking any name server what this machine is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # of the internet, so text and a number

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away in the middle."""

    @property
    def origin(self) -> str:
        """The first part of its address."""
        name = str(self.server_name)
        return f"http://{f'[{name}]' if ':' in name else name}:{self.server_port}"

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"{self.origin}/?token={self.token}"


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Answer requests in a thread until the block ends."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request. Who does not know the token learns nothing, not even what is here."""

    server: Server
    timeout = 60
    server_version, sys_version = "augmentor", ""

    def do_GET(self) -> None:
        """Answer with the page, its task or a sound or picture."""
        parts = urlsplit(self.path)
        said = parse_qs(parts.query)
        if not self._allowed(said):
            return
        if parts.path == "/":
            self._page(fresh="token" in said)
        elif parts.path == "/task":
            rater = said.get("rater", [""])[0]
            self._told(lambda: self._json(self.server.task.sheet(rater)))
        elif found := _MEDIA.fullmatch(parts.path):
            self._told(lambda: self._media(self.server.task.media(found[1])))
        else:
            self._text(404, "nothing here")

    def do_POST(self) -> None:
        """Take answers to one item."""
        if not self._allowed({}):
            return
        if self.headers.get("Origin") != f"http://{self.headers['Host']}":
            self._text(403, "refused: answers come from this page only")
            return
        if urlsplit(self.path).path != "/answer":
            self._text(404, "nothing here")
            return
        size = self.headers.get("Content-Length", "")
        if self.headers.get_content_type() != "application/json":
            self._text(415, "expected JSON")
        elif not size.isascii() or not size.isdigit() or int(size) > MOST_BYTES:
            self._text(413, f"expected up to {MOST_BYTES} bytes")
        else:
            data = self.rfile.read(int(size))
            self._told(lambda: self._answer(data))

    def _answer(self, data: bytes) -> None:
        try:
            said = json.loads(data)
        except (ValueError, RecursionError):
            said = None
        said = said if isinstance(said, dict) else {}
        if not isinstance(said.get("answers"), dict) or not isinstance(said.get("item"), str):
            raise UsageError('expected {"rater": ..., "item": ..., "answers": {...}}')
        self.server.task.save(said.get("rater", ""), said["item"], said["answers"])
        self._json({"saved": True})

    def _allowed(self, said: Mapping[str, list[str]]) -> bool:
        """Return whether whoever asks may: the right host, and the token."""
        name = f"augmentor_{self.server.server_port}"
        token = (
            said.get("token", [None])[0]
            or self.headers.get("X-Token")
            or cookie_of(self.headers.get("Cookie"), name)
        )
        if is_ours(self.headers.get("Host"), self.server.server_port) and knows(
            self.server.token, token
        ):
            return True
        self._text(403, "refused: open the address that the terminal shows, token and all")
        return False

    def _page(self, *, fresh: bool) -> None:
        if not fresh:
            self._send(200, "text/html; charset=utf-8", self.server.page)
            return
        # The token goes from the address into a cookie: histories and screenshots lack it.
        name = f"augmentor_{self.server.server_port}"
        cookie = f"{name}={self.server.token}; HttpOnly; SameSite=Strict; Path=/"
        self._send(303, "text/plain", b"", {"Location": "/", "Set-Cookie": cookie})

    def _media(self, found: Media | None) -> None:
        """Send a sound or picture, or the part of it that is asked for."""
        if found is None:
            self._text(404, "nothing here")
            return
        size = len(found.data)
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        if asked is None or first >= size:
            self._send(200, found.kind, found.data, {"Accept-Ranges": "bytes"})
            return
        last = min(int(asked[2] or size - 1), size - 1)
        more = {"Accept-Ranges": "bytes", "Content-Range": f"bytes {first}-{last}/{size}"}
        self._send(206, found.kind, found.data[first : last + 1], more)

    def _told(self, work: Callable[[], None]) -> None:
        """Do some work, and say what a user would have to mend."""
        try:
            work()
        except AugmentorError as error:
            self._text(400, str(error))

    def _json(self, data: Mapping[str, Any]) -> None:
        self._send(200, "application/json", json.dumps(data).encode())

    def _text(self, code: int, text: str) -> None:
        self._send(code, "text/plain; charset=utf-8", text.encode("utf-8", "backslashreplace"))

    def _send(
        self, code: int, kind: str, data: bytes, more: Mapping[str, str] | None = None
    ) -> None:
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Content-Security-Policy": self.server.policy,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        self.send_response(code)
        for name, value in {**headers, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: Any) -> None:
        """Keep the terminal quiet."""
