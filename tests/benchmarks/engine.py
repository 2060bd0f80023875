"""The bare engine: restore, complete, save, without a database. All else is what we put round it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from app.engine.bundle import Bundle
from app.engine.run import Run
from config import ROOT
from tests.benchmarks.report import heading, line, spread

FACTS: dict[str, Any] = {
    "application": {"items": ["a"], "purpose": "p", "scope": "s", "share_mode": "interface", "state_secret": False},
    "resource": {
        "code": "R",
        "share_type": "conditional",
        "published": True,
        "withdrawn": False,
        "sensitive": False,
        "timely": False,
    },
    "applicant": {"code": "a", "level": "city"},
    "provider": {"code": "b", "level": "city"},
}
ANSWERS: dict[str, dict[str, Any]] = {
    "provider_review": {"decision": "supplement"},
    "consent_supplement": {"consent": True},
    "applicant_supplement": {"note": "x"},
}


class Host:
    def rule(self, key: str) -> Any:
        return False

    def involves(self, level: str) -> bool:
        return False

    def act(self, name: str, element: str, parameters: Mapping[str, Any], timer: str | None) -> dict[str, Any]:
        return {"number": "1"}


def measure(rounds: int) -> None:
    files = [(ROOT / "bpmn" / f"{name}.bpmn").read_bytes() for name in ("conditional_share", "data_need", "dispute")]
    bundle = Bundle.load("conditional_share", files)
    run, _ = Run.start(bundle, Host(), dict(FACTS))
    state, facts, taken, sizes = run.save(), run.facts, [], []
    for _ in range(rounds * 2):
        started = time.perf_counter()
        run = Run.restore(state, Host(), dict(facts), bundle)
        task = run.tasks()[0]
        run.complete(task.id, ANSWERS[task.element])
        state, facts = run.save(), run.facts
        taken.append(time.perf_counter() - started)
        sizes.append(len(state))
    heading("bare engine: conditional_share, sending back and forth")
    line("restore, complete one user task, save", spread(taken), dream="1.2 ms")
    line("state kept", f"{sizes[-1]} bytes after {rounds} rounds, {sizes[1]} after one")
