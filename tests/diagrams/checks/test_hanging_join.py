"""hanging_join"""

from tests.diagrams.drawing import Drawing, found


def forked(*, ends=False, merges=False):
    drawing = Drawing().start().parallel("fork").task("one").task("two").end("over", "granted").flow("begin", "fork")
    drawing.flows("fork", "one").flows("fork", "two")
    if merges:
        return drawing.gateway("merge").task("after").flows("one", "merge", "after", "over").flow("two", "merge")
    drawing.parallel("join").flow("join", "over").flow("two", "join")
    if not ends:
        return drawing.flow("one", "join")
    drawing.gateway("way", "on").end("early").flow("one", "way").flow("way", "join", name="on")
    return drawing.flow("way", "early", "application.months > 1")


def test_a_fork_with_its_join_passes():
    assert found("hanging_join", forked()) == []


def test_a_branch_that_may_end_beside_the_join_is_refused():
    assert found("hanging_join", forked(ends=True)) == ["join"]


def test_branches_that_meet_without_a_join_are_refused():
    assert found("hanging_join", forked(merges=True)) == ["fork"]


def test_branches_without_a_join_may_each_end():
    drawing = Drawing().start().parallel("fork").task("one").task("two").end("over", "granted").end("too", "granted")
    drawing.flows("begin", "fork", "one", "over").flows("fork", "two", "too")
    assert found("hanging_join", drawing) == []


def test_a_join_that_nothing_forked_waits_forever():
    drawing = Drawing().start().gateway("way", "on").task("one").task("two").parallel("join").end("over", "granted")
    drawing.flows("begin", "way").flow("way", "one", name="on").flow("way", "two", "application.months > 1")
    assert found("hanging_join", drawing.flows("one", "join", "over").flow("two", "join")) == ["join"]


def test_an_interrupting_timer_may_turn_a_branch_away_from_the_join():
    drawing = (
        forked().timer("lapsed", "one", "deadline('small.reply')", interrupting=True).end("away").flow("lapsed", "away")
    )
    assert found("hanging_join", drawing) == ["join"]
    drawing = forked().timer("lapsed", "one", "deadline('small.reply')", interrupting=True).end("away", terminate=True)
    assert found("hanging_join", drawing.flow("lapsed", "away")) == []


def test_the_path_of_a_reminder_stays_out_of_the_join():
    drawing = forked().timer("soon", "one", "before_deadline('small.reply')").flow("soon", "join")
    assert "soon" in found("hanging_join", drawing)


def test_many_branches_are_judged_quickly():
    drawing = Drawing().start().parallel("fork").parallel("join").end("over", "granted")
    drawing.flow("begin", "fork").flow("join", "over")
    for number in range(12):
        drawing.task(f"one_{number}", rule=None).task(f"two_{number}", rule=None)
        drawing.flows("fork", f"one_{number}", f"two_{number}", "join")
    assert found("hanging_join", drawing) == []
