"""What clients send, read strictly and in one place: JSON bodies, query strings, headers. Whatever the database cannot
keep is refused here, with the field's name, so that no view needs to think of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

import orjson
from flask import Request
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from webargs import core
from webargs.flaskparser import FlaskParser, is_json_request

from app.diagrams.forms import clean_text
from app.floor.clock import FIRST_YEAR, LAST_YEAR
from app.floor.errors import Invalid, ShuliuError
from app.floor.messages import Say, say, visible

LONGEST_BODY = 2_000_000
MOST_ID = 2**31 - 1
"""The largest id that a row can have on every database we run on."""
MOST_NUMBER = 2**63 - 1
DEEPEST = 40
MOST = 200
"""How many rows a page of a list can have."""

SENTENCES = (
    say("Missing data for required field."),
    say("Unknown field."),
    say("Field may not be null."),
    say("Not a valid string."),
    say("Not a valid integer."),
    say("Not a valid boolean."),
    say("Not a valid date."),
    say("Not a valid datetime."),
    say("Not a valid aware datetime."),
    say("Not a valid list."),
    say("Not a valid mapping type."),
    say("Invalid input type."),
    say("Invalid value."),
)
"""The sentences of marshmallow that our schemas can raise, named so that they are found for translation."""


class BadJson(ShuliuError):
    status, code = 400, "bad-json"


class UnsupportedMediaType(ShuliuError):
    status, code = 415, "unsupported-media-type"


# fields and schemas


class RequestBody(Schema):
    """A JSON body. What it does not know is refused: a misspelt name must not pass unseen."""

    error_messages = {"type": "Not a valid mapping type."}

    class Meta:
        unknown = RAISE


class Sentence(fields.String):
    """A sentence that somebody wrote: cleaned, not blank, at most `most` characters."""

    def __init__(self, most: int = 4000, **options: Any):
        super().__init__(validate=Sized(most), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return clean_text(super()._deserialize(value, attr, data, **kwargs), lines=True)


class Code(fields.String):
    """A code of ours: a department's, a resource's, a rule's, a user's."""

    def __init__(self, **options: Any):
        super().__init__(validate=Sized(120), **options)


class Sized(validate.Validator):
    """From one to `most` characters."""

    def __init__(self, most: int):
        self.most = most

    def __call__(self, value: str) -> str:
        if not visible(value):
            raise fault(say("Please answer this."))
        if len(value) > self.most:
            raise fault(say("At most %(max)s characters; these are %(given)s.", max=self.most, given=len(value)))
        return value


class Between(validate.Range):
    """A whole number of a range, said in our own words."""

    def __call__(self, value: Any) -> Any:
        if not self.min <= value <= self.max:
            raise fault(say("A number from %(min)s to %(max)s is needed here.", min=self.min, max=self.max))
        return value


class Among(validate.OneOf):
    """One of some codes, said in our own words."""

    def __call__(self, value: Any) -> Any:
        if value not in self.choices:
            raise fault(say("One of %(codes)s is needed here.", codes=", ".join(map(str, self.choices))))
        return value


class Moment(fields.AwareDateTime):
    """A moment with its offset from UTC; one without says nothing and is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        try:
            moment = super()._deserialize(value, attr, data, **kwargs)
            inside = FIRST_YEAR < moment.year < LAST_YEAR
        except OverflowError:
            inside = False
        except ValidationError:
            raise fault(say("A moment with its offset is needed here, such as 2026-03-31T09:00:00+08:00.")) from None
        if not inside:
            raise fault(say("This moment lies outside the years that can be counted."))
        return moment.astimezone(UTC)


class DayField(fields.Date):
    """A calendar day such as 2026-03-31."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        day = super()._deserialize(value, attr, data, **kwargs) if isinstance(value, str) else None
        if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise fault(say("A date such as 2026-03-31 is needed here."))
        return day


class Paged(Schema):
    """Every list is paged by cursor: `after` is the `next` of the page before."""

    after = fields.String(validate=Sized(400), metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=Between(1, MOST))


def fault(sentence: Say) -> ValidationError:
    """A validation error in words that are still to be translated."""
    return ValidationError([sentence])  # type: ignore[list-item,unused-ignore]


# reading a request


class RequestParser(FlaskParser):
    """webargs with orjson, our errors, and nothing that a row could not keep."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": None}

    def _raw_load_json(self, req: Request) -> Any:
        raw = req.get_data(cache=True)
        if not raw:
            return core.missing
        if not is_json_request(req):
            raise UnsupportedMediaType(say("The body must be JSON (Content-Type: application/json)."))
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise BadJson(say("This is no JSON from character %(place)s on.", place=error.pos + 1)) from error
        refuse_unkeepable(body)
        return body

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The first of each name; an empty one is one left out."""
        given = {name: value for name, value in req.args.items() if value.strip()}
        refuse_unkeepable(given)
        return given

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        [(_, messages)] = error.messages.items()  # type: ignore[union-attr]
        raise Invalid(dict(flattened(messages))) from None


def flattened(messages: Any, path: str = "") -> Iterator[tuple[str, list[Say]]]:
    """marshmallow's nested messages as `field.inner → sentences`."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":
                yield from flattened(inner, path or "body")
            else:
                yield from flattened(inner, f"{path}.{name}" if path else str(name)[:120])
    else:
        yield path, [one if isinstance(one, Say) else Say(str(one)) for one in messages]


ANSWER = "data."
"""Where a body holds the answer to a form. Its fields are named alone, whatever is wrong with them."""


def refuse_unkeepable(value: Any) -> None:
    """Raises Invalid, each field at once, for NUL characters, numbers beyond 64 bits and JSON nested out of reason."""
    faults: dict[str, list[Say]] = {}
    for path, sentence in _unkeepable(value, "", 0):
        faults.setdefault(path.removeprefix(ANSWER) or "body", []).append(sentence)
    if faults:
        raise Invalid(faults)


def _unkeepable(value: Any, path: str, depth: int) -> Iterator[tuple[str, Say]]:
    if isinstance(value, str):
        if "\x00" in value:
            yield path, say("NUL characters cannot be kept.")
    elif isinstance(value, int | float):
        if abs(value) > MOST_NUMBER:
            yield path, say("This number is too large.")
    elif depth > DEEPEST:
        yield path, say("This is nested too deeply.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            if "\x00" in name:
                yield path, say("NUL characters cannot be kept.")
            else:
                yield from _unkeepable(inner, f"{path}.{name}" if path else name[:120], depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _unkeepable(inner, path, depth + 1)
