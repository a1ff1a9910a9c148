"""The door: who may come in, under which name, and with what each answer leaves."""

from __future__ import annotations

import hmac
import json
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chronotope.serve.metrics import Metrics

OPEN = ("/", "/health", "/docs", "/openapi.json")  # what holds no data; and all below /page and /docs
SAFE = ("GET", "HEAD", "OPTIONS")


class Door:
    """Asks for the token and lets no other site speak through a browser; counts what passes.

    Args:
        token: that every request for data must bring; None for none.
        hosts: names under which the server may be called, so that no site can give itself its address; None for any.
    """

    def __init__(self, app: ASGIApp, token: str | None, hosts: tuple[str, ...] | None, metrics: Metrics) -> None:
        self.app, self.token, self.hosts, self.metrics = app, token, hosts, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a refusal."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], Headers(scope=scope)

        async def leaving(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.metrics.requests.labels(_counted(path), str(message["status"])).inc()
                out = MutableHeaders(scope=message)
                out["X-Content-Type-Options"], out["Referrer-Policy"] = "nosniff", "no-referrer"
                if path.startswith("/v1"):
                    out["Cache-Control"] = "no-store"
            await send(message)

        refusal = self._refusal(path, scope["method"], headers)
        if refusal is not None:
            await _answer(leaving, *refusal)
            return
        await self.app(scope, receive, leaving)

    def _refusal(self, path: str, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if self.hosts is not None and name not in self.hosts:
            return 403, f"This server is called {' or '.join(self.hosts[:2])}; this request calls it {name[:80]!r}."
        if self.token is not None:
            is_open = path in OPEN or path.startswith(("/page/", "/docs/"))
            given = headers.get("authorization", "").removeprefix("Bearer ").strip()
            if not is_open and not hmac.compare_digest(given.encode(), self.token.encode()):
                return 401, "This server needs its token; send it as 'Authorization: Bearer WORD'."
            return None
        origin = headers.get("origin")
        if origin and method not in SAFE and urlsplit(origin).netloc != host:
            return 403, f"Pages of other sites may not call this server; this one is of {origin[:80]}. Give the server a token for that."
        return None


def _counted(path: str) -> str:
    """The path without what differs from call to call."""
    parts = path.strip("/").split("/")
    if parts[:2] == ["v1", "jobs"]:
        return "/v1/jobs/ID" + ("/files/NAME" if len(parts) > 3 else "")
    known = parts[0] in ("v1", "health", "metrics", "docs", "page", "openapi.json", "")
    return (
        ("/" + "/".join(parts[:2]) if parts[0] == "v1" and len(parts) == 2 and parts[1].isalpha() else f"/{parts[0]}") if known else "other"
    )


async def _answer(send: Any, status: int, said: str) -> None:
    body = json.dumps({"error": said, "fault": "call"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"www-authenticate", b"Bearer")] if status == 401 else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
