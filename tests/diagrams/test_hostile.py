"""Files made to harm: each is refused, contained or shown to be harmless, in time, and nothing of it is ever run."""

import csv
import gzip
import logging
import time
from pathlib import Path

import pytest

from app.diagrams import gate
from tests.diagrams.drawing import HEAD, changed, small

FOLDER = Path(__file__).parent / "hostile"
INDEX = list(csv.DictReader((FOLDER / "index.csv").read_text("utf-8").splitlines()))
CANARY = Path("/tmp/hostile_canary")
SECONDS = 5


def judged(raw, level="publish"):
    begun = time.monotonic()
    report = gate.check(raw, level=level)
    assert time.monotonic() - begun < SECONDS
    assert all(finding.element and str(finding.message) and str(finding.fix) for finding in report.findings)
    return report


@pytest.mark.parametrize("row", INDEX, ids=[row["file"] for row in INDEX])
def test_each_file_has_its_required_outcome(row, caplog):
    raw = (FOLDER / row["file"]).read_bytes()
    published, draft = judged(raw), judged(raw, "draft")
    if row["must"] == "accept-safe":
        assert draft.ok, draft.findings
    else:
        assert not published.ok
        assert not draft.ok, "what harms is no draft either"
    assert not caplog.records, "a check broke down instead of judging"
    assert not CANARY.exists()


PROCESS = small().text()
CONDITION = "review.decision == 'refuse'"
RUN = "__import__('os').system('mkdir -p /tmp/hostile_canary')"


def doctype(inside, use=""):
    return PROCESS.replace("\n", f"\n<!DOCTYPE x {inside}>\n", 1).replace('id="review"', f'id="review" name="{use}"')


def extended(element, inside):
    return changed(small(), f'id="{element}">', f'id="{element}">{inside}')


