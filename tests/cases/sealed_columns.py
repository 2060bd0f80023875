"""What the history proves of each table, and why not the rest: every column of every model stands in one of the two."""

from __future__ import annotations

from collections.abc import Mapping

KEY = "a key of the database, which decides nothing"
NAME = "what somebody is called decides nothing; what was issued keeps its own"
NOTED = "noted beside; the link that tells of it has it, too"
FOLLOWS = "follows from what is sealed, and is written anew with the next step"
SECRET = "a digest that no line of the history repeats"
WATCHED = "whom it was told when stands in lines of its own; a clock that nobody watches is found"
ANSWERS = "the answers that it comes from are sealed"

SEALED: Mapping[str, tuple[str, ...]] = {
    "account": ("id", "username", "roles", "department_id", "active"),
    "case": (
        "id", "number", "jurisdiction", "procedure", "bundle", "diagram_version", "rule_version", "subject", "status",
        "outcome", "occurred_at", "opened_at", "closed_at", "opened_by", "resource", "lanes", "grant_id",
        "history_seq", "history_hash",
    ),
    "clock_entry": ("deadline_id", "seq", "kind", "on", "at", "days", "ground", "reason", "actor"),
    "counter": ("name", "value"),
    "deadline": (
        "id", "case_id", "rule", "kind", "length", "unit", "article", "law", "reason", "remind", "repeats", "state",
        "started_on", "due_on", "due_at", "unpaused_due_on", "certainty", "late", "met_on", "ended_on", "rule_version",
        "owed_by_id", "owed_role",
    ),
    "department": ("id", "jurisdiction", "code", "level", "area", "kind", "closed_on", "successor"),
    "history_event": ("stream", "seq", "at", "actor", "kind", "detail", "prev_hash", "hash"),
    "ledger": ("name", "history_seq", "history_hash"),
    "letter": (
        "case_id", "number", "template", "title_zh", "title_en", "body", "issued_at", "text", "receiver_zh",
        "receiver_en", "issuer_zh", "issuer_en", "signatory", "regulation_zh", "regulation_en", "article",
        "received_on", "due_on", "due_kind", "frozen_at",
    ),
    "regulation_extension": ("until", "ground", "jurisdiction", "recorded_by", "added_in", "ended_in"),
    "resource_use": (
        "id", "at", "jurisdiction", "department", "provider", "resource", "items", "purpose", "grant_number", "kind",
        "amount", "allowed", "reason", "asked_by",
    ),
    "responsibility_edition": ("jurisdiction", "number", "made_at", "made_by", "case_id", "lines"),
    "responsibility_line": (
        "jurisdiction", "resource", "resource_name", "item", "item_name", "department", "department_name", "since",
        "until",
    ),
    "rule_pack": ("jurisdiction", "hash", "text", "declared", "current", "edition"),
    "rule_proposal": (
        "id", "jurisdiction", "key", "what", "value", "superior", "article", "open_article", "source", "from_on",
        "state", "proposed_at", "proposed_by", "decided_by",
    ),
    "setting": ("name", "value"),
    "share_grant": (
        "number", "case_id", "jurisdiction", "department_id", "resource_id", "resource_version", "items", "purpose",
        "purpose_key", "mode", "conditions", "valid_from", "valid_until", "state", "share_type", "suspended_at",
        "suspended_for", "revoked_at", "revoked_by", "reason", "basis", "decided_by_id", "renews_id", "agreed_text",
    ),
    "superior_text": ("code", "hash", "text", "current"),
    "target_override": (
        "key", "value", "statutory", "source", "from_on", "jurisdiction", "added_in", "ended_in",
    ),
    "task": (
        "id", "case_id", "key", "origin", "lane", "department_id", "role", "status", "opened_at", "closed_at",
        "closed_by_id", "answer",
    ),
}  # fmt: skip

