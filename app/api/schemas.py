"""The shapes of answers, for the OpenAPI document. Views answer plain dicts; a test holds the two together."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate


class AnswerSchema(Schema):
    """An answer; more may come along with it than is written down."""

    class Meta:
        unknown = EXCLUDE


def page_of(item: type[AnswerSchema]) -> type[Schema]:
    """The answer of a list."""
    parts = {
        "items": fields.List(fields.Nested(item), required=True),
        "next": fields.String(required=True, allow_none=True, metadata={"description": "`after` of the next page"}),
    }
    return AnswerSchema.from_dict(parts, name=f"{item.__name__}Page")  # type: ignore[arg-type]


def text(**options: object) -> fields.String:
    return fields.String(required=True, **options)  # type: ignore[arg-type]


def maybe(**options: object) -> fields.String:
    return fields.String(required=True, allow_none=True, **options)  # type: ignore[arg-type]


def day() -> fields.Date:
    return fields.Date(required=True, allow_none=True)


def moment() -> fields.DateTime:
    return fields.DateTime(required=True, allow_none=True)


class Problem(AnswerSchema):
    """An error (RFC 9457)."""

    type = text(metadata={"description": "A stable code, such as `invalid`, `task-done` or `case-stopped`"})
    title = text()
    status = fields.Integer(required=True)
    detail = text()
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "With 422: every field at once"},
    )


class SkippedDay(AnswerSchema):
    date = fields.Date(required=True)
    reason = text(metadata={"description": "The name of the holiday, with its notice where it is known"})


class PausedSpan(AnswerSchema):
    from_ = fields.Date(required=True, data_key="from")
    to = day()
    ground = maybe()
    article = maybe(metadata={"description": "What says that this clock is paused on that ground"})
    law = maybe(metadata={"description": "The act of that article, where it is another one"})


class ExtendedBy(AnswerSchema):
    on = fields.Date(required=True)
    days = fields.Integer(required=True)
    reason = maybe()


class Count(AnswerSchema):
    """A count of days with its proof: what a stored clock and a preview have in common."""

    rule = maybe()
    title = maybe()
    article = maybe()
    kind = text(validate=validate.OneOf(("statutory", "ordered", "internal")))
    state = text(validate=validate.OneOf(("not_started", "pending", "running", "paused", "met", "missed", "cancelled")))
    certainty = fields.String(
        required=True, allow_none=True, validate=validate.OneOf(("firm", "soft", "provisional", None))
    )
    started_on = day()
    due_on = day()
    due_at = moment()
    unpaused_due_on = day()
    counted = fields.List(fields.Date(), required=True)
    skipped = fields.List(fields.Nested(SkippedDay), required=True)
    pauses = fields.List(fields.Nested(PausedSpan), required=True)
    extensions = fields.List(fields.Nested(ExtendedBy), required=True)
    paragraph = text(metadata={"description": "The explanation in one plain paragraph"})


class LevelShape(AnswerSchema):
    """What one of two levels says of a rule: the jurisdiction's own regulation, or a text above it."""

    level = text(validate=validate.OneOf(("own", "superior")))
    regulation = text()
    counts = fields.Boolean(required=True, metadata={"description": "The one that binds more strictly"})
    value = fields.Raw(required=True, allow_none=True)
    unit = maybe()
    kind = text()
    reason = maybe()
    article = maybe()
    source = maybe()


class DeadlineShape(Count):
    regulation = text(metadata={"description": "The text that gives the number"})
    rank = text(metadata={"description": "Its rank: normative_document, law, administrative_regulation …"})
    levels = fields.List(fields.Nested(LevelShape), required=True)
    id = fields.Integer(required=True)
    case = fields.Integer(required=True)
    late = fields.Boolean(required=True)
    met_on = day()
    ended_on = day()
    days_late = fields.Integer(
        required=True, metadata={"description": "Working days past due; 0 if none, kept for ever"}
    )
    law = maybe()
    rule_version = text()


