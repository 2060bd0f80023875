"""Random cases through a diagram, played three times side by side: in one piece; saved, trimmed and restored before
every step; and as tokens on the drawing. The three must never differ.

Both the tests and the check of an uploaded diagram use it. Nothing here is measured in time: the caller hands over as
many seeds as it has patience for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.engine.bundle import Bundle
from app.engine.run import Changes, Host, OpenTask, Run, RunningTimer
from app.engine.token_game import Game
from app.floor.errors import EngineError, ShuliuError, unforeseen
from app.floor.messages import Say, say

Answers = Callable[[str, Random, Mapping[str, Any]], Mapping[str, Any]]
"""What somebody answers: (task or message, chance, facts so far) → the data."""

MAX_STEPS = 60
FIRE, ACT = 0.2, 0.35
"""Below the first number a timer fires, below the second an action is taken, else a task is completed."""


@dataclass(frozen=True, slots=True)
class WalkFault:
    """The first thing that went wrong. `reason` is `difference`, `twice` (an element open twice at once) or that of the
    EngineError (`stuck`, `endless`, `expression` …)."""

    seed: int
    step: int
    reason: str
    message: Say
    element: str | None = None


@dataclass(slots=True)
class Walked:
    """What the walks have seen. `unreached` are the user tasks that never opened."""

    cases: int = 0
    steps: int = 0
    completed: int = 0
    outcomes: set[str | None] = field(default_factory=set)
    unreached: frozenset[str] = frozenset()
    fault: WalkFault | None = None


def walk_differences(
    files: Sequence[bytes],
    process: str,
    seeds: Iterable[int],
    make_host: Callable[[Random], Host],
    answers: Answers,
    seed_facts: Callable[[Random], Mapping[str, Any]] = lambda chance: {},
) -> Walked:
    """Play a case for each seed, up to the first fault. `make_host` must give equal hosts for equal chances. Raises
    EngineError (bad-diagram) where the files cannot run at all."""
    bundle, walked = Bundle.load(process, files), Walked()
    walked.unreached = bundle.user_tasks
    for seed in seeds:
        case = _Case(files, bundle, seed, make_host, answers, seed_facts)
        try:
            case.play(walked)
        except _Stop as stop:
            walked.fault = stop.fault
        except EngineError as error:
            walked.fault = WalkFault(seed, case.step, error.reason, error.message, error.element)
        walked.cases += 1
        walked.steps += case.step
        walked.unreached -= case.reached
        if walked.fault:
            break
    return walked


class _Stop(Exception):
    def __init__(self, fault: WalkFault):
        super().__init__(str(fault.message))
        self.fault = fault


class _Recorder:
    """A host that notes the actions asked of it."""

    def __init__(self, host: Host):
        self.rule, self.involves, self._host = host.rule, host.involves, host
        self.acted: list[tuple[Any, ...]] = []

    def act(
        self, name: str, element: str, parameters: Mapping[str, Any], timer: str | None
    ) -> Mapping[str, Any] | None:
        self.acted.append((name, element, dict(parameters), timer))
        return self._host.act(name, element, parameters, timer)

    def take(self) -> list[tuple[Any, ...]]:
        acted, self.acted = self.acted, []
        return acted


class _Case:
    """One seed: the three plays and their hosts."""

    def __init__(
        self,
        files: Sequence[bytes],
        bundle: Bundle,
        seed: int,
        make_host: Callable[[Random], Host],
        answers: Answers,
        seed_facts: Callable[[Random], Mapping[str, Any]],
    ):
        self.bundle, self.seed, self.step, self.answers = bundle, seed, 0, answers
        self.files, self.facts = files, seed_facts(_chance(seed))
        self.hosts = [_Recorder(make_host(_chance(seed))) for _ in range(3)]
        self.chance = _chance(seed)
        self.reached: set[str] = set()

    def play(self, walked: Walked) -> None:
        self.whole, changes = Run.start(self.bundle, self.hosts[0], dict(self.facts))
        self.parts, others = Run.start(self.bundle, self.hosts[1], dict(self.facts))
        try:
            self.game = Game(self.files, self.bundle.process_id, self.hosts[2], self.facts)
        except (ShuliuError, ValueError, RecursionError) as error:
            raise self._stop(
                "difference", say("The drawing cannot be played: %(why)s", why=unforeseen(error))
            ) from error
        self._compare(changes, others)
        while not self.whole.completed and self.step < MAX_STEPS:
            self.step += 1
            changes, others = self._move()
            self._compare(changes, others)
        if self.whole.completed:
            walked.completed += 1
            walked.outcomes.add(self.whole.outcome)

    def _move(self) -> tuple[Changes, Changes]:
        """One random move, made in all three."""
        self.parts = Run.restore(self.parts.save(), self.hosts[1], dict(self.parts.facts), self.bundle)
        tasks = sorted(self.whole.tasks(), key=lambda task: task.element)
        timers = sorted(self.whole.timers(), key=lambda timer: timer.element)
        offered = [(task, message) for task in tasks for message in task.actions]
        dice = self.chance.random()
        if timers and (dice < FIRE or not tasks):
            element = self.chance.choice(timers).element
            return self._everywhere("fire", element, ())
        if offered and dice < ACT:
            task, message = self.chance.choice(offered)
            return self._everywhere("act", task.element, (message, self._answer(message)))
        task = self.chance.choice(tasks)
        return self._everywhere("complete", task.element, (self._answer(task.element),))

    def _answer(self, asked: str) -> Mapping[str, Any]:
        return self.answers(asked, self.chance, self.whole.facts)

    def _everywhere(self, move: str, element: str, given: tuple[Any, ...]) -> tuple[Changes, Changes]:
        changes = [getattr(run, move)(_id(run, move, element), *given) for run in (self.whole, self.parts)]
        try:
            getattr(self.game, move)(element, *given)
        except (ShuliuError, ValueError, LookupError, StopIteration, RecursionError) as error:
            told = say("The drawing has no %(move)s here: %(why)s", move=move, why=unforeseen(error))
            raise self._stop("difference", told, element) from error
        return changes[0], changes[1]

    def _compare(self, changes: Changes, others: Changes) -> None:
        tasks = self.whole.tasks()
        self.reached |= {element for kind, element in changes.passed if kind == "opens"}
        elements = [task.element for task in tasks]
        for twice in {element for element in elements if elements.count(element) > 1}:
            raise self._stop("twice", say("It is open twice at once."), twice)
        acted = [sorted(host.take(), key=repr) for host in self.hosts]
        whole = _seen(self.whole, changes) | {"actions": acted[0]}
        self._same(
            say("in one piece"), whole, say("saved and restored"), _seen(self.parts, others) | {"actions": acted[1]}
        )
        stand = _stand(self.whole) | {"actions": acted[0]}
        self._same(say("the engine"), stand, say("the drawing"), _drawn(self.game) | {"actions": acted[2]})

    def _same(self, one: Say, left: Mapping[str, Any], other: Say, right: Mapping[str, Any]) -> None:
        for what, seen in left.items():
            if seen != right[what]:
                shown = {"seen": _clip(seen), "otherwise": _clip(right[what])}
                told = say(
                    "%(what)s; %(one)s: %(seen)s; %(other)s: %(otherwise)s", what=what, one=one, other=other, **shown
                )
                raise self._stop("difference", told)

    def _stop(self, reason: str, message: Say, element: str | None = None) -> _Stop:
        return _Stop(WalkFault(self.seed, self.step, reason, message, element))


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311  nothing secret: the same seed must give the same case


def _id(run: Run, move: str, element: str) -> str:
    things: Sequence[OpenTask | RunningTimer] = run.timers() if move == "fire" else run.tasks()
    return next(thing.id for thing in things if thing.element == element)


def _plain(things: Sequence[OpenTask | RunningTimer]) -> list[tuple[Any, ...]]:
    """Everything but the ids, which differ from play to play."""
    return sorted((_sight(thing) for thing in things), key=repr)


def _sight(thing: OpenTask | RunningTimer) -> tuple[Any, ...]:
    if isinstance(thing, OpenTask):
        return thing.element, thing.process, thing.lane, thing.actions
    return thing.element, thing.on, thing.rule, thing.kind, thing.interrupting


def _seen(run: Run, changes: Changes) -> dict[str, Any]:
    """All that a host can see after a step."""
    return {
        "open_tasks": _plain(run.tasks()),
        "armed_timers": _plain(run.timers()),
        "opened": _plain(changes.opened),
        "closed": _plain(changes.closed),
        "armed": _plain(changes.armed),
        "disarmed": _plain(changes.disarmed),
        "end": (run.completed, changes.completed, run.outcome, changes.outcome),
        "facts": run.facts,
        "passed": changes.passed,
        "forgotten": changes.forgotten,
    }


def _stand(run: Run) -> dict[str, Any]:
    """What the engine and the drawing have in common."""
    return {
        "open_tasks": sorted(((t.element, t.lane, frozenset(t.actions)) for t in run.tasks()), key=repr),
        "armed_timers": sorted((t.element, t.on, f"{t.kind}('{t.rule}')", t.interrupting) for t in run.timers()),
        "end": (run.completed, run.outcome),
        "facts": run.facts,
    }


def _drawn(game: Game) -> dict[str, Any]:
    return {
        "open_tasks": sorted(game.open(), key=repr),
        "armed_timers": game.timers(),
        "end": (game.top.ended, game.outcome),
        "facts": game.facts,
    }


def _clip(seen: Any) -> str:
    text = repr(seen)
    return text if len(text) <= 300 else f"{text[:299]}…"
