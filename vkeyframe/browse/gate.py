"""Who may ask: the page that was opened with the token, and nobody else on this machine or behind a page of the web."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Mapping
from email.message import Message
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie


class Refusal(Exception):  # noqa: N818  it is an answer
    """What is answered instead, a sentence with its status of HTTP."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


class Gate:
    """Knows the token, and checks each request.

    Parameters
    ----------
    port : int
        Of the server.
    """

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        # Cookies are for all ports of a machine, so that two servers must not have the same name for theirs.
        self._name = f"vkeyframe-{port}"
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._once: set[str] = set()
        self._lock = threading.Lock()

    @property
    def cookie(self) -> str:
        """What a browser is to keep, until it is closed, and to send to this machine only, from pages of this machine only."""
        return f"{self._name}={self.token}; Path=/; HttpOnly; SameSite=Strict"

    def once(self) -> str:
        """Make a token that opens the page one time."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._once.add(token)
        return token

    def check(self, headers: Message, path: str, values: Mapping[str, str]) -> None:
        """Check who asks.

        Raises
        ------
        Refusal
            If it is another page, or somebody without the token.
        """
        host = headers.get_all("Host") or []
        if len(host) != 1 or host[0].lower() not in self._hosts:
            # A page of the web may give this machine a name of its own, and ask as if it were from here.
            raise Refusal(HTTPStatus.FORBIDDEN, "The server is asked by a name that is not its own.")
        if path == "/" and self._opens(values):
            return
        # A page at another port of this machine counts as the same site, and so would send the cookie.
        origin = headers.get("Origin")
        foreign = origin is not None and origin.lower().removeprefix("http://") != host[0].lower()
        if foreign or headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            raise Refusal(HTTPStatus.FORBIDDEN, "Another page asks for this.")
        given = headers.get("Authorization", "")
        if not (self._is_token(self._cookie(headers)) or self._is_token(given.removeprefix("Bearer "))):
            text = "Open the whole address that vkeyframe browse has printed, with the token in it."
            raise Refusal(HTTPStatus.FORBIDDEN, text)

    def _opens(self, values: Mapping[str, str]) -> bool:
        if self._is_token(values.get("token", "")):
            return True
        with self._lock:
            found = next((each for each in self._once if _same(each, values.get("once", ""))), None)
            if found is not None:
                self._once.remove(found)
        return found is not None

    def _cookie(self, headers: Message) -> str:
        try:
            found = SimpleCookie(headers.get("Cookie", "")).get(self._name)
        except CookieError:
            return ""
        return found.value if found is not None else ""

    def _is_token(self, given: str) -> bool:
        return _same(self.token, given)


def _same(one: str, other: str) -> bool:
    """Compare two texts in a time that does not tell how much of them is the same."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))
