"""Pushes against a real HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlalchemy import select

from app import outbox
from app.database.transactions import Database
from app.outbox import Delivered, OutboxMessage, Push, Target, targets_from
from app.outbox.push import signature

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Upstream(ThreadingHTTPServer):
    """Keeps what it is sent and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.status, self.location, self.got = 200, "", list[tuple[dict[str, str], bytes]]()
        self.slow = threading.Event()
        self.slow.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/push"


class _Receiver(BaseHTTPRequestHandler):
    server: Upstream

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.server.slow.wait(5)
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.got.append((dict(self.headers), b"GET"))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Upstream()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.slow.set()
    server.shutdown()
    thread.join()
    server.server_close()


def post(database: Database) -> None:
    with database.transaction() as session:
        payload = {"target": "上级平台", "what": "目录"}
        outbox.put(session, key="case:1:2:push", channel="push", kind="目录", payload=payload, now=NOW)


def state(database: Database) -> tuple[str, str | None]:
    with database.transaction(write=False) as session:
        row = session.scalars(select(OutboxMessage)).one()
        return row.state, row.error


def push_to(upstream: Upstream, timeout: float = 5.0) -> dict[str, Push]:
    return {"push": Push({"上级平台": Target(upstream.url, "hush")}, timeout)}


def test_a_push_carries_its_key_and_a_signature_that_the_receiver_can_check(
    database: Database, upstream: Upstream
) -> None:
    post(database)
    assert outbox.deliver(database, NOW, "w", push_to(upstream)) == Delivered(sent=1)
    [(headers, body)] = upstream.got
    assert headers["Idempotency-Key"] == "case:1:2:push"
    assert headers["X-Shuliu-Signature"] == "sha256=" + signature("hush", headers["X-Shuliu-Timestamp"], body)
    assert json.loads(body)["payload"] == {"target": "上级平台", "what": "目录"}
    assert signature("other", headers["X-Shuliu-Timestamp"], body) not in headers["X-Shuliu-Signature"]


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500, 503])
def test_an_answer_that_is_not_2xx_is_a_failure(sqlite: Database, upstream: Upstream, status: int) -> None:
    upstream.status = status
    post(sqlite)
    assert outbox.deliver(sqlite, NOW, "w", push_to(upstream)) == Delivered(retried=1)
    assert str(status) in (state(sqlite)[1] or "")


def test_redirects_are_not_followed(sqlite: Database, upstream: Upstream) -> None:
    upstream.status, upstream.location = 302, upstream.url
    post(sqlite)
    assert outbox.deliver(sqlite, NOW, "w", push_to(upstream)) == Delivered(retried=1)
    assert len(upstream.got) == 1


def test_an_upstream_that_does_not_answer_is_given_up_after_the_time_out(sqlite: Database, upstream: Upstream) -> None:
    upstream.slow.clear()
    post(sqlite)
    assert outbox.deliver(sqlite, NOW, "w", push_to(upstream, timeout=0.05)) == Delivered(retried=1)


def test_an_upstream_that_is_down_keeps_the_message(sqlite: Database) -> None:
    post(sqlite)
    push = Push({"上级平台": Target("http://127.0.0.1:1/", "hush")}, timeout=1)
    assert outbox.deliver(sqlite, NOW, "w", {"push": push}) == Delivered(retried=1)
    assert state(sqlite)[0] == "pending"


def test_without_an_address_a_push_is_held_with_the_reason_and_goes_out_later(
    database: Database, upstream: Upstream
) -> None:
    post(database)
    assert outbox.deliver(database, NOW, "w", {"push": Push({})}) == Delivered(held=1)
    assert state(database) == ("held", "no address is configured for '上级平台' (PUSH_TARGETS)")
    now_configured = push_to(upstream)
    assert outbox.deliver(database, NOW, "w", now_configured, configured={"上级平台"}) == Delivered(sent=1)
    assert len(upstream.got) == 1


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "gopher://host", "//host/x", "http://"])
def test_a_push_only_goes_over_http(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        Target(url, "hush")


def test_a_target_without_an_address_counts_as_not_configured() -> None:
    settings = {"up": {"url": "https://up.example/push", "secret": "s"}, "later": {"url": ""}}
    assert set(targets_from(settings)) == {"up"}


def test_a_secret_is_not_shown() -> None:
    assert "hush" not in repr(Target("https://up.example/push", "hush"))
