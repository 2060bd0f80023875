"""Whoever listens to SQLAlchemy's statements hears ours like all others: OpenTelemetry, Sentry, `echo`."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import sentry_sdk
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.sqlalchemy import SqlalchemyIntegration
from sentry_sdk.transport import Transport
from sqlalchemy import Integer, bindparam, literal_column, select
from sqlalchemy.exc import DBAPIError

from app.database.statements import CompiledStatement, pipeline
from app.database.transactions import connection_of
from tests.world import World, on_both

APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
NOT_THERE = CompiledStatement(select(literal_column("nothing_of_that_name").op("+")(bindparam("by", type_=Integer))))


def an_action(world: World) -> list[str]:
    """A case is opened and answered; the statements as our own tests count them."""
    with world.counting() as sent:
        case = world.open_case("yima.renshe.clerk", "conditional_share", APPLICATION)
        world.complete(case["id"], "provider_review", {"decision": "approve"})
    return sent


def a_mistake(world: World) -> None:
    with world.database.transaction() as session, pipeline(connection_of(session)):
        NOT_THERE.send(connection_of(session), [{"by": 1}])


@pytest.fixture
def spans(world: World) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = SQLAlchemyInstrumentor()
    instrumentor.instrument(
        engine=world.database.engine, tracer_provider=provider, enable_commenter=True, skip_dep_check=True
    )
    yield exporter
    instrumentor.uninstrument()


@on_both
def test_opentelemetry_has_a_span_for_each_statement_of_an_action(world: World, spans: InMemorySpanExporter) -> None:
    an_action(world)
    spans.clear()
    sent = an_action(world)
    told = [one for one in spans.get_finished_spans() if "db.statement" in (one.attributes or {})]
    assert len(told) >= len(sent) > 20
    assert all(one.end_time is not None and one.end_time >= (one.start_time or 0) for one in told)


@on_both
def test_opentelemetry_hears_of_a_statement_that_fails(world: World, spans: InMemorySpanExporter) -> None:
    with pytest.raises(DBAPIError):
        a_mistake(world)
    assert StatusCode.ERROR in {one.status.status_code for one in spans.get_finished_spans()}


@on_both
def test_sentry_has_a_span_for_each_statement_of_an_action(world: World) -> None:
    heard: list[Envelope] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            heard.append(envelope)

    sentry_sdk.init(
        dsn="http://public@localhost/1", traces_sample_rate=1.0, transport=Kept, default_integrations=False,
        auto_enabling_integrations=False, integrations=[SqlalchemyIntegration()],
    )  # fmt: skip
    try:
        with sentry_sdk.start_transaction(name="an action"):
            sent = an_action(world)
        with pytest.raises(DBAPIError), sentry_sdk.start_transaction(name="a mistake"):
            a_mistake(world)
        sentry_sdk.flush()
    finally:
        sentry_sdk.init()
    events = [item.payload.json for envelope in heard for item in envelope.items if item.type == "transaction"]
    [done] = [one for one in events if one["transaction"] == "an action"]
    assert len([one for one in done["spans"] if one["op"].startswith("db")]) >= len(sent)


@on_both
def test_echo_shows_every_statement(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sqlalchemy.engine.Engine"):
        sent = an_action(world)
    shown = {record.getMessage() for record in caplog.records}
    assert {text for text in sent if not any(text in line for line in shown)} == set()
