"""Versions, bundles and publishing, on both databases."""

from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from app import history
from app.accounts import SYSTEM, Actor
from app.database.transactions import Database
from app.diagrams import library, publishing
from app.diagrams.findings import DiagramError
from app.diagrams.models import DiagramBundle, DiagramVersion
from app.floor.errors import Conflict, Forbidden, FormsError, NotFound
from app.history import HistoryEvent
from tests.diagrams.drawing import FORMS, Drawing, changed, small

GOOD = Path(__file__).parent / "good"
ADMIN = Actor(account_id=1, username="admin", name="A", roles=frozenset({"administrator"}))
SECOND = Actor(account_id=2, username="admin2", name="B", roles=frozenset({"administrator"}))


@pytest.fixture(autouse=True)
def short_walks(monkeypatch):
    monkeypatch.setattr("app.diagrams.checks.random_walk.CASES", 3)


def store(session, drawing=None, forms=FORMS, key="small"):
    drawing = drawing if drawing is not None else small().text()
    return publishing.store_version(session, key, drawing, forms, ADMIN)


def in_force(session, drawing=None, forms=FORMS, key="small"):
    return publishing.publish(session, store(session, drawing, forms, key), SYSTEM, operator=True)


def another(note="again"):
    """A second drawing of the same process."""
    return changed(small(), 'id="review"', f'id="review" name="{note}"')


def calling():
    """A process that calls the small one, with its forms."""
    drawing = Drawing("outer").start("outer_begin").call("asking", "small").end("outer_end", "over")
    forms = (
        "procedure: outer\ntitle: {zh: 外, en: Outer}\nnumber_code: WB\nstartable: true\nstarters: [bureau]\n"
        "rules:\n  outer.flag: {type: switch, title: {zh: 开关, en: Flag}}\n"
        "outcomes:\n  over: {zh: 办结, en: Over}\n"
    )
    return drawing.flows("outer_begin", "asking", "outer_end").text(), forms


def test_the_same_content_is_the_same_version(database: Database):
    with database.transaction() as session:
        one, again = store(session), store(session)
        other = store(session, another())
        assert (one.id, one.n, one.status) == (again.id, 1, "draft")
        assert (other.n, store(session, forms=FORMS + "\n").n) == (2, 3)
        assert [version.n for version in library.versions(session, "small")] == [3, 2, 1]


def test_danger_is_not_even_stored(sqlite: Database):
    with sqlite.transaction() as session:
        with pytest.raises(DiagramError) as error:
            store(session, small().text().replace("'refuse'", "open('x')"))
        assert error.value.report.findings[0].check == "bad_expression"
        assert error.value.status == 422
        with pytest.raises(DiagramError):
            publishing.store_version(session, "small", b"\xff\xfe", "", ADMIN)
        with pytest.raises(FormsError):
            store(session, forms="x" * 400_000)
        assert session.scalars(select(DiagramVersion)).all() == []


def test_a_draft_may_be_unfinished_but_is_not_proposed(sqlite: Database):
    with sqlite.transaction() as session:
        version = store(session, changed(small(), ' default="decided_to_supplement"', ""))
        with pytest.raises(DiagramError):
            publishing.propose(session, version, ADMIN)
        broken = store(session, forms="procedure: [")
        with pytest.raises(FormsError):
            publishing.propose(session, broken, ADMIN)
        assert {version.status, broken.status} == {"draft"}


def test_a_drawing_is_stored_under_its_own_process(sqlite: Database):
    with sqlite.transaction() as session, pytest.raises(Conflict):
        store(session, key="other")
    assert publishing.process_of(small().xml()) == "small"
    assert publishing.process_of(b"x") == ""


def test_a_second_administrator_publishes(database: Database):
    with database.transaction() as session:
        version = store(session)
        with pytest.raises(Conflict):
            publishing.publish(session, version, SECOND)
        publishing.propose(session, version, ADMIN)
        with pytest.raises(Forbidden):
            publishing.publish(session, version, ADMIN)
        publishing.publish(session, version, SECOND)
        assert (version.status, version.proposed_by, version.published_by) == ("published", "admin", "admin2")
        with pytest.raises(Conflict):
            publishing.propose(session, version, ADMIN)


def test_each_step_is_in_the_history(sqlite: Database):
    with sqlite.transaction() as session:
        version = store(session)
        publishing.publish(session, publishing.propose(session, version, ADMIN), SECOND)
        in_force(session, another())
        events = session.scalars(select(HistoryEvent).order_by(HistoryEvent.seq)).all()
        assert [(event.kind, event.actor, event.detail["n"]) for event in events] == [
            ("diagram.stored", "admin", 1),
            ("diagram.proposed", "admin", 1),
            ("diagram.published", "admin2", 1),
            ("diagram.stored", "admin", 2),
            ("diagram.retired", "system", 1),
            ("diagram.published", "system", 2),
        ]
        owner = history.ledger(session, "diagram:small")
        assert list(history.broken_links(session, iter([(owner.stream, owner.history_seq, owner.history_hash)]))) == []


def test_a_bundle_pins_what_is_called(database: Database):
    drawing, forms = calling()
    with database.transaction() as session:
        in_force(session)
        in_force(session, drawing, forms, "outer")
    with database.transaction() as session:
        old = library.current_bundle(session, "outer")
        content = library.bundle_content(session, old)
        assert (content.process, content.version, sorted(content.forms)) == ("outer", "outer@1", ["outer", "small"])
        assert content.versions == {"outer": "outer@1", "small": "small@1"}
        in_force(session, another())
    with database.transaction(write=False) as session:
        new = library.current_bundle(session, "outer")
        assert new != old
        assert library.bundle_content(session, new).versions["small"] == "small@2"
        assert library.bundle_content(session, old).versions["small"] == "small@1"
        assert library.bundle_content(session, old).files != library.bundle_content(session, new).files


