from __future__ import annotations
def test_opened(world):
    case = world.apply()
    print(case)
    assert case["status"] == "open"
