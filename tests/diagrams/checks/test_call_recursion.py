"""call_recursion"""

from tests.diagrams.drawing import Drawing, called, found


def calling(process, other, call):
    return (
        Drawing(process)
        .start(f"{process}_s")
        .call(call, other)
        .end(f"{process}_e", "granted")
        .flows(f"{process}_s", call, f"{process}_e")
    )


def test_a_process_does_not_call_itself():
    assert found("call_recursion", calling("small", "small", "again"), None) == ["again"]


def test_not_through_others_either():
    library = called(calling("other", "third", "onward")) | called(calling("third", "small", "back"))
    assert found("call_recursion", calling("small", "other", "away"), None, library) == ["away"]


def test_a_chain_of_calls_passes():
    library = called(calling("other", "third", "onward")) | called(
        Drawing("third").start("s").end("e", "granted").flows("s", "e")
    )
    assert found("call_recursion", calling("small", "other", "away"), None, library) == []
