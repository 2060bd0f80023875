"""A grant of one department on an entry of another, and what becomes of it: played over the JSON API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.world import World, done

START = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
BASIS = {"kind": "law", "title": "《个人信息保护法》", "article": "34"}
ADVERSE = {"reason": "信息资源已改为不予共享", "basis": BASIS}
everywhere = pytest.mark.parametrize("place", PLACES)


class Story:
    """A grant of renshe on an entry of gongan, and what becomes of it."""

    def __init__(self, world: World, place: str, terms: dict[str, Any] | None = None):
        """`terms`: on what terms it was given, beyond what was asked for."""
        self.world, self.place, self.at = world, place, START
        world.at(START)
        self.code = f"{CODES[place]}-GA-002"
        self.case = self.apply()
        self.answer(self.case, "provider_review", {"decision": "approve", **((terms and {**ADVERSE, **terms}) or {})})
        if place == "yinchuan":
            self.answer(self.case, "bureau_authorise", {"decision": "approve"})
        self.number = self.grant()["number"]

    @classmethod
    def asked(cls, world: World, place: str) -> Story:
        """No more than the application, for a conditional entry."""
        story = cls.__new__(cls)
        story.world, story.place, story.at, story.code = world, place, START, f"{CODES[place]}-GA-002"
        world.at(START)
        story.case = story.apply()
        return story

    @classmethod
    def of_free_data(cls, world: World, place: str) -> Story:
        """A grant on an unconditional entry, which was given at once and by nobody."""
        story = cls.__new__(cls)
        story.world, story.place, story.at, story.code = world, place, START, f"{CODES[place]}-GA-001"
        world.at(START)
        story.case = story.apply()
        story.number = story.grant()["number"]
        return story

    @classmethod
    def of_case(cls, world: World, place: str, code: str, case: Any) -> Story:
        """A grant that this case makes, on an entry of whoever."""
        story = cls.__new__(cls)
        story.world, story.place, story.at, story.code, story.case = world, place, START, code, case
        return story

    def apply(self) -> Any:
        entry = self.entry()
        data = {
            "resource": self.code, "items": [one["code"] for one in entry["items"]][:2], "purpose": "核验身份",
            "scope": "全市", "share_mode": "interface", "legal_duty": "社会救助对象认定",
        }  # fmt: skip
        return self.world.open_case(f"{self.place}.renshe.clerk", "conditional_share", data)

    def entry(self) -> Any:
        found = done(self.world.api("admin").get("/catalogue/resources", q=self.code))["items"]
        return next((one for one in found if one["code"] == self.code), None)

    def grant(self) -> Any:
        [found] = done(self.world.api("admin").get("/grants", case=self.case["id"]))["items"]
        return found

    def answer(self, case: Any, key: str, data: dict[str, Any], status: int = 200) -> Any:
        task = self.world.open_tasks(case["id"])[key]
        return done(
            self.world.api(self.world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data}), status
        )

    def check(self, **more: Any) -> Any:
        asked = {
            "department": "renshe",
            "resource": self.code,
            "items": self.grant()["items"][:1],
            "purpose": "核验身份",
        }
        return done(self.world.api(f"{self.place}.platform").post("/grants/check", {**asked, **more}))

    def change(self, by: str = "gongan", **fields: Any) -> None:
        """An update of the entry by its department, reviewed where that is so."""
        self.later()
        changes = [{"resource": self.code, "action": fields.pop("action", "change"), **fields}]
        begun = {"trigger": "duties", "changed_on": self.at.date().isoformat(), "description": "职责调整"}
        begun |= {"resources": [self.code]}
        case = self.world.open_case(f"{self.place}.{by}.clerk", "catalogue_update", begun)
        self.answer(case, "draft_update", {"changes": changes})
        if review := self.world.open_tasks(case["id"]).get("review_update"):
            who = f"{self.place}.bureau.supervisor" if by == "bureau" else self.world.holder(review)  # a second person
            passed = {"data": {"decision": "pass"}}
            done(self.world.api(who).post(f"/tasks/{review['id']}/complete", passed))

    def withhold(self, by: str = "gongan") -> None:
        self.change(by, share_type="withheld", basis_kind="law", basis_text="《个人信息保护法》第三十四条")

    def later(self, days: int = 1) -> None:
        self.at += timedelta(days=days)
        self.world.at(self.at)
        self.world.tick()

    def review(self) -> Any:
        [found] = done(self.world.api("admin").get("/cases", procedure="grant_review", jurisdiction=self.place))[
            "items"
        ]
        return self.world.case(found["id"])

    def revoke(self, by: str = "gongan.clerk", **more: Any) -> Any:
        body = {"reason": "用途已经终止", "basis": BASIS, **more}
        return self.world.api(f"{self.place}.{by}").post(f"/grants/{self.grant()['id']}/revoke", body)

    def told(self, kind: str = "grant.") -> list[str]:
        return [one["kind"] for one in self.world.events(self.case["id"], kind)]

    def is_sound(self) -> None:
        told = self.world.flask("audit", "verify")
        assert told.exit_code == 0, told.output


def settle_sharing(story: Story, review: Any) -> str:
    """Let the dispute come to its body, which lets it be shared; returns that body."""
    for key in ("negotiate_applicant", "negotiate_provider"):
        if key in story.world.open_tasks(review["id"]):
            story.answer(review, key, {"agreed": False, "position": "不同意"})
    [(key, task)] = story.world.open_tasks(review["id"]).items()
    story.answer(review, key, {"decision": "share", "ground": "履职确需"})
    return str(task["department"])


def contested(story: Story, key: str, **answer: Any) -> Any:
    """The review as it is disputed, its negotiation over; `key` and `answer`: the result that is put down."""
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in story.world.open_tasks(review["id"]):
            story.answer(review, side, {"agreed": False, "position": "不同意"})
    return story.answer(review, key, {"ground": "履职确需", **answer})
