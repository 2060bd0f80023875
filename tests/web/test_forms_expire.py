"""A form that was opened long ago is not taken any more: its token does not hold for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from itsdangerous import TimestampSigner

Open = Callable[..., Any]
AN_HOUR = 3600
now = TimestampSigner.get_timestamp


@pytest.mark.parametrize(("hours", "taken"), [(11, True), (13, False)])
def test_the_token_of_a_form_holds_for_half_a_day(
    reader: Open, monkeypatch: pytest.MonkeyPatch, hours: int, taken: bool
) -> None:
    one = reader("yima.renshe.clerk")
    [token, *_] = one.gets("/follow").xpath("//input[@name='csrf_token']/@value")
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: now(signer) + hours * AN_HOUR)
    answered = one.sends("/language", {"language": "en", "csrf_token": token}, token=False)
    assert (answered.status_code < 400) is taken
