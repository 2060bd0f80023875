"""Diagrams over the API: judged, kept, and published by two."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from app.api.diagrams import PROCESS
from config import ROOT
from tests.api.small_world import World

DISPUTE = (ROOT / "bpmn" / "dispute.bpmn").read_bytes()


def _redrawn() -> bytes:
    """The same drawing with a comment: another content, the same behaviour."""
    return DISPUTE.replace(b"</bpmn:definitions>", b"<!-- redrawn --></bpmn:definitions>")


def test_a_drawing_is_judged(world: World) -> None:
    told: Any = world.as_("admin").call("POST", "/diagrams/check", data=DISPUTE, content_type="application/xml").json
    assert (told["file"], told["ok"]) == ("dispute.bpmn", True), told["findings"]


@pytest.mark.parametrize(
    "drawn",
    [
        b"",
        b"nonsense",
        b"<a/>",
        b"\x00\x01",
        b"PK\x03\x04",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<" * 100_000,
    ],
)
def test_what_is_no_diagram_is_refused_without_a_fault_of_ours(world: World, drawn: bytes) -> None:
    answer = world.as_("admin").call("POST", "/diagrams/check", data=drawn, content_type="application/xml")
    told: Any = answer.json
    assert (answer.status_code, told["ok"]) == (200, False)
    assert {"check", "level", "element", "message", "fix"} == set(told["findings"][0])


def test_a_script_in_a_drawing_is_refused_as_a_draft_too(world: World) -> None:
    drawn = DISPUTE.replace(b"bpmn:userTask", b"bpmn:scriptTask")
    for level in ("draft", "publish"):
        call = {"query_string": {"level": level}, "data": drawn, "content_type": "application/xml"}
        told: Any = world.as_("admin").call("POST", "/diagrams/check", **call).json
        assert told["ok"] is False
        assert "refuse" in {one["level"] for one in told["findings"]}


def test_a_version_is_published_by_two_administrators(world: World) -> None:
    one, two = world.as_("admin"), world.as_("admin2")
    stored = one.call("POST", "/diagrams/dispute/versions", data=_redrawn(), content_type="application/xml")
    assert (stored.status_code, stored.json["n"], stored.json["status"]) == (201, 2, "draft")
    path = "/diagrams/dispute/versions/2/publish"
    for _ in range(2):
        proposed = one.post(path)
        assert (proposed.status_code, proposed.json["status"]) == (202, "proposed")
    published = two.post(path)
    assert (published.status_code, published.json["status"]) == (200, "published")
    assert two.post(path).status_code == 200
    listed: Any = one.get("/diagrams/dispute/versions").json
    assert [(one["n"], one["status"]) for one in listed["items"]] == [(2, "published"), (1, "retired")]


def test_the_same_content_again_is_the_same_version(world: World) -> None:
    forms = (ROOT / "bpmn" / "dispute.forms.yaml").read_text("utf-8")
    again = world.as_("admin").post("/diagrams/dispute/versions", {"bpmn": DISPUTE.decode(), "forms": forms})
    assert (again.status_code, again.json["n"]) == (201, 1)


def test_a_dangerous_drawing_is_not_kept(world: World) -> None:
    drawn = DISPUTE.replace(b"bpmn:userTask", b"bpmn:scriptTask")
    answer = world.as_("admin").call("POST", "/diagrams/dispute/versions", data=drawn, content_type="application/xml")
    assert (answer.status_code, answer.json["type"]) == (422, "diagram-invalid")
    assert answer.json["errors"]
    assert answer.json["findings"]
    assert len(world.as_("admin").get("/diagrams/dispute/versions").json["items"]) == 1


def test_versions_are_read_with_their_files_and_page(world: World) -> None:
    clerk = world.as_("yima.gongan.clerk")
    whole: Any = clerk.get("/diagrams/dispute/versions/1").json
    assert whole["bpmn"].encode() == DISPUTE
    assert clerk.get("/diagrams/dispute/versions", after=1).json == {"items": [], "next": None}
    assert clerk.get("/diagrams/dispute/versions/7").status_code == 404
    assert clerk.get("/diagrams/nothing/versions").status_code == 404
    assert world.as_("admin").post("/diagrams/dispute/versions/7/publish").status_code == 404


def test_a_clerk_neither_keeps_nor_publishes(world: World) -> None:
    clerk = world.as_("yima.bureau.clerk")
    assert clerk.post("/diagrams/dispute/versions", {"bpmn": "<a/>"}).status_code == 403
    assert clerk.post("/diagrams/dispute/versions/1/publish").status_code == 403


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "gb18030", "latin-1"])
def test_a_drawing_in_another_encoding_is_answered(world: World, encoding: str) -> None:
    drawn = DISPUTE.decode().replace("UTF-8", encoding).encode(encoding, "replace")
    for path in ("/diagrams/check", "/diagrams/dispute/versions"):
        answer = world.as_("admin").call("POST", path, data=drawn, content_type="application/xml")
        assert answer.status_code in (200, 201, 409, 422), answer.json


@pytest.mark.postgres
def test_a_drawing_in_another_encoding_is_answered_on_postgres(world_on_postgres: World) -> None:
    test_a_drawing_in_another_encoding_is_answered(world_on_postgres, "utf-16")


def test_the_faults_of_a_forms_file_are_told_in_the_readers_language(world: World) -> None:
    forms = (ROOT / "bpmn" / "dispute.forms.yaml").read_text("utf-8")
    faulty = forms.replace("startable: true", "startable: yes").replace("procedure: dispute", "procedures: dispute")
    body = {"bpmn": DISPUTE.decode(), "forms": faulty}
    chinese = world.as_("admin").post("/diagrams/check", body)
    english = world.as_("admin").post("/diagrams/check", body, Accept_Language="en")
    assert (chinese.status_code, chinese.json["type"]) == (422, "forms-invalid")
    assert chinese.json["errors"] == {
        "procedure": ["缺少"],
        "procedures": ["此处没有这一项；是否指 procedure？"],
        "startable": ["此处应为 true 或 false"],
    }
    assert chinese.json["detail"].startswith("文件中有 3 处错误。")
    assert english.json["errors"]["procedures"] == ["is not known here; did you mean procedure?"]
    assert [place["line"] > 0 for place in chinese.json["places"]] == [True] * 3


def test_the_name_of_a_drawing_is_found_at_once_whatever_is_sent() -> None:
    began = process_time()
    assert PROCESS.search(b"<process x " * 180_000) is None
    assert process_time() - began < 0.5
    found = PROCESS.search(DISPUTE)
    assert found is not None
    assert found[1] == b"dispute"
