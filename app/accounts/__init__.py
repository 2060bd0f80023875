"""Departments, accounts, roles: who acts, and how they prove it. What they may do to a case is the cases' policy."""

from app.accounts.actor import SYSTEM, Actor, actor_by_token, actor_by_username
from app.accounts.directory import department, departments, find_department
from app.accounts.loading import (
    Loaded,
    hash_passwords,
    load_accounts,
    load_departments,
    read_accounts,
    read_departments,
)
from app.accounts.models import Account, ApiToken, Department, SignInAttempt, WebSession
from app.accounts.passwords import NO_DEMO, Demo, hash_password, verify_password
from app.accounts.people import (
    account_named,
    accounts,
    create_account,
    create_token,
    revoke_token,
    set_active,
    set_password,
    tokens,
)
from app.accounts.signing_in import (
    Visit,
    actor_by_session,
    choose_language,
    forget_ended,
    open_session,
    sign_in,
    sign_out,
    sign_out_everywhere,
    touch_session,
    visit_by_session,
)

__all__ = [
    "NO_DEMO",
    "SYSTEM",
    "Account",
    "Actor",
    "ApiToken",
    "Demo",
    "Department",
    "Loaded",
    "SignInAttempt",
    "Visit",
    "WebSession",
    "account_named",
    "accounts",
    "actor_by_session",
    "actor_by_token",
    "actor_by_username",
    "choose_language",
    "create_account",
    "create_token",
    "department",
    "departments",
    "find_department",
    "forget_ended",
    "hash_password",
    "hash_passwords",
    "load_accounts",
    "load_departments",
    "open_session",
    "read_accounts",
    "read_departments",
    "revoke_token",
    "set_active",
    "set_password",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "tokens",
    "touch_session",
    "verify_password",
    "visit_by_session",
]
