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
