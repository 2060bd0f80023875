"""The house keeps what it promises: documents that name everything there is, code that knows no place and no procedure,
nothing run that was written as data, and nothing grown too long. A claim that does not hold fails here, by name."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from flask import Flask
from ruamel.yaml import YAML

from app.diagrams.checks import CHECKS, LAST, name_of_check
from app.engine.vocabulary import ACTIONS
from config import ROOT, Config

APP = ROOT / "app"
MODULES = sorted(APP.rglob("*.py"))
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *(p for top in ("docs", "bpmn", "rules") for p in sorted((ROOT / top).rglob("*.md"))),
]
TEMPLATES = sorted(APP.rglob("*.html"))
OPERATIONS, API, HOUSE = (ROOT / "docs" / f"{name}.md" for name in ("operations", "api", "house"))

LONGEST_FUNCTION, LONGEST_MODULE = 45, 400
CATCHES_EVERYTHING = {
    "cases/commands/timers.py": (1, "the worker's loop: one broken case must not hold up the timers of all others"),
    "outbox/delivery.py": (1, "delivery: whatever a sender meets, the message is kept and a person can see why"),
    "engine/run.py": (1, "the engine's seam: what it or an action raises becomes an EngineError"),
    "engine/bundle.py": (1, "the engine's seam: its parser raises anything at all"),
    "diagrams/gate.py": (1, "the upload gate: what cannot be read or judged is refused"),
}
"""Where everything may be caught, how often, and why: the four places, of which the seam has two files."""
ORDINARY_WORDS = {
    "dispute": ("engine/vocabulary.py", "engine/dispute_actions.py", "cases/commands/actions.py"),
}
"""Procedures whose name is a word of the domain too, and the modules that may say it as a name."""
OUTSIDE_APP = [ROOT / "config.py", ROOT / "wsgi.py", *sorted((ROOT / "migrations").rglob("*.py"))]
UNDOCUMENTED = {"dispatch", "committed_state", "new_instance", "hash_key", "session_id"}
"""Of SQLAlchemy, though without an underscore. Documented are `instance_state` with `has_identity`, `identity_key`,
`dict` and `unmodified` (not `committed_state`), `get_history`, `set_committed_value`, `flag_modified`,
`make_transient_to_detached`, `Mapper.class_manager` (not its `new_instance`) and `LoaderCallableStatus.NO_VALUE`;
events are fired by the library alone (no `session.dispatch`)."""
PRIVATE_BY_NECESSITY = {
    ("api/parsing.py", "super()._deserialize"): "marshmallow documents it as the way to write a field",
    ("api/rules.py", "super()._deserialize"): "marshmallow documents it as the way to write a field",
    ("cli/supervisor.py", "os._exit"): "documented; underscored to tell it from `sys.exit`",
    ("diagrams/xml.py", "etree._Element"): "the only name that lxml and its stubs have for the type of an element",
}
"""Where a private name of others may stand, and why."""
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
MACHINE_PATH = re.compile(r"(?<![\w.}*])/(?:home|root|tmp|mnt|work|workspace|Users)/")


def shown(path: Path) -> str:
    return path.relative_to(APP if path.is_relative_to(APP) else ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def among(kind: type[ast.AST], path: Path) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, kind))


every_module = pytest.mark.parametrize("module", MODULES, ids=shown)
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=shown)


# documents name everything there is


def rows(page: Path) -> dict[str, str]:
    """The tables of a page: first cell → the whole row."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {line.split("|")[1].strip(): line for line in lines}


@pytest.mark.parametrize("setting", [field.name.upper() for field in dataclasses.fields(Config)])
def test_every_setting_is_documented(setting: str) -> None:
    named = {name for first in rows(OPERATIONS) for name in re.findall(r"`([A-Z_]+)`", first)}
    assert setting in named
    assert re.search(rf"\b{setting}\b", (ROOT / "config.py").read_text().split('"""')[1]), "config.py names it too"


def test_every_documented_setting_exists() -> None:
    settings = {field.name.upper() for field in dataclasses.fields(Config)}
    named = {name for first in rows(OPERATIONS) for name in re.findall(r"`([A-Z][A-Z_]+)`", first)}
    assert named <= settings


def test_every_action_of_a_drawing_is_documented_with_its_parameters() -> None:
    documented = rows(ROOT / "docs" / "diagrams.md")
    for action in ACTIONS.values():
        first = next((one for one in documented if one.startswith(f"`{action.name}(")), None)
        assert first is not None, action.name
        named = {one.strip() for one in first.strip("`").partition("(")[2].rstrip(")").split(",")}
        wanted = {f"{name}{'' if one.required else '?'}" for name, one in action.parameters.items()}
        assert named == wanted, action.name


