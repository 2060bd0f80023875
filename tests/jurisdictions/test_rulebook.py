"""Packs as rows: loaded once, changed by new rows, noticed by every process, and every edition kept for good."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app import clock, history
from app.accounts import Actor
from app.db import Database, Setting
from app.errors import Conflict, Invalid, NotFound, RulePackError
from app.jurisdictions import rulebook as room
from app.jurisdictions.book import Override, RuleBook, check_override, overlaid
from app.jurisdictions.entering import drop_target, end_extension, enter_number, extend, set_target, targets
from app.jurisdictions.rulebook import RulePackRow, editions, load_shipped, rulebook, store_pack
from app.rules.load import load_pack
from app.rules.pack import Pack
from tests.rules.declared import keys
from tests.rules.testland import DECLARED, MINIMAL, check_condition

ADMIN = Actor(account_id=1, username="admin", name="Administrator", roles=frozenset({"administrator"}))
BLANK = MINIMAL.replace(
    '    - statutory: 5\n      article: "15"\n', '    - {internal: 10, reason: blank, article: "15"}\n'
)
ENDING = MINIMAL.replace("until: null", "until: 2023-04-21")
D2021, D2024 = date(2021, 1, 1), date(2024, 7, 1)


@pytest.fixture
def session(sqlite: Database) -> Any:
    with sqlite.transaction() as session:
        session.add(Setting(name="clock", value="2024-06-03T02:00:00+00:00"))
    with sqlite.transaction() as session:
        yield session


def stored(session: Session, text: str = MINIMAL) -> RuleBook:
    store_pack(session, text, "testland.yaml", DECLARED, ADMIN)
    return rulebook(session, "testland")


def events(session: Session) -> list[str]:
    rows = select(history.HistoryEvent.kind).where(history.HistoryEvent.stream == "rules:testland")
    return list(session.scalars(rows.order_by(history.HistoryEvent.seq)))


# loading


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


def test_a_changed_pack_is_in_use_at_once_and_the_old_one_is_kept(session: Session) -> None:
    old = stored(session).version
    new = stored(session, MINIMAL.replace("statutory: 5", "statutory: 7"))
    assert new.value("share.reply", None).value == 7
    assert rulebook(session, "testland", old).value("share.reply", None).value == 5
    assert events(session) == ["rules.loaded", "rules.loaded"]


def test_a_jurisdiction_without_rules_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        rulebook(session, "nowhere")


@pytest.mark.parametrize("edition", ["", "x", "%", "abc.1.def", "..", "abc.-1.x"])
def test_an_unknown_edition_is_not_found(session: Session, edition: str) -> None:
    stored(session)
    with pytest.raises(NotFound):
        rulebook(session, "testland", edition)


def test_an_edition_whose_content_is_not_what_its_name_says_is_not_found(session: Session) -> None:
    version = stored(session).version
    with pytest.raises(NotFound):
        rulebook(session, "testland", version[:-1] + ("0" if version[-1] != "0" else "1"))


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


# editions


def test_every_change_is_noticed_and_asking_costs_one_query_at_most(session: Session) -> None:
    seen = [editions(session)]
    statements: list[str] = []
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    for change in (
        lambda: stored(session, ENDING),
        lambda: set_target(session, "testland", "share.rework", 4, from_on=D2021, source="memo 3", actor=ADMIN),
        lambda: extend(session, "testland", date(2025, 1, 1), "doc 7", ADMIN),
        lambda: end_extension(session, "testland", ADMIN),
        lambda: drop_target(session, "testland", "share.rework", ADMIN),
    ):
        change()
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", listener)
        seen.append(editions(session))
        event.remove(engine, "before_cursor_execute", listener)
    assert len(statements) <= 5
    assert len({one.get("testland") for one in seen}) == 6


def test_another_transaction_sees_the_change_of_the_one_before(database: Database) -> None:
    with database.transaction() as session:
        before = stored(session).version
    with database.transaction() as session:
        after = stored(session, ENDING).version
    with database.transaction(write=False) as session:
        assert editions(session) == {"testland": after}
        assert after != before


def test_a_book_stays_in_memory_as_long_as_nothing_changes(session: Session) -> None:
    assert stored(session) is rulebook(session, "testland")


def test_a_change_that_was_undone_leaves_no_trace(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        before = stored(session).version

    def undone() -> None:
        with sqlite.transaction() as session:
            set_target(session, "testland", "share.rework", 9, from_on=D2021, source="", actor=ADMIN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    with sqlite.transaction() as session:
        assert rulebook(session, "testland").version == before
        set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
        assert rulebook(session, "testland").value("share.rework", D2024).value == 4


def test_each_change_is_a_transaction_of_its_own(database: Database) -> None:
    with database.transaction() as session:
        stored(session, ENDING)
    with database.transaction() as session:
        set_target(session, "testland", "share.rework", 4, from_on=D2021, source="memo 3", actor=ADMIN)
    with database.transaction() as session:
        extend(session, "testland", date(2100, 1, 1), "doc 7", ADMIN)
    with database.transaction() as session:
        stored(session, ENDING.replace("statutory: 5", "statutory: 7"))
    with database.transaction(write=False) as session:
        book = rulebook(session, "testland")
    values = [book.value(key, D2024).value for key in ("share.reply", "share.rework")]
    assert (values, book.opens_cases(date(2099, 1, 1))) == ([7, 4], None)


def test_an_edition_that_a_case_has_kept_can_be_made_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(session, ENDING)
    kept = set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
    extend(session, "testland", date(2025, 1, 1), "doc 7", ADMIN)
    drop_target(session, "testland", "share.rework", ADMIN)
    stored(session, MINIMAL)
    monkeypatch.setattr(room, "_books", {})
    assert rulebook(session, "testland", kept.version) == kept
    assert rulebook(session, "testland").value("share.rework", D2024).value == 3


def test_what_was_entered_outlives_a_new_pack(session: Session) -> None:
    stored(session)
    set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
    assert stored(session, ENDING).value("share.rework", D2024).value == 4


def test_what_a_new_pack_no_longer_takes_is_left_out(session: Session) -> None:
    stored(session)
    set_target(session, "testland", "dispute.extension", 4, from_on=D2021, source="", actor=ADMIN)
    declared = {**DECLARED, "dispute": {**DECLARED["dispute"], **keys("switch dispute.extension")}}
    text = MINIMAL.replace("{convention: 0}", "{convention: false}")
    store_pack(session, text, "testland.yaml", declared, ADMIN)
    assert rulebook(session, "testland").value("dispute.extension", D2024).value is False


# targets and lost numbers


def test_an_internal_target_changes_on_its_day_and_stays_internal(session: Session) -> None:
    stored(session)
    book = set_target(session, "testland", "share.rework", 4, from_on=D2024, source="memo 3", actor=ADMIN)
    assert [(p.value, p.effective_from, p.effective_until, p.kind) for p in book.periods("share.rework")] == [
        (3, date(2020, 1, 1), date(2024, 6, 30), "internal"),
        (4, D2024, None, "internal"),
    ]
    assert book.value("share.rework", D2024).source == "memo 3"
    assert book.value("share.rework", D2024).reason == "silent"
    assert [target.key for target in targets(session, "testland")] == ["share.rework"]
    assert events(session) == ["rules.loaded", "rules.target_set"]


def test_a_lost_number_entered_with_its_source_is_statutory(session: Session) -> None:
    stored(session, BLANK)
    book = enter_number(session, "testland", "share.reply", 7, from_on=D2021, source="Gazette 4/2020", actor=ADMIN)
    value = book.value("share.reply", D2024)
    assert (value.kind, value.value, value.reason, value.article) == ("statutory", 7, None, ("15",))
    assert value.source == "Gazette 4/2020"
    assert book.value("share.reply", date(2020, 6, 1)).kind == "internal"


def test_an_entered_number_does_not_reach_an_answer_that_lost_none(session: Session) -> None:
    later = "    - {internal: 9, reason: silent, from: 2024-07-01}\n"
    blank = '    - {internal: 10, reason: blank, article: "15"}\n'
    stored(session, BLANK.replace(blank, blank + later))
    book = enter_number(session, "testland", "share.reply", 7, from_on=D2021, source="Gazette 4/2020", actor=ADMIN)
    assert [(p.value, p.kind) for p in book.periods("share.reply")] == [
        (10, "internal"),
        (7, "statutory"),
        (9, "internal"),
    ]


def test_a_target_for_a_lost_number_stays_internal(session: Session) -> None:
    stored(session, BLANK)
    book = set_target(session, "testland", "share.reply", 7, from_on=D2021, source="", actor=ADMIN)
    assert (book.value("share.reply", D2024).kind, book.value("share.reply", D2024).reason) == ("internal", "blank")


def test_a_number_without_a_source_is_refused(session: Session) -> None:
    stored(session, BLANK)
    with pytest.raises(Invalid) as raised:
        enter_number(session, "testland", "share.reply", 7, from_on=D2021, source="  ", actor=ADMIN)
    assert list(raised.value.errors) == ["source"]


@pytest.mark.parametrize("enter", [set_target, enter_number])
def test_what_the_regulation_gives_cannot_be_entered_over(session: Session, enter: Any) -> None:
    stored(session)
    with pytest.raises(Conflict, match=r"Art\. 15"):
        enter(session, "testland", "share.reply", 7, from_on=D2021, source="x", actor=ADMIN)


def test_a_number_is_never_entered_as_statutory_where_the_law_is_silent(session: Session) -> None:
    stored(session)
    with pytest.raises(Conflict):
        enter_number(session, "testland", "share.rework", 7, from_on=D2021, source="x", actor=ADMIN)


@pytest.mark.parametrize(("key", "value"), [("share.rework", 0), ("share.rework", "4"), ("conventions.due_at", "noon")])
def test_a_value_that_its_key_does_not_take_is_refused(session: Session, key: str, value: Any) -> None:
    before = stored(session).version
    with pytest.raises(Invalid):
        set_target(session, "testland", key, value, from_on=D2021, source="", actor=ADMIN)
    assert targets(session, "testland") == []
    assert rulebook(session, "testland").version == before


@pytest.mark.parametrize(
    "key", ["share.nothing", "conventions.nothing", "grounds.supplement.title", "grounds.x.internal"]
)
def test_an_unknown_key_is_not_found(session: Session, key: str) -> None:
    stored(session)
    with pytest.raises(NotFound):
        set_target(session, "testland", key, True, from_on=D2021, source="", actor=ADMIN)


def test_conventions_and_pause_grounds_take_effect_at_once(session: Session) -> None:
    stored(session)
    set_target(session, "testland", "conventions.reminder_lead", 3, from_on=D2021, source="", actor=ADMIN)
    book = set_target(session, "testland", "grounds.supplement.statutory", True, from_on=D2021, source="", actor=ADMIN)
    assert book.conventions.reminder_lead == 3
    assert book.conventions.due_at == "midnight"
    assert book.grounds["supplement"].statutory


def test_of_two_targets_of_one_day_the_last_entered_counts(session: Session) -> None:
    stored(session)
    for days in (6, 4):
        set_target(session, "testland", "share.rework", days, from_on=D2024, source="", actor=ADMIN)
    assert rulebook(session, "testland").value("share.rework", D2024).value == 4


def test_dropping_a_target_lets_the_pack_speak_again(session: Session) -> None:
    before = stored(session)
    set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
    book = drop_target(session, "testland", "share.rework", ADMIN)
    assert book.pack.rules == before.pack.rules
    assert targets(session, "testland") == []
    with pytest.raises(NotFound):
        drop_target(session, "testland", "share.rework", ADMIN)


PACK: Pack = load_pack(MINIMAL, "testland.yaml", DECLARED, check_condition)
OVERRIDES = st.lists(
    st.builds(
        Override,
        key=st.just("share.rework"),
        value=st.integers(1, 99),
        statutory=st.just(False),
        source=st.just(""),
        from_on=st.dates(date(2018, 1, 1), date(2026, 1, 1)),
    ),
    max_size=6,
)


@settings(deadline=None)
@given(OVERRIDES, st.dates(date(2020, 1, 1), date(2027, 1, 1)))
def test_periods_laid_over_each_other_cover_every_day_once(overrides: list[Override], on: date) -> None:
    periods = overlaid(PACK, overrides).rules["share.rework"]
    assert [period.holds_on(on) for period in periods].count(True) == 1
    begun = [one for one in overrides if one.from_on <= on]
    latest = max((one.from_on for one in begun), default=None)
    expected = [one.value for one in begun if one.from_on == latest][-1] if begun else 3
    assert next(period for period in periods if period.holds_on(on)).value == expected


@settings(deadline=None)
@given(OVERRIDES)
def test_what_the_regulation_gives_is_never_covered(overrides: list[Override]) -> None:
    over = [Override("share.reply", one.value, False, "", one.from_on) for one in overrides]
    assert overlaid(PACK, over).rules["share.reply"] == PACK.rules["share.reply"]


def test_a_day_far_off_is_refused() -> None:
    with pytest.raises(Invalid):
        check_override(PACK, Override("share.rework", 4, False, "", date.min))


# extensions


def test_a_regulation_in_force_opens_cases(session: Session) -> None:
    assert stored(session).opens_cases(D2024) is None


def test_a_regulation_out_of_force_opens_no_case_and_says_since_when(session: Session) -> None:
    book = stored(session, ENDING)
    assert book.opens_cases(date(2023, 4, 21)) is None
    refused = book.opens_cases(date(2023, 4, 22))
    assert refused is not None
    assert str(refused).startswith("Test measures went out of force on 2023-04-21.")


def test_a_regulation_not_yet_in_force_opens_no_case(session: Session) -> None:
    assert "not in force before 2020-01-01" in str(stored(session).opens_cases(date(2019, 12, 31)))


def test_an_extension_opens_cases_until_its_last_day_and_is_named(session: Session) -> None:
    stored(session, ENDING)
    book = extend(session, "testland", date(2025, 6, 30), " Doc 7 ", ADMIN)
    assert book.opens_cases(date(2025, 6, 30)) is None
    assert book.opens_cases(date(2025, 7, 1)) is not None
    carried = book.extended_on(date(2025, 6, 30))
    assert carried is not None
    assert (carried.ground, carried.recorded_by) == ("Doc 7", "admin")
    assert book.extended_on(date(2023, 4, 21)) is None


def test_an_extension_taken_back_opens_no_more_cases(session: Session) -> None:
    stored(session, ENDING)
    extend(session, "testland", date(2025, 6, 30), "Doc 7", ADMIN)
    assert end_extension(session, "testland", ADMIN).opens_cases(D2024) is not None
    with pytest.raises(Conflict):
        end_extension(session, "testland", ADMIN)
    assert events(session) == ["rules.loaded", "rules.extended", "rules.extension_ended"]


def test_a_second_extension_takes_the_place_of_the_first(session: Session) -> None:
    stored(session, ENDING)
    extend(session, "testland", date(2026, 1, 1), "Doc 7", ADMIN)
    book = extend(session, "testland", date(2025, 1, 1), "Doc 8", ADMIN)
    assert book.opens_cases(date(2025, 6, 1)) is not None
    end_extension(session, "testland", ADMIN)
    with pytest.raises(Conflict):
        end_extension(session, "testland", ADMIN)


def test_a_regulation_without_an_end_cannot_be_extended(session: Session) -> None:
    stored(session)
    with pytest.raises(Conflict):
        extend(session, "testland", date(2030, 1, 1), "Doc 7", ADMIN)


@pytest.mark.parametrize(
    ("until", "ground", "field"),
    [(date(2023, 4, 21), "Doc 7", "until"), (date(2024, 6, 2), "Doc 7", "until"), (date(2025, 1, 1), " ", "ground")],
)
def test_an_extension_needs_a_day_to_come_and_a_document(
    session: Session, until: date, ground: str, field: str
) -> None:
    stored(session, ENDING)
    with pytest.raises(Invalid) as raised:
        extend(session, "testland", until, ground, ADMIN)
    assert list(raised.value.errors) == [field]
    assert clock.now() == datetime(2024, 6, 3, 2, tzinfo=UTC)


# what is shown


def test_the_rules_in_force_name_value_kind_article_and_days(session: Session) -> None:
    rules = {rule["key"]: rule for rule in stored(session).rules_in_force(D2024)}
    assert list(rules) == sorted(rules)
    reply = rules["share.reply"]
    assert (reply["value"], reply["kind"], reply["article"]) == (5, "statutory", "15")
    assert (reply["effective_from"], reply["effective_until"], reply["early"]) == ("2020-01-01", None, False)
    assert (rules["share.rework"]["kind"], rules["share.rework"]["reason"]) == ("internal", "silent")
    assert rules["dispute.use"]["value"] == {"zh": "照办", "en": "As told"}
    assert rules["ladder.sharing"]["value"] == ["bureau", "government"]
    assert rules["ladder.sharing"]["steps"][1] == {
        "body": "government",
        "verb": "decide",
        "only_if": "involves('province')",
        "article": "16",
    }


def test_a_conditional_rule_shows_its_cases(session: Session) -> None:
    cases = "    - cases: [{when: resource.sensitive, statutory: 3, article: 9}, {statutory: 7, article: 9}]\n"
    text = MINIMAL.replace('    - statutory: 5\n      article: "15"\n', cases)
    rule = next(one for one in stored(session, text).rules_in_force(D2024) if one["key"] == "share.reply")
    assert rule["value"] is None
    assert [(case["when"], case["value"]) for case in rule["cases"]] == [("resource.sensitive", 3), (None, 7)]


def test_a_supposed_rule_holds_from_its_day_and_is_not_stored(session: Session) -> None:
    book = stored(session)
    supposed = book.supposing({"share.reply": 8}, D2024, applies_to_open=True)
    assert [(p.value, p.applies_to_open) for p in supposed.periods("share.reply")] == [(5, False), (8, True)]
    assert supposed.value("share.reply", date(2024, 6, 30)).value == 5
    assert supposed.version != book.version
    assert rulebook(session, "testland").value("share.reply", D2024).value == 5


def test_a_supposition_that_its_key_does_not_take_is_refused(session: Session) -> None:
    with pytest.raises(Invalid) as raised:
        stored(session).supposing({"share.reply": "soon"}, D2024)
    assert list(raised.value.errors) == ["share.reply"]
    with pytest.raises(NotFound):
        stored(session).supposing({"share.nothing": 1}, D2024)


def test_one_pack_of_a_jurisdiction_is_current(session: Session) -> None:
    for text in (MINIMAL, ENDING, MINIMAL):
        stored(session, text)
    rows = session.scalars(select(RulePackRow).order_by(RulePackRow.id)).all()
    assert [row.current for row in rows] == [False, False, True]