UNSEALED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "account": {NAME: ("name",), SECRET: ("password_hash",), NOTED: ("created_at",)},
    "case": {
        FOLLOWS: ("number_order", "due_at", "state", "version"),
        SECRET: ("receipt", "request_hash", "idempotency_key"),
        ANSWERS: ("facts",),
    },
    "deadline": {
        WATCHED: ("watch_at", "reminded_for", "overdue_for", "watch_attempts"),
        "the working calendar is not sealed; the days counted are proved one by one": ("calendar_version",),
    },
    "department": {NAME: ("name_zh", "name_en")},
    "letter": {KEY: ("id",)},
    "regulation_extension": {KEY: ("id",), NOTED: ("recorded_at", "ended_at")},
    "responsibility_edition": {KEY: ("id",)},
    "responsibility_line": {KEY: ("id",), "the code beside it is sealed": ("department_id",)},
    "rule_pack": {KEY: ("id",), NOTED: ("file", "loaded_at", "loaded_by"), FOLLOWS: ("changes",)},
    "rule_proposal": {NOTED: ("decided_at",)},
    "share_grant": {KEY: ("id",), "whom it was told stands in the outbox": ("warned_on",)},
    "superior_text": {KEY: ("id",), NOTED: ("file", "loaded_at", "loaded_by")},
    "target_override": {KEY: ("id",), NOTED: ("recorded_at", "recorded_by", "ended_at")},
    "task": {
        "the drawing, which is not sealed, says it": ("process", "side_kind", "parent_id", "blocking", "actions"),
        "who holds a task, and which date it shows, is not sealed": (
            "assignee_id", "deadline_id", "due_at", "due_kind",
        ),
        "that of the case is sealed": ("jurisdiction",),
        KEY: ("engine_id",),
    },
}  # fmt: skip

UNSEALED_TABLES: Mapping[str, str] = {
    "api_token": SECRET,
    "calendar_day": "the working calendar is not sealed",
    "calendar_version": "the working calendar is not sealed",
    "diagram_bundle": "drawings are kept by their content, of which a case seals the digest",
    "diagram_version": "drawings are kept by their content, of which a case seals the digest",
    "incident": "the fault of a step that did not happen",
    "outbox_message": "what waits to be sent",
    "party": "who may see a case is not sealed",
    "resource": "the catalogue is not sealed",
    "resource_version": "the catalogue is not sealed",
    "sign_in_attempt": "failed sign-ins, kept for as long as they count",
    "timer": "timers follow from the drawing and the clocks",
    "web_session": SECRET,
}

NAMED: Mapping[str, str] = {
    "account": "accounts: ",
    "case": "case:YM-GX-2026-000",
    "clock_entry": "case:YM-JH-2026-0001: its clocks are not as they were told",
    "counter": "numbers were given out for case:",
    "deadline": "case:YM-JH-2026-0001: its clocks are not as they were told",
    "department": "accounts: |case:.*: not as it was told: department minzheng",
    "history_event": "case:YM-GX-2026-0001 #",
    "ledger": "^account",
    "letter": "case:YM-GX-2026-0001: not as it was told: YM-WS-2026-0000",
    "regulation_extension": "rules:[a-z]+: what was entered for edition",
    "resource_use": "lines 1 to 2 of the log of uses are not as they were sealed",
    "responsibility_edition": "responsibility:yunyang: not as it was told: edition",
    "responsibility_line": "responsibility:yunyang: not as it was told: edition",
    "rule_pack": "rules:[a-z]+: the pack",
    "rule_proposal": "rules:yima: its proposals are not as they were told",
    "setting": "rules:[a-z]+: the ",
    "share_grant": "case:YM-GX-2026-0001: not as it was told: YM-GX-2026-0001-SQ",
    "superior_text": "superior:order_809: ",
    "target_override": "rules:yima: what was entered for edition",
    "task": "case:YM-GX-2026-0001: not as it was told: task ",
}
"""How the finding names a forged row, as a pattern."""