def commands(group: click.Group, path: str = "flask") -> Iterator[tuple[str, click.Command]]:
    """Our commands, not those that libraries bring."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        elif command.callback is not None and command.callback.__module__.startswith("app."):
            yield f"{path} {name}", command


def test_every_command_is_documented_with_its_options(one_app: Flask) -> None:
    documented, missing = rows(OPERATIONS), []
    for name, command in commands(one_app.cli):
        row = next((line for first, line in documented.items() if re.match(rf"`{name}[ `]", first)), None)
        if row is None:
            missing.append(name)
            continue
        options = [option.opts[0] for option in command.params if isinstance(option, click.Option)]
        missing += [f"{name} {option}" for option in options if not re.search(rf"`[^`]*{option}\b", row)]
    assert missing == []


def test_every_documented_command_exists(one_app: Flask) -> None:
    known = dict(commands(one_app.cli))
    named = {match[1] for first in rows(OPERATIONS) if (match := re.match(r"`(flask( [a-z]+)+)", first))}
    assert named == set(known)


def test_the_api_page_and_the_addresses_agree(one_app: Flask) -> None:
    """Both ways: nothing can be called that is not written down, and nothing is promised that cannot be called."""
    spans = re.findall(r"`([^`\n]+)`", API.read_text("utf-8"))
    calls = {(method, shape(path)) for span in spans for method, path in re.findall(r"^(GET|POST) (/\S*)$", span)}
    addresses = set(spans)
    served = set()
    for rule in one_app.url_map.iter_rules():
        if not rule.endpoint.startswith("api") or rule.endpoint == "api_docs.style":  # the style is part of a page
            continue
        if rule.endpoint.startswith(("api_docs", "api_health")):
            assert rule.rule in addresses, rule.rule
        else:
            path = shape(rule.rule.removeprefix("/api/v1"))
            served |= {(method, path) for method in rule.methods - {"HEAD", "OPTIONS"}}
    assert calls == served


def shape(path: str) -> str:
    """An address whose parameters have no names."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "{}", path)


def test_the_plan_of_the_house_names_every_module_and_no_other() -> None:
    planned = {
        first.strip("`"): set(re.findall(r"`([a-z][a-z0-9_]*)`", line.split("|")[-2]))
        for first, line in rows(HOUSE).items()
        if first.startswith("`app/")
    }
    built: dict[str, set[str]] = {}
    for module in MODULES:
        folder = f"{module.parent.relative_to(ROOT).as_posix()}/"
        built.setdefault(folder, set()).update({module.stem} - {"__init__"})
    built["app/diagrams/checks/"] = set()  # one check a file: docs/checks names them
    assert planned == built


def test_every_check_has_a_page_and_a_test_of_its_name() -> None:
    names = {name_of_check(check) for check in (*CHECKS, LAST)}
    assert names == {path.stem for path in (APP / "diagrams/checks").glob("[a-z]*.py")}
    for name in names:
        assert (ROOT / f"docs/checks/{name}.md").is_file(), name
        assert (ROOT / f"tests/diagrams/checks/test_{name}.py").is_file(), name


@every_document
def test_links_lead_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" not in link and not link.startswith("#"):
            assert (document.parent / link.partition("#")[0]).exists(), link


@every_document
def test_documents_mention_no_path_of_one_machine(document: Path) -> None:
    assert MACHINE_PATH.findall(document.read_text("utf-8")) == []


def test_the_first_page_says_how_to_run_and_test() -> None:
    page = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for target in ("run", "test"):
        assert f"make {target}" in page
        assert target in targets


# no place and no procedure in the code


def jurisdictions() -> list[str]:
    packs = [YAML(typ="safe").load(path.read_text("utf-8")) for path in sorted((ROOT / "rules").glob("*.yaml"))]
    return [*(pack["jurisdiction"] for pack in packs), *(pack["title"]["zh"] for pack in packs)]


def procedures() -> list[str]:
    return [path.stem for path in sorted((ROOT / "bpmn").glob("*.bpmn"))]


