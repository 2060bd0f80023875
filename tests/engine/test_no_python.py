"""Nothing of a diagram runs as Python."""

import sys

from tests.engine.play import SHARE, again, begin, do, refuse_and_dispute, stopped, timer

watched: list[str] = []
watching = False


def _watch(event, args):
    if watching and event in ("exec", "compile", "import", "open", "os.system", "subprocess.Popen"):
        watched.append(event)


def test_no_python_is_compiled_or_run_while_a_case_moves():
    global watching
    begun = begin(*SHARE)  # reads the diagram: its expressions are parsed here, and only here
    do(begun[0], "provider_review", decision="refuse")
    sys.addaudithook(_watch)
    watched.clear()
    watching = True
    try:
        run, _, _ = begin(*SHARE)
        read = list(watched)
        watched.clear()
        refuse_and_dispute(run)
        run = again(run)
        run.fire(timer(run, "dispute_reminder").id)
        do(run, "claimant_position", agreed=False)
        do(run, "respondent_position", agreed=False)
        do(again(run), "coordinate", decision="settle", result="share")
    finally:
        watching = False
    assert watched == []
    assert set(read) <= {"open"}, "only the diagram's own file is opened"


def test_every_way_past_the_closed_language_is_shut():
    run, _, _ = begin(*SHARE)
    engine = run.running.script_engine
    step = run.running.task_tree
    for attempt in (
        lambda: engine.execute(step, "x = 1"),
        lambda: engine.environment.execute("x = 1", {}),
        lambda: engine.environment.evaluate("1", {}),
        lambda: engine.environment.call_service({}, operation_name="x"),
    ):
        assert stopped(attempt).reason == "bad-diagram"
