"""What the operator's commands say when something is missing or misspelt: enough to know what comes next."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.cli.serving import is_taken
from config import ROOT
from tests.world import World


def test_a_port_on_which_another_server_listens_is_taken_even_if_it_would_share() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert is_taken("127.0.0.1", port)
    assert not is_taken("127.0.0.1", port)


def test_local_days_of_a_misspelt_jurisdiction_are_refused(world: World, tmp_path: Path) -> None:
    file = tmp_path / "closure.yaml"
    days = "days:\n  - {on: 2026-10-26, off: true, name: {zh: 机房割接, en: Cut-over}}\n"
    file.write_text(f"jurisdiction: yimaa\n{days}", "utf-8")
    told = world.flask("calendar", "add", str(file))
    assert (told.exit_code, told.stderr.strip()) == (1, "No rule pack 'yimaa' is loaded; did you mean yima?")
    file.write_text(f"jurisdiction: yima\n{days}", "utf-8")
    assert world.flask("calendar", "add", str(file)).exit_code == 0


def test_a_loaded_regulation_names_the_departments_that_it_still_needs(world: World, tmp_path: Path) -> None:
    text = (ROOT / "rules/yunyang.yaml").read_text("utf-8")
    file = tmp_path / "newland.yaml"
    file.write_text(text.replace("jurisdiction: yunyang", "jurisdiction: newland").replace(": YY", ": NW"), "utf-8")
    assert (
        "still needed, by flask departments load: bureau, government" in world.flask("rules", "load", str(file)).stdout
    )
    assert "still needed" not in world.flask("rules", "load", str(ROOT / "rules/yunyang.yaml")).stdout


def test_a_pack_whose_diagram_is_not_there_yet_says_what_to_load_first(world: World, tmp_path: Path) -> None:
    text = (ROOT / "rules/yunyang.yaml").read_text("utf-8")
    file = tmp_path / "yunyang.yaml"
    file.write_text(text.replace("conditional_share: conditional_share", "conditional_share: panel"), "utf-8")
    told = world.flask("rules", "check", str(file))
    assert told.exit_code == 1
    assert "no diagram 'panel' is published; load it first: flask diagrams load FILE --publish" in told.stdout


@pytest.mark.parametrize(
    ("what", "file", "said"),
    [
        (
            "catalogue",
            "code,jurisdiction,provider,name,share_type,items\nN-1,yima,gongan,某表,unconditional,姓名\n",
            "Written code:name or code:name:type, with ; between.",
        ),
        (
            "catalogue",
            'code,jurisdiction,provider,name,share_type,modes\nN-1,yima,gongan,某表,unconditional,"file,batch"\n',
            "Several have ; between.",
        ),
        (
            "accounts",
            'username,name,roles,jurisdiction,department\nn.a,甲,"clerk,head",yima,gongan\n',
            "Several have a space between.",
        ),
    ],
)
def test_a_cell_that_holds_several_values_says_how_it_is_written(
    what: str, file: str, said: str, world: World, tmp_path: Path
) -> None:
    path = tmp_path / "file.csv"
    path.write_text(file, "utf-8")
    told = world.flask(what, "load", str(path))
    assert told.exit_code == 1
    assert told.stderr.strip().endswith(said)


def test_a_superior_text_that_nobody_has_loaded_is_named_with_its_line(world: World, tmp_path: Path) -> None:
    text = (ROOT / "rules/yunyang.yaml").read_text("utf-8")
    file = tmp_path / "yunyang.yaml"
    file.write_text(text.replace("superior: [order_809]", "superior: [order_908]"), "utf-8")
    for command in ("check", "load"):
        told = world.flask("rules", command, str(file))
        assert told.exit_code == 1
        assert "superior: there is no superior text 'order_908'; did you mean order_809?" in told.output
    assert f"{file}:9:" in world.flask("rules", "check", str(file)).stdout


NOT_UTF_8 = "\udcff"
"""As a byte that is no UTF-8 comes to a program."""
TYPED = (
    ("rules", "extend", "yinchuan", "--until", "2026-12-31", "--ground", "{}"),
    ("rules", "enter", "jiangmen", "conditional_share.reply", "7", "--source", "{}", "--from", "2025-08-01"),
    ("rules", "show", "{}"),
    ("token", "create", "admin", "--name", "{}"),
    ("departments", "close", "{}", "--on", "2026-03-09"),
    ("explain", "{}"),
    ("calendar", "due", "--from", "{}", "--days", "5"),
)


@pytest.mark.parametrize("command", TYPED, ids=" ".join)
def test_what_an_operator_types_is_utf_8_and_can_be_seen(world: World, command: tuple[str, ...]) -> None:
    for typed, why in (
        (f"文{NOT_UTF_8}", "not UTF-8"),
        ("\u3164", "nothing that anybody sees"),
        ("\u180b\u2800", "nothing"),
    ):
        told = world.flask(*(part.format(typed) for part in command))
        assert (told.exit_code, why in told.output) == (1, True), told.output
        assert isinstance(told.exception, SystemExit), "a sentence, not a traceback"


def test_a_name_of_a_file_that_is_not_utf_8_is_a_sentence_too(world: World, tmp_path: Path) -> None:
    file = tmp_path / f"{NOT_UTF_8}.bpmn"
    file.write_text("<x/>", "utf-8")
    told = world.flask("diagrams", "check", str(file), "--json")
    assert (told.exit_code, "not UTF-8" in told.output) == (1, True), told.output


def test_a_department_that_is_nowhere_is_said_to_be_nowhere(world: World) -> None:
    told = world.flask("departments", "close", "xinfang", "--on", "2026-03-09")
    assert (told.exit_code, told.stderr.strip()) == (1, "There is no department xinfang in any jurisdiction.")
