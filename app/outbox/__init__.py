"""All that leaves: notices, letters, pushes upstream. Written together with what they tell, sent by the worker."""

from app.outbox.delivery import Delivered, NoAddress, Parcel, deliver
from app.outbox.letters import Wording, issue_letter, letter_by_number, letters_of, no_letter
from app.outbox.messages import (
    count_by_state,
    count_unread,
    mark_read,
    notices_for,
    put,
    put_all,
    retry,
    retry_failed,
    undelivered,
)
from app.outbox.models import Counter, Letter, OutboxMessage
from app.outbox.numbers import next_number, number_and_key
from app.outbox.push import Push, Target, targets_from

__all__ = [
    "Counter",
    "Delivered",
    "Letter",
    "NoAddress",
    "OutboxMessage",
    "Parcel",
    "Push",
    "Target",
    "Wording",
    "count_by_state",
    "count_unread",
    "deliver",
    "issue_letter",
    "letter_by_number",
    "letters_of",
    "mark_read",
    "next_number",
    "no_letter",
    "notices_for",
    "number_and_key",
    "put",
    "put_all",
    "retry",
    "retry_failed",
    "targets_from",
    "undelivered",
]
