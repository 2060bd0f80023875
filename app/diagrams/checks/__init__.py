"""One check a file: its name, its page in docs/checks and its test are the same word.

A check module has a `level` and `check(diagram)`, which yields a `Fault` for each thing that is wrong. The more
specific checks stand first, so that the first finding is the one to mend first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, cast

from app.diagrams.checks import (
    bad_expression,
    bad_id,
    bad_message,
    bad_timer,
    call_recursion,
    clashing_types,
    colliding_id,
    cycle_without_wait,
    dangling_flow,
    detached_event,
    doubled_call,
    duplicate_id,
    foreign_content,
    fork_on_cycle,
    forms_actions,
    forms_events,
    forms_expressions,
    forms_words,
    hanging_join,
    ignored_content,
    impossible_value,
    joining_side_path,
    misplaced_condition,
    misplaced_element,
    missing_default,
    missing_end,
    missing_forms,
    missing_outcome,
    missing_shape,
    one_process,
    one_start,
    overlapping_shapes,
    random_walk,
    repeated_message,
    repeating_timer,
    script,
    split_without_gateway,
    task_id,
    task_without_form,
    task_without_lane,
    task_without_rule,
    timer_rule,
    too_big,
    unacted_sender,
    unanswered_fact,
    unbound_lane,
    unboxed_side_task,
    unknown_action,
    unknown_process,
    unknown_rule,
    unreachable_node,
    unsafe_drawing,
    unsafe_text,
    unsupported_element,
)
from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level


class Check(Protocol):
    __name__: str
    level: Level

    def check(self, diagram: Diagram) -> Iterable[Fault]: ...


CHECKS = cast(
    "tuple[Check, ...]",
    (
        # What the file holds
        script,
        unsupported_element,
        foreign_content,
        misplaced_element,
        unsafe_text,
        unsafe_drawing,
        bad_id,
        duplicate_id,
        colliding_id,
        too_big,
        # What is drawn
        call_recursion,
        one_process,
        unknown_process,
        one_start,
        dangling_flow,
        detached_event,
        split_without_gateway,
        fork_on_cycle,
        cycle_without_wait,
        hanging_join,
        doubled_call,
        # What is written
        bad_timer,
        bad_message,
        unknown_action,
        misplaced_condition,
        bad_expression,
        unknown_rule,
        clashing_types,
        # What a published diagram needs
        missing_forms,
        missing_default,
        joining_side_path,
        unboxed_side_task,
        repeated_message,
        repeating_timer,
        unanswered_fact,
        impossible_value,
        task_id,
        task_without_lane,
        task_without_form,
        task_without_rule,
        timer_rule,
        missing_outcome,
        unbound_lane,
        forms_actions,
        forms_events,
        forms_words,
        unacted_sender,
        forms_expressions,
        ignored_content,
        missing_end,
        unreachable_node,
        # What is worth a look
        missing_shape,
        overlapping_shapes,
    ),
)
DECISIVE = cast("Check", too_big)
"""What fails here is not looked at any further, so that the others can take their time over what is small."""

LAST = cast("Check", random_walk)
"""Asked only where nothing else is wrong: it runs the diagram."""


def name_of_check(check: Check) -> str:
    return check.__name__.rpartition(".")[2]
