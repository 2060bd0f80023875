"""Passwords: argon2id, and the one rule about the demo's. Nothing here holds a database lock while it computes."""

from __future__ import annotations

from dataclasses import dataclass
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.floor.errors import Invalid
from app.floor.messages import Say, say

SHORTEST, LONGEST = 10, 200

_hasher = PasswordHasher()
_at_once = BoundedSemaphore(4)
"""Each computation takes 64 MiB; more at once would be a way to fill the machine."""
_nobody = _hasher.hash("nobody")
"""Compared when there is no such account, so that the time does not tell."""


@dataclass(frozen=True)
class Demo:
    """The demonstration's password, which everybody knows: printed where it is allowed, refused everywhere else."""

    password: str = "shuliu-demo-2026"  # noqa: S105
    allowed: bool = False


NO_DEMO = Demo()


def password_fault(password: str, username: str, *, demo: Demo = NO_DEMO) -> Say | None:
    """Why this password may not be set, or None."""
    if password == demo.password:
        return None if demo.allowed else say("The password of the demonstration is not allowed here.")
    if not SHORTEST <= len(password) <= LONGEST:
        return say("A password has %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST)
    if username.lower() in password.lower():
        return say("A password must not contain the user name.")
    return None


def hash_password(password: str, username: str, *, demo: Demo = NO_DEMO) -> str:
    """The argon2 hash to store. Takes a tenth of a second: call it before the writing transaction. Raises Invalid."""
    fault = password_fault(password, username, demo=demo)
    if fault is not None:
        raise Invalid({"password": [fault]})
    with _at_once:
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str, *, demo: Demo = NO_DEMO) -> bool:
    """Whether the password is the stored one; takes as long without a stored one. Call it outside a write."""
    with _at_once:
        try:
            right = _hasher.verify(stored or _nobody, password[: LONGEST + 1].encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None and (demo.allowed or password != demo.password)


def renewed_hash(stored: str, password: str) -> str | None:
    """A new hash of a password just verified, when the stored one was made with weaker parameters than today's."""
    if not _hasher.check_needs_rehash(stored):
        return None
    with _at_once:
        return _hasher.hash(password)
