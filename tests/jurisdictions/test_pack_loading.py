"""Packs as they are loaded: stored once, refused whole, and never brought back over what came later."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.database.transactions import Database
from app.floor.errors import RulePackError
from app.jurisdictions import rulebook as room
from app.jurisdictions.rulebook import editions, load_shipped, rulebook, store_pack
from tests.jurisdictions.testland_book import ADMIN, events, stored
from tests.rules.declared import keys
from tests.rules.testland import DECLARED, MINIMAL


def test_a_stored_pack_is_read_back_as_it_was(database: Database) -> None:
    with database.transaction() as session:
        pack = store_pack(session, MINIMAL, "testland.yaml", DECLARED, ADMIN)
    with database.transaction(write=False) as session:
        book = rulebook(session, "testland")
    assert book.pack.rules == pack.rules
    assert (book.pack.regulation, book.pack.bodies, book.conventions) == (
        pack.regulation,
        pack.bodies,
        pack.conventions,
    )


def test_a_faulty_pack_changes_nothing(session: Session) -> None:
    before = stored(session)
    with pytest.raises(RulePackError):
        store_pack(session, MINIMAL.replace("statutory: 5", "statutory: five"), "f.yaml", DECLARED, ADMIN)
    assert rulebook(session, "testland").version == before.version


def test_the_same_pack_again_is_no_change(session: Session) -> None:
    before = stored(session).version
    assert stored(session).version == before
    assert events(session) == ["rules.loaded"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "testland.yaml").write_text(MINIMAL)
    return tmp_path


def test_shipped_packs_are_stored_once(session: Session, folder: Path) -> None:
    assert [pack.jurisdiction for pack in load_shipped(session, folder, DECLARED)] == ["testland"]
    assert load_shipped(session, folder, DECLARED) == []


def test_a_shipped_pack_does_not_come_back_over_one_that_was_loaded_later(session: Session, folder: Path) -> None:
    load_shipped(session, folder, DECLARED)
    stored(session, MINIMAL.replace("statutory: 5", "statutory: 7"))
    assert load_shipped(session, folder, DECLARED) == []
    assert rulebook(session, "testland").value("share.reply", None).value == 7


def test_a_new_shipped_text_takes_the_place_of_the_old_one(session: Session, folder: Path) -> None:
    load_shipped(session, folder, DECLARED)
    (folder / "testland.yaml").write_text(MINIMAL.replace("statutory: 5", "statutory: 7"))
    load_shipped(session, folder, DECLARED)
    assert rulebook(session, "testland").value("share.reply", None).value == 7


def test_a_key_declared_anew_is_taken_over_without_a_new_text(session: Session, folder: Path) -> None:
    load_shipped(session, folder, DECLARED)
    declared = {**DECLARED, "dispute": {**DECLARED["dispute"], **keys("choice dispute.path short long winding")}}
    assert load_shipped(session, folder, declared)
    assert rulebook(session, "testland").pack.keys["dispute.path"].of == ("short", "long", "winding")


def test_a_key_that_a_pack_does_not_answer_yet_does_not_stop_the_start(session: Session, folder: Path) -> None:
    load_shipped(session, folder, DECLARED)
    before = rulebook(session, "testland").version
    declared = {**DECLARED, "dispute": {**DECLARED["dispute"], **keys("days dispute.newcomer")}}
    assert load_shipped(session, folder, declared) == []
    assert rulebook(session, "testland").version == before


def test_two_jurisdictions_must_not_number_their_cases_alike(session: Session) -> None:
    stored(session)
    text = MINIMAL.replace("jurisdiction: testland", "jurisdiction: otherland")
    with pytest.raises(RulePackError, match=r"other\.yaml:3: number_code: TS is the code of testland"):
        store_pack(session, text, "other.yaml", DECLARED, ADMIN)
    store_pack(session, text.replace("number_code: TS", "number_code: OT"), "other.yaml", DECLARED, ADMIN)
    assert list(editions(session)) == ["otherland", "testland"]


def test_a_procedure_declared_elsewhere_makes_no_new_edition(session: Session, folder: Path) -> None:
    load_shipped(session, folder, DECLARED)
    assert load_shipped(session, folder, {**DECLARED, "other": keys("days other.reply")}) == []


def test_faults_in_several_shipped_files_are_told_together(session: Session, folder: Path) -> None:
    (folder / "testland.yaml").write_text("a: 1\n")
    (folder / "zland.yaml").write_text(MINIMAL.replace("level: city", "level: town"))
    with pytest.raises(RulePackError) as raised:
        load_shipped(session, folder, DECLARED)
    assert {place.file for place in raised.value.places} == {"testland.yaml", "zland.yaml"}


def test_a_condition_in_a_pack_reads_seed_facts_only() -> None:
    assert room.check_condition("resource.sensitive and involves('province')") == []
    assert room.check_condition("len(application.items) > 3") == []
    for source in ("provider_review.decision == 'refuse'", "rule('share.reply') > 3", "1 + 1", "resource.", "x ("):
        assert room.check_condition(source), source


def test_a_pack_with_an_unreadable_condition_is_refused_at_its_line(session: Session) -> None:
    text = MINIMAL.replace("involves('province')", "involves('planet')")
    with pytest.raises(RulePackError, match=r"testland\.yaml:\d+: ladder\.sharing\.statutory\.only_if"):
        store_pack(session, text, "testland.yaml", DECLARED, ADMIN)
