"""Pushing to other systems over HTTP: a signed JSON POST that can be repeated safely. No redirects are followed."""

from __future__ import annotations

import hashlib
import hmac
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import IO, Any
from urllib.parse import urlsplit

import orjson

from app.floor import clock
from app.outbox.delivery import NoAddress, Parcel


@dataclass(frozen=True)
class Target:
    """Where pushes to one upstream system go, and the secret it shares with us."""

    url: str
    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise ValueError(f"a push goes to http:// or https://, not {self.url!r}")


def targets_from(settings: Mapping[str, Any]) -> dict[str, Target]:
    """The configured targets; one without an address counts as not configured."""
    return {name: Target(entry["url"], entry.get("secret", "")) for name, entry in settings.items() if entry.get("url")}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


@dataclass(frozen=True)
class Push:
    """The sender of the channel `push`. The body is signed with HMAC-SHA256 over `<timestamp>.<body>`."""

    targets: Mapping[str, Target]
    timeout: float = 10.0

    def __call__(self, parcel: Parcel) -> None:
        """Raises Held without an address for the target, and urllib's errors when it was not taken (2xx)."""
        target = self.targets.get(parcel.target or "")
        if target is None:
            raise NoAddress(f"no address is configured for {parcel.target!r} (PUSH_TARGETS)")
        _opener.open(_request(parcel, target), timeout=self.timeout).close()


def _request(parcel: Parcel, target: Target) -> urllib.request.Request:
    content = {"key": parcel.key, "kind": parcel.kind, "created_at": parcel.created_at, "payload": parcel.payload}
    body = orjson.dumps(content)
    timestamp = str(int(clock.now().timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": parcel.key,
        "X-Shuliu-Timestamp": timestamp,
        "X-Shuliu-Signature": "sha256=" + signature(target.secret, timestamp, body),
    }
    return urllib.request.Request(target.url, body, headers, method="POST")  # noqa: S310  the scheme is checked


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the receiver computes again to know that a push is ours."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
