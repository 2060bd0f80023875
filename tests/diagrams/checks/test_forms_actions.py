"""forms_actions"""

from tests.diagrams.drawing import FORMS, changed, found, small

ACTION = "actions:\n  withdraw: {title: {zh: 撤回, en: Withdraw}, on: [review]}\noutcomes:"
WITH = FORMS.replace("outcomes:", ACTION)


def withdrawable():
    return small().message("withdrawn", "review", "withdraw", interrupting=True).flow("withdrawn", "end_refused")


def test_messages_and_actions_are_the_same():
    assert found("forms_actions", withdrawable(), WITH) == []
    assert found("forms_actions", withdrawable()) == ["withdrawn"]
    assert found("forms_actions", small(), WITH) == ["withdraw"]


def test_an_action_is_offered_where_its_event_is():
    assert found("forms_actions", withdrawable(), WITH.replace("on: [review]", "on: [supplement]")) == ["withdrawn"]
    on_other = changed(
        withdrawable(), 'id="withdrawn" attachedToRef="review"', 'id="withdrawn" attachedToRef="supplement"'
    )
    assert found("forms_actions", on_other, WITH) == ["withdrawn"]


def test_its_lane_is_known():
    assert found("forms_actions", withdrawable(), WITH.replace("on: [review]", "lane: the_king")) == ["withdrawn"]
