"""Who may ask the console: this browser, on this machine, from the console's own pages."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page of the console may load."""
MOST_OF_A_FORM = 2**20
"""Bytes of what a form sends, but for files."""
LONGEST_ADDRESS = 64 * 1024
MOST_DRAINED = 32 * 2**20
"""Bytes of a refused form that are read and left: a browser shows the refusal once it has sent what it sends."""
UPLOAD = "/shelf"
"""Where files are dropped; they have limits of their own."""


def policy(scripts: Iterable[str] = ("self",), styles: Iterable[str] = ("self",)) -> str:
    """The policy of a page: which scripts and styles it may have, by their hash or `self` for those of the console.

    >>> policy(scripts=()).split("; ")[1]
    "script-src 'none'"
    """
    named = {"scripts": scripts, "styles": styles}
    told = {name: " ".join(f"'{one}'" for one in each) or "'none'" for name, each in named.items()}
    return POLICY.format(**told)


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of one start: the token of the printed address, the cookie it becomes, the key of every form.

    `unopened` has the token of the address that a browser is started with, until it has opened it.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    form: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    unopened: set[str] = field(default_factory=lambda: {secrets.token_urlsafe(24)}, repr=False)

    @property
    def cookie_name(self) -> str:
        """A browser sends cookies to every port of a host: the name tells two consoles apart."""
        return f"hevesy-{self.port}"

    @property
    def hosts(self) -> tuple[str, str]:
        """The names this console is called by."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def address(self) -> str:
        """What is printed."""
        return f"http://{self.hosts[0]}/?token={self.token}"

    @property
    def address_once(self) -> str:
        """What a browser is started with: every user of a machine can read that, so that it opens once."""
        (token,) = self.unopened
        return f"http://{self.hosts[0]}/?token={token}"

    def opens(self, token: str) -> bool:
        """Whether a token opens the console; that of the browser's address does once."""
        spent = {one for one in self.unopened if same(token, one)}
        self.unopened.difference_update(spent)
        return bool(spent) or same(token, self.token)

    def is_form_key(self, given: object) -> bool:
        """Whether a form is one of this start."""
        return isinstance(given, str) and same(given, self.form)


def same(given: str, kept: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), kept.encode())


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuses what does not come from the console's own pages in the browser that was given the address."""

    app: ASGIApp
    keys: Keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse in one sentence; whatever is sent back carries the headers that keep it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy())
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Cache-Control"] = "no-store"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
            await send(message)

        refused = self._refusal(scope)
        if refused is not None:
            status, sentence = refused
            await _drain(scope, receive)
            await _say(guarded, status, sentence, head_only=scope["method"] == "HEAD")
        elif self._token(scope) is not None:
            await self._enter(guarded)
        else:
            await self.app(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence, where a request is refused."""
        headers = Headers(scope=scope)
        if len(scope["query_string"]) + len(scope["path"]) > LONGEST_ADDRESS:
            return 414, f"Refused: an address may have {LONGEST_ADDRESS // 1024} kB; shorten what stands in its fields."
        if headers.get("host", "").lower() not in self.keys.hosts or len(headers.getlist("host")) != 1:
            return 403, "Refused: this console is called 127.0.0.1 or localhost, with its port."
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return 403, "Refused: another site asks this."
        if _climbs(scope):
            return 404, "There is no such page."
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return 403, "Refused: the console is asked by GET and POST."
        token = self._token(scope)
        if token is not None and not self.keys.opens(token) and not self._is_known(headers):
            return 403, "Refused: this address is not of this start; take the one that was printed."
        if token is None and not self._is_known(headers):
            return 403, "Refused: open the address that was printed when the console started."
        if scope["method"] == "POST":
            return self._refused_post(scope, headers)
        return None

    def _refused_post(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """A form comes from a page of this console, and is no longer than a form can be."""
        if headers.get("origin") not in [f"http://{host}" for host in self.keys.hosts] or (
            headers["origin"] != f"http://{headers['host'].lower()}"
        ):
            return 403, "Refused: a form is sent from a page of this console."
        length = headers.get("content-length", "")
        if not length.isascii() or not length.isdecimal() or "transfer-encoding" in headers:
            return 403, "Refused: a form says how long it is."
        if scope["path"] != UPLOAD and int(length) > MOST_OF_A_FORM:
            return (
                413,
                f"What a form sends may have {MOST_OF_A_FORM // 1024:,} kB; this has {int(length) // 1024:,} kB.",
            )
        return None

    def _token(self, scope: Scope) -> str | None:
        """The token of the printed address, where it is opened."""
        if scope["method"] != "GET" or scope["path"] != "/":
            return None
        query = scope["query_string"]
        return unquote_to_bytes(query[6:]).decode(errors="replace") if query.startswith(b"token=") else None

    def _is_known(self, headers: Headers) -> bool:
        """Whether the browser was given the address: its cookie says so."""
        # Other programs on this machine set cookies for the same host, whatever their form: each stands for itself.
        cookies = (one.strip().partition("=") for line in headers.getlist("cookie") for one in line.split(";"))
        return any(name == self.keys.cookie_name and same(value, self.keys.cookie) for name, _, value in cookies)

    async def _enter(self, send: Send) -> None:
        """The token becomes a cookie that no script reads and no other site sends, and leaves the address."""
        cookie = f"{self.keys.cookie_name}={self.keys.cookie}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _climbs(scope: Scope) -> bool:
    """Whether a part of the path is `..`, however it is written."""
    raw = scope.get("raw_path") or scope["path"].encode()
    for _ in range(3):
        raw = unquote_to_bytes(raw)
    parts = raw.replace(b"\\", b"/").split(b"/")
    return b".." in parts or b"\x00" in raw


async def _drain(scope: Scope, receive: Receive) -> None:
    """Read what a refused form still sends."""
    read = 0
    more = scope["method"] == "POST"
    while more and read < MOST_DRAINED:
        message = await receive()
        read += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


async def _say(send: Send, status: int, sentence: str, head_only: bool) -> None:
    body = (sentence + "\n").encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head_only else body})
