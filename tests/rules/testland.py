"""A small regulation with one key of each type, and what its faults are compared with."""

from __future__ import annotations

from app.floor.messages import Say, say
from tests.rules.declared import keys

DECLARED = {
    "share": keys(
        """
        days share.reply
        days share.rework
        switch share.strict
        """
    ),
    "dispute": keys(
        """
        choice dispute.path short long
        choices dispute.modes interface file batch
        number dispute.extension
        text dispute.use
        months dispute.kept
        ladder ladder.sharing
        """
    ),
    "spare": keys("days spare.reply"),
}

MINIMAL = """\
jurisdiction: testland
title: {zh: 测试市, en: Testland}
number_code: TS
level: city
regulation:
  title: {zh: 测试办法, en: Test measures}
  in_force: {from: 2020-01-01, until: null, article: "30"}
bureau: {department: bureau, title: {zh: 主管局, en: Bureau}, article: "6"}
bodies:
  government: {title: {zh: 政府, en: Government}, level: county, article: "5"}
conventions:
  due_at: midnight
grounds:
  supplement: {title: {zh: 补正, en: Supplements}, internal: true, statutory: false, kind: convention}
procedures:
  share: share
  dispute: dispute
rules:
  share.reply:
    - statutory: 5
      article: "15"
  share.rework:
    - {internal: 3, reason: silent}
  share.strict:
    - {convention: true}
  dispute.path:
    - {statutory: long, article: ["15", "4(2)"]}
  dispute.modes:
    - {statutory: [interface, file], article: 15}
  dispute.extension:
    - {convention: 0}
  dispute.use:
    - {convention: {zh: 照办, en: As told}}
  dispute.kept:
    - {statutory: 6, article: "27", remind: 5}
  ladder.sharing:
    - statutory:
        - {body: bureau, verb: coordinate}
        - {body: government, verb: decide, only_if: involves('province'), article: "16"}
      article: "16"
further:
  log.kept: {value: null, reason: silent}
slips:
  - {article: "51", note: {zh: 误, en: A slip}}
"""


def check_condition(source: str) -> list[Say]:
    """Stands for the expression language of the engine, which the loader is given from outside."""
    return [say("cannot be read")] if "(" in source and ")" not in source else []


def line_of(text: str, part: str) -> int:
    """The line on which that part of the text first stands."""
    return text[: text.index(part)].count("\n") + 1
