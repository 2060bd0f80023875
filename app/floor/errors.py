"""The error families. A leaf carries data; the doors turn it into words in the reader's language and into a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.floor.messages import Say, Text, say

MOST_NAMED = 12
"""So many fields a sentence names; the answer lists all."""


KNOWN: Mapping[str, Text] = {
    "article": Text("条款", "article"),
    "basis": Text("依据", "basis"),
    "decided_on": Text("决定日期", "day of the decision"),
    "from_on": Text("施行日期", "in force from"),
    "ground": Text("理由", "ground"),
    "items": Text("信息项", "items"),
    "open_article": Text("溯及条款", "article that reaches open cases"),
    "reason": Text("理由", "reason"),
    "resource": Text("数据资源", "resource"),
    "source": Text("来源", "source"),
    "started_on": Text("起算日", "first day"),
    "superior": Text("上位规定", "superior text"),
    "unit": Text("单位", "unit"),
    "value": Text("数值", "value"),
}
"""What people call the fields that no form titles; inner fields (`article.0`) are named by the outer one."""


class ShuliuError(Exception):
    """The root of all errors that a door may show to a person."""

    status = 500
    code = "error"

    def __init__(self, detail: Say | str, code: str | None = None):
        self.detail = detail if isinstance(detail, Say) else Say(detail)
        self.code = code or self.code
        super().__init__(str(self.detail))


class Invalid(ShuliuError):
    """Bad input: every field at once, `{field: [sentence, …]}`. Nothing was changed. `titles` are what people know the
    fields by; one without a title anywhere is named by its key."""

    status, code = 422, "invalid"

    def __init__(
        self,
        errors: Mapping[str, Sequence[Say]],
        detail: Say | None = None,
        titles: Mapping[str, Text] | None = None,
        code: str | None = None,
    ):
        self.errors = {name: list(sentences) for name, sentences in errors.items()}
        known = {**KNOWN, **(titles or {})}
        named = [
            known.get(name) or known.get(name.partition(".")[0]) or Text(name, name)
            for name in list(self.errors)[:MOST_NAMED]
        ]
        fields = Text("、".join(one.zh for one in named), ", ".join(one.en for one in named))
        super().__init__(
            detail or say("To be corrected: %(count)s (%(fields)s).", count=len(self.errors), fields=fields), code
        )


class Unauthenticated(ShuliuError):
    status, code = 401, "unauthenticated"


class Forbidden(ShuliuError):
    status, code = 403, "forbidden"


class NotFound(ShuliuError):
    """Not there, or not yours to see: the two are never told apart."""

    status, code = 404, "not-found"


class Conflict(ShuliuError):
    """The thing is no longer as the caller thinks; the sentence says how it is now."""

    status, code = 409, "conflict"


class Void(Conflict):
    """What a step would do, to a clock or to the catalogue, is void, and so the step does not happen: that is no fault
    of the drawing."""


class Overtaken(Void):
    """What a step would publish has moved on meanwhile: whoever answers it chooses another answer."""

    code = "overtaken"


class NotExtensible(Void):
    """A superior text sets the period; what a text below it lets extend is its own."""

    code = "not-extensible"


class PastDue(Void):
    """A clock that is past due can be neither paused nor extended; a consent that comes then is void."""

    code = "clock-past-due"

    def __init__(self) -> None:
        super().__init__(say("The deadline has passed: it can be neither paused nor extended, and a consent is void."))


class TooMany(ShuliuError):
    status, code = 429, "too-many"


class EngineError(ShuliuError):
    """A step of a diagram could not run. `reason` is stable: task-not-open, timer-not-armed, action-not-offered,
    action-failed, expression, no-rule, engine-failed, endless, stuck, unknown-bundle, unknown-codec, bad-diagram,
    broken-run.
    `element` is the id in the diagram, where there is one."""

    status, code = 409, "case-stopped"

    def __init__(self, reason: str, message: Say, element: str | None = None):
        self.reason, self.message, self.element = reason, message, element
        self.case_id: int | None = None
        if element:
            told = say("The step could not run (%(element)s). %(message)s", element=element, message=message)
        else:
            told = say("The step could not run. %(message)s", message=message)
        super().__init__(told)


def unforeseen(error: BaseException) -> Say:
    """What a reader is told of an error that is none of ours; what it says itself is for the log."""
    if isinstance(error, EngineError):
        return error.message
    if isinstance(error, ShuliuError):
        return error.detail
    return say("An unforeseen fault, which the log tells more about: %(kind)s.", kind=type(error).__name__)


@dataclass(frozen=True)
class Place:
    """One fault in a file that a person wrote: where it is and what is wrong. `line` counts from 1; 0 is unknown. `key`
    is a table's column."""

    file: str
    line: int
    key: str
    message: Say

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}"


class FileError(ShuliuError):
    """Faults in a file that was to be loaded, all of them; nothing of it was taken."""

    status, code = 422, "file-invalid"

    def __init__(self, places: Sequence[Place]):
        self.places = list(places)
        first = self.places[0]
        where = f"{first.file}:{first.line}: {first.key}"
        told = say(
            "Faults in the file: %(count)s. %(where)s: %(message)s",
            where=where,
            message=first.message,
            count=len(places),
        )
        super().__init__(told)


class RulePackError(FileError):
    code = "rule-pack-invalid"


class FormsError(FileError):
    code = "forms-invalid"
