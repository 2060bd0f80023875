"""The gate as a whole: what passes, in which order faults come, and that no drawing breaks it."""

import importlib
import random
import time
from pathlib import Path

import pytest
from lxml import etree

from app.diagrams import gate, library
from app.diagrams.checks import CHECKS, LAST, name_of_check
from tests.diagrams.drawing import Drawing, changed, findings, forms, small

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


def tangle(nodes: int, kind: str) -> bytes:
    """As many nodes and flows as a level may have, everything leading everywhere."""
    chance, drawing = random.Random(nodes), Drawing().start()
    for number in range(nodes):
        drawing.node(kind if number % 3 else "exclusiveGateway", f"n{number}")
    drawing.flow("begin", "n0").end("over", "granted").flow(f"n{nodes - 1}", "over")
    for number in range(2 * nodes - 5):
        drawing.flow(f"n{number % nodes}", f"n{chance.randrange(nodes)}", "answered('n1')", name=f"f{number}")
    return drawing.xml()


@pytest.mark.parametrize("kind", ["parallelGateway", "userTask", "exclusiveGateway", "subProcess", "callActivity"])
@pytest.mark.parametrize("nodes", [190, 1500])
def test_the_biggest_tangle_is_judged_in_time(kind, nodes):
    raw = tangle(nodes, kind)
    begun = time.monotonic()
    report = gate.check(raw, forms=forms())
    assert time.monotonic() - begun < 5
    assert not report.ok


def test_boxes_in_boxes_in_loops_are_judged_in_time():
    drawing = Drawing().start("s0").end("e0").flows("s0", "e0")
    for depth in range(1, 5):
        outer = Drawing().start(f"s{depth}")
        for number in range(8):
            name = f"b{depth}_{number}"
            outer.task(f"t{name}", rule=None).gateway(f"g{name}", f"d{name}")
            outer.flow(f"t{name}", f"g{name}")
        outer.box(f"box{depth}", drawing).end(f"e{depth}").flow(f"s{depth}", f"tb{depth}_0")
        for number in range(8):
            name, following = f"b{depth}_{number}", f"tb{depth}_{(number + 1) % 8}" if number < 7 else f"box{depth}"
            outer.flow(f"g{name}", following, name=f"d{name}").flow(
                f"g{name}", f"box{depth}", "answered('tb1_1')", f"x{name}"
            )
        drawing = outer.gateway(f"again{depth}", f"out{depth}").flow(f"box{depth}", f"again{depth}")
        drawing.flow(f"again{depth}", f"e{depth}", name=f"out{depth}")
        drawing.flow(f"again{depth}", f"tb{depth}_3", "answered('tb1_2')")
    begun = time.monotonic()
    gate.check(drawing.xml(), forms=forms())
    assert time.monotonic() - begun < 5
