"""The server of the page: this machine only, who has the token only, and nothing but what the library has."""

from __future__ import annotations

import json
import os
import re
import socketserver
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from vkeyframe.browse import answers as told
from vkeyframe.browse.answers import Answers
from vkeyframe.browse.gate import Gate, Refusal
from vkeyframe.errors import DecoderError, InputError, LibraryError, VkeyframeError
from vkeyframe.library.store import Library

HOST = "127.0.0.1"
# Bytes of a picture that is asked about, at most.
LARGEST_PICTURE = 32 << 20
# Seconds after which a connection on which nothing comes is closed.
PATIENCE = 60
# No answer may be shown in a frame, be taken for something else, be had by other pages, or tell others where it comes from.
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The page has a policy of its own besides, with what it may load.
_PAGE_POLICY = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_NUMBER = re.compile(r"[0-9]{1,15}")
# The statuses of errors, the first that fits.
_STATUSES = ((LibraryError, HTTPStatus.NOT_FOUND), (InputError, HTTPStatus.BAD_REQUEST), (DecoderError, HTTPStatus.BAD_REQUEST))


class BrowseServer(ThreadingHTTPServer):
    """Serves the page of a library at 127.0.0.1.

    Parameters
    ----------
    path : Path
        The library.
    port : int
        0 for any that is free.
    page : str
        The page as HTML.
    answers : Answers
        What it is answered.

    Raises
    ------
    OSError
        If the port cannot be had.
    """

    daemon_threads = True
    # A browser opens several connections at once.
    request_queue_size = 64
    # Elsewhere it would let two programs have the same port.
    allow_reuse_address = os.name == "posix"

    def __init__(self, path: Path, port: int, page: str, answers: Answers) -> None:
        super().__init__((HOST, port), _Handler)
        self.path, self.page, self.answers = path, page.encode(), answers
        self.gate = Gate(self.server_address[1])

    def server_bind(self) -> None:
        """Take the port; the name of this machine, which HTTPServer looks up for it, may take seconds and is not needed."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def address(self) -> str:
        """Where the page is, with the token."""
        return f"http://{HOST}:{self.server_port}/?token={self.gate.token}"

    @property
    def address_once(self) -> str:
        """The same for the browser that is opened; it is good for one time, as others may see what a program is started with."""
        return f"http://{HOST}:{self.server_port}/?once={self.gate.once()}"

    def close(self) -> None:
        """Give the port back, and give up what is not answered yet."""
        self.server_close()
        self.answers.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a browser has left; a defect of ours is shown as always."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: BrowseServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "vkeyframe", ""
    timeout = PATIENCE

    def setup(self) -> None:
        super().setup()
        self._library: Library | None = None

    def finish(self) -> None:
        if self._library is not None:
            self._library.close()
        super().finish()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Write nothing: what is looked at is nobody's concern."""

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_POST(self) -> None:
        self._serve(self._post)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Answer with a sentence, and close the connection: what is left of the request is not read."""
        self.close_connection = True
        if code == HTTPStatus.NOT_IMPLEMENTED:
            code, message = HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and POST are served here."
        text = message or HTTPStatus(code).phrase
        self._send(json.dumps({"error": text}).encode(), "application/json", code, {"Connection": "close"})

    def _serve(self, answer: Callable[[str, Mapping[str, str]], None]) -> None:
        try:
            parts = urlsplit(self.path)
            values = dict(parse_qsl(parts.query, max_num_fields=10))
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        try:
            self.server.gate.check(self.headers, parts.path, values)
            answer(parts.path, values)
        except Refusal as refusal:
            self.send_error(refusal.status, str(refusal))
        except VkeyframeError as error:
            status = next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
            self.send_error(status, str(error))
        except CancelledError:
            self.send_error(HTTPStatus.SERVICE_UNAVAILABLE, "The server ends.")
        except OSError:
            # The browser has left.
            raise
        # A defect, ours or a library's: who asked gets a sentence instead of a closed connection, and it is raised on.
        except Exception:
            self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, "The server has a defect; what it is stands where it was started.")
            raise

    def _get(self, path: str, values: Mapping[str, str]) -> None:
        answers = self.server.answers
        folder, _, number = path.rpartition("/")
        if path == "/":
            # The page itself takes the token out of its address: where the link was on another page, one that it was redirected
            # to would be asked for without the cookie.
            headers = {"Set-Cookie": self.server.gate.cookie, "Content-Security-Policy": _PAGE_POLICY}
            self._send(self.server.page, "text/html; charset=utf-8", HTTPStatus.OK, headers)
        elif path == "/data/library":
            self._send_json(answers.library())
        elif path == "/data/videos":
            self._send_json(answers.videos(values.get("words", ""), values.get("order", ""), _start(values)))
        elif path == "/data/lines":
            self._send_json(answers.lines(values.get("words", "")))
        elif path == "/data/copies":
            self._send_json(answers.copies(_start(values)))
        elif folder == "/data/video" and _NUMBER.fullmatch(number):
            self._send_json(told.video(self._opened(), int(number)))
        elif folder == "/data/like" and _NUMBER.fullmatch(number):
            self._send_json(answers.like(self._opened(), int(number)))
        elif folder == "/thumbnail" and _NUMBER.fullmatch(number):
            # A number is never given twice, so that what it shows does not change.
            kept = {"Cache-Control": "private, max-age=86400, immutable"}
            self._send(told.thumbnail(self._opened(), int(number)), "image/jpeg", HTTPStatus.OK, kept)
        else:
            raise Refusal(HTTPStatus.NOT_FOUND, "There is no such page.")

    def _post(self, path: str, _values: Mapping[str, str]) -> None:
        if path != "/data/picture":
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Only a picture that is looked for can be sent.")
        self._send_json(self.server.answers.picture(self._body()))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not _NUMBER.fullmatch(length):
            raise Refusal(HTTPStatus.LENGTH_REQUIRED, "The size of the picture must come before it.")
        if int(length) > LARGEST_PICTURE:
            text = f"The picture is larger than {LARGEST_PICTURE >> 20} MiB; make it smaller."
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
        data = self.rfile.read(int(length))
        if len(data) < int(length):
            raise Refusal(HTTPStatus.BAD_REQUEST, "The picture has not come whole.")
        return data

    def _opened(self) -> Library:
        """Return the library, open for this thread."""
        if self._library is None:
            self._library = Library.open(self.server.path)
        return self._library

    def _send_json(self, values: Mapping[str, Any]) -> None:
        self._send(json.dumps(values, separators=(",", ":")).encode(), "application/json")

    def _send(self, data: bytes, kind: str, status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None) -> None:
        common = {"Content-Type": kind, "Content-Length": str(len(data)), "Cache-Control": "no-store"}
        self.send_response(status)
        for name, value in (common | {"Content-Security-Policy": _DATA_POLICY} | _SAFE | dict(headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        with suppress(ConnectionError):
            self.wfile.write(data)


def _start(values: Mapping[str, str]) -> int:
    start = values.get("start", "0")
    if not _NUMBER.fullmatch(start):
        raise Refusal(HTTPStatus.BAD_REQUEST, "The start is no number.")
    return int(start)
