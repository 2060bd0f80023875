"""The gate as a whole: what passes, in which order faults come, and that no drawing breaks it."""

import importlib
import random
from pathlib import Path

import pytest
from lxml import etree

from app.diagrams import gate, library
from app.diagrams.checks import CHECKS, LAST, name_of_check
from tests.diagrams.drawing import changed, findings, forms, small

GOOD = Path(__file__).parent / "good"
PAIRS = library.read_folder(GOOD)
ODD = sorted((GOOD / "odd").glob("*.bpmn"))
ROOT = Path(__file__).parents[2]
NAMES = [name_of_check(check) for check in (*CHECKS, LAST)]


def around(key):
    return {name: known for name, known in PAIRS.items() if name != key}


@pytest.mark.parametrize("key", PAIRS)
def test_good_pairs_are_published_without_a_finding(key):
    report = gate.check(PAIRS[key].bpmn, forms=PAIRS[key].forms, library=around(key))
    assert report == gate.Report(True, [])


@pytest.mark.parametrize("path", ODD, ids=lambda path: path.stem)
def test_odd_but_harmless_drafts_are_kept(path):
    assert gate.check(path.read_bytes(), level="draft") == gate.Report(True, [])


def test_shipped_pairs_are_published_without_a_finding():
    shipped = library.read_folder(ROOT / "bpmn")
    assert shipped
    for key, known in shipped.items():
        others = {name: one for name, one in shipped.items() if name != key}
        assert gate.check(known.bpmn, forms=known.forms, library=others) == gate.Report(True, []), key


def test_what_can_only_not_be_published_is_kept_as_a_draft():
    text = changed(small(), ' default="decided_to_supplement"', "")
    assert findings(text, level="draft") == []
    assert {finding.level for finding in findings(text)} == {"publish"}


def test_danger_comes_first():
    text = changed(small(), ' default="decided_to_supplement"', "").replace("'refuse'", "open('x')")
    assert [finding.level for finding in findings(text)][:2] == ["refuse", "publish"]


def test_a_file_full_of_faults_is_answered_with_a_bounded_list():
    drawing = small()
    for number in range(150):
        drawing.node("scriptTask", f"script_{number}")
    report = gate.check(drawing.xml(), forms=forms())
    assert len(report.findings) <= gate.MOST_FINDINGS


def test_every_check_has_its_page_and_its_test():
    for name in [*NAMES, "unreadable_file"]:
        assert (ROOT / f"docs/checks/{name}.md").read_text().startswith(f"# {name}\n"), name
    for name in NAMES:
        assert (ROOT / f"tests/diagrams/checks/test_{name}.py").exists(), name
        assert importlib.import_module(f"app.diagrams.checks.{name}").__doc__, name
    modules = {path.stem for path in (ROOT / "app/diagrams/checks").glob("[a-z]*.py")}
    assert modules == set(NAMES), "a check that nobody asks"
    pages = {path.stem for path in (ROOT / "docs/checks").glob("[a-z]*.md")}
    assert pages == {*NAMES, "unreadable_file"}


NAMED = ["id", "sourceRef", "targetRef", "attachedToRef", "default", "messageRef", "calledElement", "name", "value"]


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """The drawing with something deleted, doubled, renamed, moved or emptied."""
    root = etree.fromstring(raw)
    for _ in range(chance.randint(1, 4)):
        everything = list(root.iter(etree.Element))
        one, other = chance.choice(everything[1:] or everything), chance.choice(everything)
        match chance.randint(0, 7):
            case 0 if one.getparent() is not None:
                one.getparent().remove(one)
            case 1 if one.getparent() is not None:
                one.getparent().append(etree.fromstring(etree.tostring(one)))
            case 2:
                one.tag = other.tag
            case 3 if one.attrib:
                del one.attrib[chance.choice(list(one.attrib))]
            case 4:
                one.set(chance.choice(NAMED), chance.choice([other.get("id") or "", "", "x", "审核", "../x"]))
            case 5:
                one.text = chance.choice(["", "review.decision", "1 == 1", "deadline('x')", None])
            case 6 if other is not root and other not in one.iterancestors() and one is not other:
                one.append(other)
            case 7:
                one.clear()
    return etree.tostring(root)


@pytest.mark.parametrize("seed", range(300))
def test_no_mutilated_drawing_breaks_a_check(seed, caplog):
    chance = random.Random(seed)
    key = chance.choice(sorted(PAIRS))
    report = gate.check(mutated(PAIRS[key].bpmn, chance), forms=PAIRS[key].forms, library=around(key), walk=False)
    assert not caplog.records
    assert report.ok == (not any(finding.level != "warn" for finding in report.findings))


def test_mutilated_drawings_that_pass_can_be_played(monkeypatch, caplog):
    """What the checks let through must be good enough for the engine, not only for the checks."""
    monkeypatch.setattr("app.diagrams.checks.random_walk.CASES", 5)
    monkeypatch.setattr("app.diagrams.checks.random_walk.MOST_CASES", 5)
    chance, passed = random.Random(7), 0
    for _ in range(150):
        raw = mutated(PAIRS["small"].bpmn, chance)
        passed += gate.check(raw, forms=forms(), walk=False).ok
        found = gate.check(raw, forms=forms()).findings
        assert not [finding for finding in found if finding.check == "random_walk"], raw.decode()
    assert passed > 5
    assert not caplog.records