LAUGHS = "[" + '<!ENTITY a "ha">' + "".join(f'<!ENTITY a{n} "{"&a;" * 10}">' for n in range(9)) + "]"
MANY = "".join(f'<bpmn:userTask id="u{n}"/>' for n in range(6000))
DEEP = "<bpmn:documentation>" * 100 + "</bpmn:documentation>" * 100
SELF = (
    extended("review", "")
    .replace("userTask", "callActivity")
    .replace('id="review"', 'id="review" calledElement="small"')
)
WIDE = "".join(
    f'<bpmn:sequenceFlow id="w{n}" sourceRef="fork" targetRef="t{n}"/><bpmn:userTask id="t{n}"/>' for n in range(2000)
)
OTHERS = {
    "billion_laughs": doctype(LAUGHS, "&a8;"),
    "parameter_entity": doctype('[<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]'),
    "doctype_after_a_comment": "<!-- x -->" + doctype("").partition("\n")[2],
    "doctype_in_capitals_after_blanks": "\n\n" + doctype("").partition("\n")[2],
    "undefined_entity": PROCESS.replace('id="review"', 'id="review" name="&nbsp;"'),
    "style_sheet": PROCESS.replace("\n", '\n<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>\n', 1),
    "instruction_inside": PROCESS.replace("</bpmn:process>", "<?php system('x') ?></bpmn:process>"),
    "instruction_at_the_end": PROCESS + "<?x y?>",
    "utf16": PROCESS.replace("UTF-8", "UTF-16").encode("utf-16"),
    "utf7": PROCESS.replace("UTF-8", "UTF-7"),
    "latin1": PROCESS.replace("UTF-8", "ISO-8859-1"),
    "ascii_that_is_none": PROCESS.replace("UTF-8", "ASCII").replace('id="review"', 'id="review" name="审"'),
    "half_a_character": PROCESS.encode() + b"\xe5\xae",
    "nul": PROCESS.replace("review.decision", "review\0.decision"),
    "empty": b"",
    "blank": b"\xef\xbb\xbf \r\n",
    "html": "<!doctype html><html></html>",
    "json": '{"bpmn": 1}',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "gzip": gzip.compress(PROCESS.encode()),
    "cut_off": PROCESS[:-30],
    "too_long": PROCESS + " " * 1_000_000,
    "many_elements": changed(small(), "</bpmn:process>", MANY + "</bpmn:process>"),
    "deep": changed(small(), "</bpmn:process>", DEEP + "</bpmn:process>"),
    "long_name": changed(small(), 'id="review"', f'id="review" name="{"x" * 900_000}"'),
    "long_documentation": extended("review", f"<bpmn:documentation>{'x' * 9000}</bpmn:documentation>"),
    "not_executable": PROCESS.replace(' isExecutable="true"', ""),
    "self_call": SELF,
    "wide_fork": changed(small(), "</bpmn:process>", f'<bpmn:parallelGateway id="fork"/>{WIDE}</bpmn:process>'),
    "multi_instance": extended(
        "review",
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>100000</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>",
    ),
    "data_association": extended(
        "review",
        "<bpmn:dataInputAssociation><bpmn:sourceRef>x</bpmn:sourceRef></bpmn:dataInputAssociation>",
    ),
    "message_payload": PROCESS.replace(
        "<bpmn:process",
        f'<bpmn:message id="m" name="m"><bpmn:extensionElements><spiffworkflow:messagePayload>{RUN}'
        "</spiffworkflow:messagePayload></bpmn:extensionElements></bpmn:message><bpmn:process",
        1,
    ),
    "global_script": PROCESS.replace("<bpmn:process", f"<bpmn:script>{RUN}</bpmn:script><bpmn:process", 1),
    "service_parameter": PROCESS.replace("'applicant'", RUN.replace('"', "'")),
    "builtins_as_result": PROCESS.replace('id="notice.send"', 'id="notice.send" resultVariable="__builtins__"'),
    "operator_path": PROCESS.replace('id="notice.send"', 'id="../../etc/passwd"'),
    "text_as_condition": PROCESS.replace(CONDITION, "'false'"),
    "dunder": PROCESS.replace(CONDITION, "review.__class__ == 1"),
    "subclass_walk": PROCESS.replace(CONDITION, "().__class__.__base__.__subclasses__() == []"),
    "walrus": PROCESS.replace(CONDITION, "(x := 1) == 1"),
    "fullwidth": PROCESS.replace(CONDITION, "ｅｖａｌ('1') == 1"),
    "escape": PROCESS.replace(CONDITION, "review.decision == '\\x41'"),
    "many_brackets": PROCESS.replace(CONDITION, "(" * 300 + "1" + ")" * 300 + " == 1"),
    "unary_chain": PROCESS.replace(CONDITION, "not " * 100 + "True"),
    "power": PROCESS.replace(CONDITION, "9**9**9 == 1"),
    "percent": PROCESS.replace(CONDITION, "'%99999999d' % 1 == ''"),
    "long_number": PROCESS.replace(CONDITION, "9" * 450 + " == 1"),
    "timer_in_the_past": PROCESS.replace("deadline('small.reply')", "'2001-01-01T00:00:00'"),
    "timer_that_runs": PROCESS.replace("deadline('small.reply')", f"deadline({RUN})"),
    "timer_with_more": PROCESS.replace("deadline('small.reply')", "deadline('small.reply') or 1"),
    "svg_in_documentation": extended(
        "review", '<bpmn:documentation><svg xmlns="http://www.w3.org/2000/svg"/></bpmn:documentation>'
    ),
    "base_address": PROCESS.replace('id="review"', 'id="review" xml:base="http://127.0.0.1:9/"'),
    "link": PROCESS.replace(
        'id="review"', 'id="review" xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:x"'
    ),
    "style_in_a_colour": PROCESS.replace(
        'bpmnElement="review"',
        'bpmnElement="review" xmlns:b="http://bpmn.io/schema/bpmn/biocolor/1.0" b:fill="url(http://127.0.0.1:9/)"',
    ),
    "infinite_label": PROCESS.replace('x="100"', 'x="-Infinity"'),
    "prototype": PROCESS.replace("supplement", "constructor"),
    "engine_name": PROCESS.replace("supplement", "small.EndJoin"),
    "boundary_on_nothing": PROCESS.replace('attachedToRef="review"', 'attachedToRef="gone"'),
    "unknown_namespace_prefix": HEAD.replace("spiffworkflow.org", "evil.example")
    + PROCESS.partition("\n")[2].partition("\n")[2],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_of_the_same_classes_are_refused_even_as_drafts(name, caplog):
    raw = OTHERS[name]
    assert raw != PROCESS, "the file is not changed at all"
    report = judged(raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw, "draft")
    assert not report.ok
    assert not caplog.records
    assert not CANARY.exists()


def test_the_log_stays_empty_only_because_nothing_broke_down(monkeypatch, caplog):
    monkeypatch.setattr("app.diagrams.checks.one_start.check", lambda diagram: 1 / 0)
    with caplog.at_level(logging.ERROR):
        report = gate.check(small().xml(), level="draft")
    assert not report.ok
    assert [finding.check for finding in report.findings] == ["one_start"]
    assert "one_start" in caplog.text


def test_no_entity_is_ever_read():
    secret = FOLDER / "README.md"
    report = judged(doctype(f'[<!ENTITY x SYSTEM "{secret.as_uri()}">]', "&x;").encode())
    assert "accept-safe" not in " ".join(str(finding.message) for finding in report.findings)