def test_an_older_version_can_be_put_in_force_again(sqlite: Database):
    with sqlite.transaction() as session:
        first = in_force(session)
        begun = library.current_bundle(session, "small")
        in_force(session, another())
        assert library.current_bundle(session, "small") != begun
        publishing.publish(session, publishing.propose(session, first, ADMIN), SECOND)
        assert library.current_bundle(session, "small") == begun
        assert [version.status for version in library.versions(session, "small")] == ["retired", "published"]


def test_another_process_sees_a_publication_at_its_next_transaction(database: Database):
    other = Database(database.url)
    with database.transaction() as session:
        in_force(session)
    with other.transaction(write=False) as session:
        before = library.current_bundle(session, "small")
    with database.transaction() as session:
        in_force(session, another())
    with other.transaction(write=False) as session:
        assert library.current_bundle(session, "small") != before
    other.engine.dispose()


def test_what_is_rolled_back_is_not_remembered(sqlite: Database):
    with sqlite.transaction() as session:
        in_force(session)
    with suppress(ZeroDivisionError), sqlite.transaction() as session:
        in_force(session, another("lost"))
        lost = library.current_bundle(session, "small")
        session.info["broken"] = 1 / 0
    with sqlite.transaction() as session:
        kept = in_force(session, another("kept"))
    with sqlite.transaction(write=False) as session:
        assert library.current_bundle(session, "small") != lost
        content = library.bundle_content(session, library.current_bundle(session, "small"))
        assert content.version == kept.name


def test_what_is_remembered_costs_one_query(sqlite: Database):
    from sqlalchemy import event

    with sqlite.transaction() as session:
        in_force(session)
        library.bundle_content(session, library.current_bundle(session, "small"))
    with sqlite.transaction(write=False) as session:
        library.current_bundle(session, "small")
    asked: list[str] = []
    event.listen(sqlite.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with sqlite.transaction(write=False) as session:
        library.bundle_content(session, library.current_bundle(session, "small"))
        library.procedures(session)
        library.declared_rules(session)
    assert len([each for each in asked if not each.startswith("BEGIN")]) == 1, asked


def test_what_is_not_published_is_not_found(sqlite: Database):
    with sqlite.transaction() as session:
        store(session)
        for ask in (
            lambda: library.current_bundle(session, "small"),
            lambda: library.bundle_content(session, "0" * 64),
            lambda: library.find_version(session, "small", 9),
        ):
            with pytest.raises(NotFound):
                ask()


def test_procedures_and_the_rule_keys_that_they_need(sqlite: Database):
    drawing, forms = calling()
    with sqlite.transaction() as session:
        in_force(session)
        in_force(session, drawing, forms, "outer")
    with sqlite.transaction(write=False) as session:
        procedures = {one.process: one for one in library.procedures(session)}
        assert procedures["small"].starters == ("department",)
        assert (procedures["outer"].title.zh, procedures["outer"].version) == ("外", "outer@1")
        declared = library.declared_rules(session)
    assert set(declared["small"]) == {"small.reply", "small.limit", "small.modes"}
    assert set(declared["outer"]) == {"outer.flag", *declared["small"]}


def test_loading_what_is_shipped_twice_changes_nothing(database: Database):
    with database.transaction() as session:
        loaded = publishing.load_shipped(session, GOOD)
        assert [version.key for version in loaded] == ["talks", "complaint", "small"]
    with database.transaction() as session:
        assert publishing.load_shipped(session, GOOD) == []
        assert len(session.scalars(select(DiagramBundle)).all()) == 3
        assert set(library.declared_rules(session)) == {"talks", "complaint", "small"}


def test_a_release_replaces_its_own_version_but_not_an_administrators(sqlite: Database, tmp_path: Path):
    def release(drawing):
        (tmp_path / "small.bpmn").write_text(drawing)
        (tmp_path / "small.forms.yaml").write_text(FORMS)
        with sqlite.transaction() as session:
            return [version.n for version in publishing.load_shipped(session, tmp_path)]

    assert release(small().text()) == [1]
    assert release(another()) == [2]
    with sqlite.transaction() as session:
        mine = store(session, another("mine"))
        publishing.publish(session, publishing.propose(session, mine, ADMIN), SECOND)
    assert release(another("next")) == []
    with sqlite.transaction(write=False) as session:
        assert [version.status for version in library.versions(session, "small")] == [
            "draft",
            "published",
            "retired",
            "retired",
        ]


def test_a_judgement_is_remembered_until_something_around_it_changes(sqlite: Database, monkeypatch):
    drawing, forms = calling()
    with sqlite.transaction() as session:
        in_force(session)
        outer = store(session, drawing, forms, "outer")
        first = publishing.judge(session, outer)
        assert publishing.judge(session, outer) is first
        in_force(session, another())
        assert publishing.judge(session, outer) is not first


def test_many_threads_read_the_same_bundle(sqlite: Database):
    from concurrent.futures import ThreadPoolExecutor

    with sqlite.transaction() as session:
        in_force(session)

    def read(_):
        with sqlite.transaction(write=False) as session:
            return library.bundle_content(session, library.current_bundle(session, "small")).version

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(read, range(40))) == {"small@1"}
