"""A state under other ids is the same case: a copy goes on where the original stands."""

from uuid import uuid4

import pytest

from app.engine.run import Run
from app.engine.serializer import renamed
from tests.engine.play import SHARE, begin, do, elements


def known(run):
    return {each.id: each.element for each in (*run.tasks(), *run.timers())}


def test_a_renamed_state_goes_on_under_the_new_ids():
    run, host, _ = begin(*SHARE)
    do(run, "provider_review", decision="refuse")
    ids = {old: str(uuid4()) for old in known(run)}
    copy = Run.restore(renamed(run.save(), ids), host, run.facts)
    assert known(copy) == {ids[old]: element for old, element in known(run).items()}
    do(run, "answer_refusal", accept=False)
    do(copy, "answer_refusal", accept=False)
    assert elements(copy.tasks()) == elements(run.tasks())


def test_a_state_is_not_renamed_by_halves():
    run, _, _ = begin(*SHARE)
    ids = {each.id: str(uuid4()) for each in run.tasks()}
    with pytest.raises(KeyError):
        renamed(run.save(), ids)