@pytest.mark.parametrize("name", [*jurisdictions(), *(one for one in procedures() if one not in ORDINARY_WORDS)])
def test_code_and_templates_name_no_jurisdiction_and_no_procedure(name: str) -> None:
    word = re.compile(rf"(?<![a-z_]){re.escape(name)}(?![a-z_])", re.IGNORECASE)
    texts = [path for path in (*MODULES, *TEMPLATES) if not path.is_relative_to(APP / "demo")]
    assert [shown(path) for path in texts if word.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("name", ORDINARY_WORDS)
def test_a_procedure_called_by_a_word_of_the_domain_is_named_in_the_vocabulary_alone(name: str) -> None:
    """As a name: a whole text, or the first part of a dotted or underscored one. In sentences it is a word."""
    as_name = re.compile(rf"{name}([._][a-z_]+)*")
    for module in MODULES:
        if module.is_relative_to(APP / "demo") or shown(module) in ORDINARY_WORDS[name]:
            continue
        texts = [node.value for node in among(ast.Constant, module) if isinstance(node.value, str)]
        assert [text for text in texts if as_name.fullmatch(text)] == [], shown(module)


# nothing is run that was written as data, and nothing is swallowed


@every_module
def test_no_text_is_run_as_code(module: Path) -> None:
    calls = [node.func for node in among(ast.Call, module)]
    assert [call.id for call in calls if isinstance(call, ast.Name) and call.id in RUNS_TEXT] == []


def test_only_the_known_places_catch_everything() -> None:
    found: dict[str, int] = {}
    for module in MODULES:
        for handler in among(ast.ExceptHandler, module):
            if handler.type is None or names_in(handler.type) & {"Exception", "BaseException"}:
                found[shown(module)] = found.get(shown(module), 0) + 1
    assert found == {name: count for name, (count, _) in CATCHES_EVERYTHING.items()}


def names_in(node: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


# libraries are used by what they document


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def is_ours(module: str) -> bool:
    return module.split(".")[0] in ("app", "config", "migrations")


@cache
def own_names() -> frozenset[str]:
    """What our own code defines: functions, classes, variables, attributes of `self`."""
    found = set()
    for module in (*MODULES, *OUTSIDE_APP):
        for node in ast.walk(tree(module)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_name(node.value, "self"):
                found.add(node.attr)
    return frozenset(found)


def is_name(node: ast.expr, *names: str) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def imported(module: Path) -> Iterator[tuple[str, str]]:
    """What a module imports of packages that are not ours: the path of the import, and the name it has here."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((one.name, one.asname or one.name.split(".")[0]) for one in node.names if not is_ours(one.name))
        elif isinstance(node, ast.ImportFrom) and not is_ours(node.module or ""):
            yield from ((f"{node.module}.{one.name}", one.asname or one.name) for one in node.names)


def of_others(module: Path) -> Iterator[str]:
    """Private names of others, and undocumented ones that look public, as far as the source alone tells them."""
    foreign = set()
    for path, name in imported(module):
        foreign.add(name)
        if any(private(part) for part in path.split(".")):
            yield f"import {path}"
    for node in among(ast.Attribute, module):
        if node.attr in UNDOCUMENTED:
            yield f".{node.attr}"
        elif private(node.attr) and (node.attr not in own_names() or is_name(node.value, *foreign)):
            yield ast.unparse(node)
    for owner in among(ast.ClassDef, module):
        if any(ast.unparse(base) not in own_names() for base in owner.bases):
            for node in ast.walk(owner):
                if isinstance(node, ast.Attribute) and private(node.attr) and ast.unparse(node.value) == "super()":
                    yield ast.unparse(node)


def test_private_names_of_others_are_used_in_the_engine_alone() -> None:
    """The engine is pinned to one version of its library and compared with it; everything else survives an update."""
    modules = [module for module in MODULES if not module.is_relative_to(APP / "engine")]
    found = {(shown(module), name) for module in (*modules, *OUTSIDE_APP) for name in of_others(module)}
    assert found == set(PRIVATE_BY_NECESSITY)


@pytest.mark.parametrize("template", TEMPLATES, ids=shown)
def test_templates_have_no_script_and_no_style_of_their_own(template: Path) -> None:
    text = template.read_text("utf-8")
    assert re.findall(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE) == []
    assert [tag for tag in re.findall(r"<script\b[^>]*>", text) if "src=" not in tag] == []


# nothing grows too long, and everything says what it is


@every_module
def test_every_module_says_what_it_is(module: Path) -> None:
    assert ast.get_docstring(tree(module)) or module.stat().st_size == 0, "only an empty __init__ may be silent"


@every_module
def test_functions_are_short(module: Path) -> None:
    long = {
        node.name: lines
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
        for node in among(kind, module)
        if (lines := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


@every_module
def test_modules_are_short(module: Path) -> None:
    assert len(module.read_text("utf-8").splitlines()) <= LONGEST_MODULE


def test_every_exception_is_still_needed() -> None:
    for name, modules in ORDINARY_WORDS.items():
        assert all(name in (APP / module).read_text("utf-8") for module in modules)
