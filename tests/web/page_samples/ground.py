"""The office of the samples: its departments, its day, its calendar round the Spring Festival of 2026."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from app.deadlines.calendar import Calendar, Day
from app.floor.messages import Text

TODAY = date(2026, 2, 27)
SPRING = Text("春节", "Spring Festival")
NEW_YEAR = Text("元旦", "New Year")
CIVIL = Text("市民政局", "Civil Affairs Bureau")
LABOUR = Text("市人社局", "Human Resources Bureau")
YIMA = Text("义马市", "Yima")
SHARING = Text("有条件共享申请", "Conditional sharing")
MARRIAGE = Text("婚姻登记信息", "Marriage registrations")
HUSBAND = Text("男方姓名", "Husband's name")
WIFE = Text("女方姓名", "Wife's name")
ALLOWANCES = "核定遗属待遇领取资格"
NUMBER = "YM-GX-2026-0037"

MAKEUP = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28)]
NOTICE = "国办发明电〔2025〕7号"
CALENDAR = Calendar(
    [
        *(Day(date(2026, 2, day), False, "holiday", SPRING, NOTICE) for day in range(15, 24)),
        *(Day(date(2026, 1, day), False, "holiday", NEW_YEAR, NOTICE) for day in range(1, 4)),
        *(Day(one, True, "makeup", None, NOTICE) for one in MAKEUP),
        Day(date(2027, 1, 1), False, "estimate", NEW_YEAR, estimated=True),
    ],
    announced_until=date(2026, 12, 31),
    known_until=date(2027, 12, 31),
)


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    """A moment on the office's clock."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)