class TaskShape(AnswerSchema):
    id = fields.Integer(required=True)
    case = fields.Integer(required=True)
    case_number = text()
    key = text(metadata={"description": "The step's id in the diagram"})
    name = text()
    lane = text()
    department = maybe()
    assignee = maybe()
    status = text(validate=validate.OneOf(("open", "done", "cancelled")))
    actions = fields.List(fields.String(), required=True)
    opened_at = moment()
    closed_at = moment()
    due_at = moment()
    due_kind = text(validate=validate.OneOf(("statutory", "ordered", "internal", "none")))
    deadline = fields.Integer(required=True, allow_none=True)
    lamp = text(validate=validate.OneOf(("green", "amber", "red", "none")))


class TaskWithForm(TaskShape):
    form = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "The fields that `complete` takes, as JSON Schema; null once the task is closed"},
    )
    proposal = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "In a negotiation, the last version of its text: version, items, conditions, period_months, "
            "text, hash, signed_by (departments), leaves_out (clauses of the entry's own conditions). It is agreed "
            "when both sides have signed the same version"
        },
    )


class PreviewShape(AnswerSchema):
    says = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "The sentences, in the words of the letter that follows"},
    )


class CaseLine(AnswerSchema):
    id = fields.Integer(required=True)
    number = text()
    procedure = text()
    jurisdiction = text()
    subject = text()
    status = text(validate=validate.OneOf(("open", "closed")))
    outcome = maybe()
    opened_at = moment()
    closed_at = moment()
    due_at = moment()
    lamp = text(validate=validate.OneOf(("green", "amber", "red", "none")))
    rule_version = text()
    diagram_version = text()


class CaseShape(CaseLine):
    data = fields.Dict(required=True)
    entered_by = maybe()
    carried_on = fields.Dict(
        required=True,
        allow_none=True,
        metadata={
            "description": "Opened under a regulation out of force: `by` which document it is carried on, `until`"
        },
    )
    tasks = fields.List(fields.Nested(TaskShape), required=True)
    deadlines = fields.List(fields.Nested(DeadlineShape), required=True)


class OpeningShape(AnswerSchema):
    says = fields.List(
        fields.String(), required=True, metadata={"description": "What to know before: deadlines that would be overdue"}
    )
    deadlines = fields.List(fields.Dict(), required=True)


class EventShape(AnswerSchema):
    seq = fields.Integer(required=True)
    at = moment()
    actor = text(metadata={"description": "A user name; `system` for what a timer did"})
    kind = text()
    detail = fields.Dict(required=True)
    prev_hash = text()
    hash = text()


class GrantShape(AnswerSchema):
    id = fields.Integer(required=True)
    number = text()
    case = fields.Integer(required=True, allow_none=True)
    jurisdiction = text()
    department = text()
    provider = text()
    resource = text()
    items = fields.List(fields.String(), required=True)
    purpose = text()
    mode = text()
    conditions = text()
    agreed_text = text(metadata={"description": "What both sides have signed beside the conditions"})
    valid_from = day()
    valid_until = day()
    state = text(validate=validate.OneOf(("active", "suspended", "revoked", "expired")))
    suspended_at = moment()
    suspended_for = maybe(metadata={"description": "conditional, withheld, items, withdrawn or unpublished"})
    revoked_at = moment()
    reason = maybe()
    basis = fields.Dict(required=True, allow_none=True)
    renews = fields.Integer(required=True, allow_none=True)
    usable = fields.Boolean(required=True)


class VerdictShape(AnswerSchema):
    allowed = fields.Boolean(required=True)
    grant = fields.Integer(required=True, allow_none=True)
    number = maybe()
    reason = text()


class UseShape(AnswerSchema):
    at = moment()
    department = text()
    provider = text()
    resource = text()
    items = fields.List(fields.String(), required=True)
    purpose = maybe()
    grant = maybe(metadata={"description": "The grant's number, or what was named as one"})
    kind = text(validate=validate.OneOf(("fetch", "supply")))
    amount = fields.Integer(required=True, allow_none=True)
    allowed = fields.Boolean(required=True)
    reason = text()
    asked_by = text()


class ItemShape(AnswerSchema):
    code = text()
    name = text()


class ResourceShape(AnswerSchema):
    code = text()
    name = text()
    jurisdiction = text()
    provider = text()
    share_type = text(validate=validate.OneOf(("public", "unconditional", "conditional", "withheld")))
    conditions = text()
    items = fields.List(fields.Nested(ItemShape), required=True)
    sensitive = fields.Boolean(required=True)
    published = fields.Boolean(required=True)
    version = fields.Integer(required=True)
