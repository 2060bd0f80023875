"""`flask calendar` as scripts call it: what it says, and how it says no."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.world import World

APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip


def test_a_jurisdiction_that_is_not_there_has_no_working_days(world: World) -> None:
    asked = ("calendar", "due", "--from", "2026-02-12", "--days", "5")
    assert world.flask(*asked, "--jurisdiction", "yima").exit_code == 0
    refused = world.flask(*asked, "--jurisdiction", "nowhere")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "nowhere" in refused.stderr


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["due", "--from", "2026-02-12", "--days", "five"], "not a valid integer"),
        (["due", "--from", "2026-02-12", "--days", "5", "--batch", "nothing.csv"], "does not exist"),
        (["due", "--from", "2026-02-30", "--days", "5"], "from: "),
        (["due", "--from", "1999-01-04", "--days", "5"], "from: "),
        (["count"], "No such command"),
    ],
)
def test_whatever_is_wrong_is_said_on_standard_error_with_exit_1(world: World, asked: list[str], said: str) -> None:
    refused = world.flask("calendar", *asked)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert said in refused.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"2026-02-30,1", "2026-02-30 is no date such as 2026-02-12."),
        (b"2026-02-12,x", "n must be a whole number of working days, not 'x'"),
        (b"2026-02-12", "n must be a whole number of working days, not None"),
        (b"\xd6\xd0,1", "is no date such as 2026-02-12."),
        (b"2026-02-12,99999", "The working-day calendar reaches from"),
    ],
)
def test_a_batch_names_the_line_that_it_cannot_read(world: World, tmp_path: Path, line: bytes, said: str) -> None:
    file = tmp_path / "starts.csv"
    file.write_bytes(b"start_date,n\n2026-02-12,5\n" + line + b"\n")
    refused = world.flask("calendar", "due", "--batch", str(file))
    assert refused.exit_code == 1
    assert refused.stderr.startswith(f"{file}:3: ")
    assert said in refused.stderr


def test_a_notice_in_another_encoding_is_refused(world: World, tmp_path: Path) -> None:
    file = tmp_path / "2027.yaml"
    file.write_bytes("year: 2027\ntitle: {zh: 放假通知, en: Notice}\n".encode("gbk"))
    refused = world.flask("calendar", "add", str(file))
    assert (refused.exit_code, refused.stderr) == (1, f"{file}:2: file: not UTF-8; save the file as UTF-8\n")


def test_a_period_that_crosses_the_end_of_the_known_years_is_provisional_and_not_refused(world: World) -> None:
    told = world.flask("calendar", "due", "--from", "2028-12-29", "--days", "20", "--json")
    assert told.exit_code == 0, told.output
    due = json.loads(told.output)
    assert (due["due_on"], due["certainty"], len(due["counted"])) == ("2029-01-26", "provisional", 20)


def test_a_case_opened_in_the_last_days_of_the_known_years_has_its_due_date(world: World) -> None:
    world.at("2028-12-27T10:00:00+08:00")
    case = world.open_case("yima.renshe.clerk", "conditional_share", APPLICATION)
    [deadline] = case["deadlines"]
    assert deadline["due_on"] > "2028-12-31"
    assert deadline["certainty"] == "provisional"


ONE_DAY = """year: 2027
title: {zh: 国务院办公厅关于2027年部分节假日安排的通知, en: Notice for 2027}
notice: 国办发明电〔2026〕1号
days:
  - {on: 2027-01-01, off: true, name: {zh: 元旦, en: New Year's Day}}
"""


def test_a_notice_of_one_day_does_not_make_october_firm(world: World, tmp_path: Path) -> None:
    file = tmp_path / "2027.yaml"
    file.write_text(ONE_DAY, "utf-8")
    for asked in ((), ("--dry-run",)):
        refused = world.flask("calendar", "add", str(file), *asked)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "accept_missing: National Day is missing" in refused.stderr
    tried = world.flask("calendar", "add", str(file), "--dry-run", "--accept-missing")
    assert (tried.exit_code, "stay provisional" in tried.stdout) == (0, True)
    assert world.flask("calendar", "add", str(file), "--accept-missing", "--json").exit_code == 0
    told = json.loads(world.flask("calendar", "due", "--from", "2027-09-28", "--days", "4", "--json").stdout)
    assert told["certainty"] == "provisional"
    assert "2027-10-01" in [one["date"] for one in told["skipped"]]


def test_a_file_says_itself_which_holidays_it_lacks(world: World, tmp_path: Path) -> None:
    file = tmp_path / "2027.yaml"
    named = "spring_festival, tomb_sweeping, labour_day, dragon_boat, 中秋节"
    file.write_text(ONE_DAY + f"accept_missing: [{named}]\n", "utf-8")
    refused = world.flask("calendar", "add", str(file))
    assert refused.stderr.splitlines() == [
        "accept_missing: National Day is missing, one of the seven statutory holidays (days by law: 3)."
    ]
    file.write_text(ONE_DAY + f"accept_missing: [{named}, national_day]\n", "utf-8")
    assert world.flask("calendar", "add", str(file)).exit_code == 0


def test_a_date_says_why_it_is_soft_where_local_notices_are_awaited(world: World, tmp_path: Path) -> None:
    asked = ("calendar", "due", "--from", "2026-03-02", "--days", "5", "--jurisdiction", "yinchuan")
    told = world.flask(*asked).stdout
    assert "(soft)" in told
    assert "第四条" in told
    file = tmp_path / "none.yaml"
    file.write_text("jurisdiction: yinchuan\nyear: 2026\nnone: true\n", "utf-8")
    assert world.flask("calendar", "add", str(file)).exit_code == 0
    assert world.flask(*asked).stdout.splitlines()[0] == "2026-03-09 (firm)"
    assert "第四条" not in world.flask(*asked).stdout
