"""Drop the finished steps of a running case that nothing in the engine can look at again.

The engine keeps every step that ever ran, walks all of them at each move, and loses sight of the open ones below a
thousand levels. What must stay, because the engine's own code looks back at it: the root; every unfinished step with
its parent; above it the nearest split of boundary events with that split's children; each gateway join with its
parent (a join asks which of its inputs are done). Everything else goes, and survivors hang on the nearest ancestor
that was kept. Only public properties of the engine are used.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState


def trim(workflow: Any) -> None:
    """Trim a workflow at rest and all that runs inside it, in place."""
    for task_id in [k for k, inner in workflow.subprocesses.items() if inner.completed]:
        del workflow.subprocesses[task_id]
    for one in (workflow, *workflow.subprocesses.values()):
        _trim_one(one)


def _trim_one(workflow: Any) -> None:
    tasks: dict[str, Task] = workflow.tasks
    kept = _kept(workflow)
    if len(kept) == len(tasks):
        return
    children: dict[str, list[Task]] = {task_id: [] for task_id in kept}
    parents: dict[str, Task] = {}
    for task_id, task in tasks.items():
        if task_id in kept and task is not workflow.task_tree:
            above = task.parent
            while above.id not in kept:
                above = above.parent
            parents[task_id] = above
            children[above.id].append(task)
    for task_id in [each for each in tasks if each not in kept]:
        del tasks[task_id]
    for task_id, task in tasks.items():
        task.children = children[task_id]
        if task_id in parents:
            task.parent = parents[task_id]


def _kept(workflow: Any) -> set[str]:
    kept, splits = {workflow.task_tree.id}, set()
    for task in workflow.tasks.values():
        live = not task.has_state(TaskState.FINISHED_MASK)
        if not live and not isinstance(task.task_spec, UnstructuredJoin):
            continue
        kept.add(task.id)
        above = task.parent
        if above is not None:
            kept.add(above.id)
        while live and above is not None:
            if isinstance(above.task_spec, BoundaryEventSplit):
                if above.id not in splits:  # all its children come by
                    splits.add(above.id)
                    kept.update([above.id, *(child.id for child in above.children)])
                break
            above = above.parent
    return kept
