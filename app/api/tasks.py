"""Tasks: what waits for the caller, its form, and what can be done with it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response
from marshmallow import fields

from app import entry
from app.api.parsing import MOST_ID, Among, Between, Code, Paged, RequestBody, Sized
from app.api.routes import Routes
from app.api.schemas import PreviewShape, TaskShape, TaskWithForm, page_of
from app.api.serialization import answer, paged
from app.cases.commands import answer_preview, assignment, flow
from app.cases.read import act_preview, api, case_page, transfer_preview
from app.diagrams import forms
from app.entry import ANYONE, access, language, words

routes = Routes("api_tasks", __name__, url_prefix="/api/v1/tasks", description="Tasks 待办")


class TaskFilter(Paged):
    status = fields.String(load_default="open", validate=Among(("open", "done", "cancelled")))
    mine = fields.Boolean(load_default=False, metadata={"description": "Only those that the caller may do"})
    overdue = fields.Boolean()
    case_id = fields.Integer(data_key="case", validate=Between(1, MOST_ID))
    q = fields.String(validate=Sized(200))
    sort = fields.String(load_default="due_at", metadata={"description": "due_at, opened_at; - for descending"})


class Complete(RequestBody):
    data = fields.Dict(required=True, metadata={"description": "The fields of the task's form"})


class Transfer(RequestBody):
    to = Code(required=True, metadata={"description": "The colleague's user name"})


@routes.route("", methods=["GET"])
@access(ANYONE)
@routes.arguments(TaskFilter(), location="query")
@routes.response(200, page_of(TaskShape))
def list_tasks(asked: dict[str, Any]) -> Response:
    """Tasks by due date, those without one last."""
    with entry.reading() as (session, actor):
        return paged(api.tasks(session, actor, **asked))


@routes.route("/<id:task_id>", methods=["GET"])
@access(ANYONE)
@routes.response(200, TaskWithForm)
def read_task(task_id: int) -> Response:
    """A task with the fields that completing it takes."""
    with entry.reading(by_key=True) as (session, actor):
        view, asked = api.task_with_form(session, actor, task_id)
        form = asked and forms.json_schema(asked.form, asked.facts, asked.functions, language())
        return answer(view | {"form": form, "proposal": asked and asked.proposal})


@routes.route("/<id:task_id>/claim", methods=["POST"])
@access(ANYONE)
@routes.response(200, TaskShape)
def claim(task_id: int) -> Response:
    """Take a task of one's department. Claiming twice is no fault."""
    with entry.writing() as (session, actor):
        assignment.claim(session, actor, task_id)
        return answer(api.task(session, actor, task_id))


@routes.route("/<id:task_id>/release", methods=["POST"])
@access(ANYONE)
@routes.response(200, TaskShape)
def release(task_id: int) -> Response:
    """Give a task back to the department."""
    with entry.writing() as (session, actor):
        assignment.release(session, actor, task_id)
        return answer(api.task(session, actor, task_id))


@routes.route("/<id:task_id>/transfer", methods=["POST"])
@access(ANYONE)
@routes.arguments(Transfer())
@routes.response(200, TaskShape)
def transfer(given: dict[str, str], task_id: int) -> Response:
    """Hand a task over to a colleague of the department for good."""
    with entry.writing() as (session, actor):
        assignment.transfer(session, actor, task_id, given["to"])
        return answer(api.task(session, actor, task_id))


@routes.route("/<id:task_id>/preview", methods=["POST"])
@access(ANYONE)
@routes.arguments(Complete())
@routes.response(200, PreviewShape)
def preview(given: dict[str, Any], task_id: int) -> Response:
    """What an answer will say, in the sentences of the letter that follows; where its form foretells nothing, what a
    transfer would take along, what the answer itself would issue and who would be next. Nothing is kept."""
    with entry.reading() as (session, actor):
        task = case_page.work(session, actor, task_id).task
        told = answer_preview.of_task(session, actor, task, given["data"]).lines(language())
    if told:
        return answer({"says": told})
    with entry.writing() as (session, actor):
        task = case_page.work(session, actor, task_id).task
        act = partial(flow.complete_task, session, actor, task_id, given["data"])
        seen = act_preview.of_answer(session, actor, task, act)
        issued = [line for one in seen.letters for line in (words(one.heading), *one.said.lines(language()))]
        ways = [*map(words, seen.ways)]
    with entry.reading() as (session, actor):
        moved = transfer_preview.of_answer(session, actor, task_id, given["data"])
        return answer({"says": [*([words(moved)] if moved else []), *issued, *ways]})


@routes.route("/<id:task_id>/complete", methods=["POST"])
@access(ANYONE)
@routes.arguments(Complete())
@routes.response(200, TaskShape)
def complete(given: dict[str, Any], task_id: int) -> Response:
    """Answer a task. The same person repeating gets the first answer again."""
    with entry.writing(ahead=flow.asked_to_answer(task_id)) as (session, actor):
        task = flow.complete_task(session, actor, task_id, given["data"])
        return answer(api.task_done(session, actor, task))


@routes.route("/<id:task_id>/actions/<string:name>", methods=["POST"])
@access(ANYONE)
@routes.arguments(Complete())
@routes.response(200, TaskShape)
def take_action(given: dict[str, Any], task_id: int, name: str) -> Response:
    """Take an action that the diagram offers on a task (its `actions`): ask for more time, withdraw, and what else a
    procedure draws. The case's own calls for these remain."""
    with entry.writing() as (session, actor):
        flow.take_action(session, actor, task_id, name, given["data"])
        return answer(api.task(session, actor, task_id))
