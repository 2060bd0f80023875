"""Finding catalogue entries, and changing them: each change is a new version, and the old ones stay readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts import Department, directory
from app.accounts.csv_tables import has_hidden
from app.catalogue.checks import CODE, DEFAULTS, FIELDS, Rules, check_entry
from app.catalogue.models import Resource, ResourceVersion
from app.catalogue.open_catalogue import in_open_catalogue, is_open
from app.catalogue.paging import RowPage, SortOrder, page
from app.database import unit_of_work
from app.database.statements import BoundStatement, CompiledStatement, PendingResult
from app.database.transactions import ask
from app.floor import clock
from app.floor.errors import NotFound, Overtaken
from app.floor.messages import Say, in_row, say

ACTIONS = ("add", "change", "withdraw", "transfer")
"""What an update can do to an entry."""
RECEIVERS = ("department", "bureau")
"""Kinds of departments that can hold an entry."""
SORTS = {
    "code": SortOrder(Resource.code, Resource.id),
    "-code": SortOrder(Resource.code, Resource.id, descending=True),
    "name": SortOrder(Resource.name, Resource.id),
    "-name": SortOrder(Resource.name, Resource.id, descending=True),
}


def find(
    session: Session,
    *,
    jurisdiction: str | None = None,
    provider: str | None = None,
    share_type: str | None = None,
    q: str | None = None,
    published: bool | None = None,
    opened: bool = False,
    sort: str = "code",
    after: str | None = None,
    limit: int = 50,
) -> RowPage[Resource]:
    """Entries that are not withdrawn. `provider` is a department's code; `q` is looked for in code and name; `opened`
    leaves those of the open catalogue."""
    asked = [text for text in (jurisdiction, provider, share_type, q) if text]
    if any(has_hidden(text) for text in asked):
        return RowPage([])
    query = select(Resource).where(~Resource.withdrawn)
    if jurisdiction:
        query = query.where(Resource.jurisdiction == jurisdiction)
    if provider:
        query = query.where(Resource.provider_id.in_(select(Department.id).where(Department.code == provider)))
    if share_type:
        query = query.where(Resource.share_type == share_type)
    if published is not None:
        query = query.where(Resource.published == published)
    if opened:
        query = query.where(in_open_catalogue())
    if q and q.strip():
        part = q.strip()[:100]
        query = query.where(
            Resource.code.icontains(part, autoescape=True) | Resource.name.icontains(part, autoescape=True)
        )
    return page(session, query, SORTS.get(sort, SORTS["code"]), after, limit)


_ONE = CompiledStatement(
    unit_of_work.whole(Resource, Department)
    .join_from(Resource, Department)
    .where(Resource.code == bindparam("code"), Resource.jurisdiction == bindparam("jurisdiction"))
)


def all_of(session: Session, jurisdiction: str) -> Sequence[Resource]:
    """The whole catalogue of a jurisdiction, by code, without what was withdrawn."""
    query = select(Resource).where(Resource.jurisdiction == jurisdiction, ~Resource.withdrawn)
    return session.scalars(query.order_by(Resource.code).options(joinedload(Resource.provider))).all()


def provided_by(session: Session, jurisdiction: str, provider: str) -> Sequence[Resource]:
    """All that a department has in the catalogue, by code, without what was withdrawn."""
    owner = select(Department.id).where(Department.jurisdiction == jurisdiction, Department.code == provider)
    query = select(Resource).where(Resource.provider_id == owner.scalar_subquery(), ~Resource.withdrawn)
    return session.scalars(query.order_by(Resource.code)).all()


def names_of(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """What these entries are called, by their codes."""
    query = select(Resource.code, Resource.name).where(Resource.code.in_(codes))
    return dict(session.execute(query).all())


def cited(session: Session, jurisdiction: str, limit: int = 400) -> Sequence[str]:
    """The texts that entries of this jurisdiction rest on, of the first so many."""
    first = (
        select(Resource.basis_text).where(Resource.jurisdiction == jurisdiction).order_by(Resource.code).limit(limit)
    )
    return [text for text in session.scalars(first) if text]


def find_entry(session: Session, jurisdiction: str, code: str) -> Resource | None:
    """The jurisdiction's entry of that code, unless it was withdrawn."""
    [sent] = ask(session, which_entry(jurisdiction, code))
    return found_entry(session, sent)


def which_entry(jurisdiction: str, code: str) -> BoundStatement:
    """What `find_entry` asks, for others to ask it together with more."""
    return BoundStatement(_ONE, {"jurisdiction": jurisdiction, "code": code})


def found_entry(session: Session, sent: PendingResult) -> Resource | None:
    for entry, provider in unit_of_work.pairs(session, (Resource, Department), sent.rows()):
        set_committed_value(entry, "provider", provider)
        return None if entry.withdrawn else entry
    return None


def entry(session: Session, code: str) -> Resource:
    """The entry of that code, a withdrawn one too. Raises NotFound."""
    found = session.scalar(select(Resource).where(Resource.code == code))
    if found is None:
        raise NotFound(say("There is no resource %(code)s.", code=code))
    return found


def item_names(session: Session, code: str) -> dict[str, str]:
    """What the items of an entry are or were called, by their codes: a withdrawn entry keeps its names."""
    snapshots = (one.snapshot for one in versions_of(session, code))
    return {item["code"]: item["name"] for snapshot in snapshots for item in snapshot["items"]}


def versions_of(session: Session, code: str) -> list[ResourceVersion]:
    """All versions of an entry, oldest first."""
    query = select(ResourceVersion).join(Resource, Resource.id == ResourceVersion.resource_id)
    return list(session.scalars(query.where(Resource.code == code).order_by(ResourceVersion.version)))


def content(resource: Resource) -> dict[str, Any]:
    """What of an entry can be changed, as plain values."""
    return {name: getattr(resource, name) for name in FIELDS}


def snapshot(values: Mapping[str, Any], code: str, provider: str, *, withdrawn: bool = False) -> dict[str, Any]:
    """What a version keeps of an entry."""
    return {"code": code, "provider": provider, **{name: values[name] for name in FIELDS}, "withdrawn": withdrawn}


@dataclass
class Published:
    """What a publication has done: the version of each code, which of them the open catalogue holds now, and which it
    holds no longer."""

    versions: dict[str, int] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    """Those that have a new version."""
    withdrawn: list[str] = field(default_factory=list)
    retyped: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Those whose share type is another, with what it was and what it is."""
    transferred: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def check_changes(
    session: Session, jurisdiction: str, changes: Sequence[Mapping[str, Any]], owner_id: int, rules: Rules
) -> list[Say]:
    """All that is wrong with a department's drafted changes `{resource, action: add|change|withdraw|transfer, to?,
    …fields}`."""
    receivers = _receivers(session, jurisdiction, changes, owner_id)
    known = _entries_named(session, [change.get("resource") for change in changes])
    faults: list[Say] = []
    seen: set[str] = set()
    for number, change in enumerate(changes, start=1):
        code = str(change.get("resource"))
        found = known.get(code)
        for column, sentences in _change_faults(
            change, found, jurisdiction, owner_id, rules, code in seen, receivers
        ).items():
            named = {"number": number, "resource": code, "field": column}
            for fault in sentences:
                whole = say("Change %(number)s (%(resource)s), %(field)s: %(fault)s", **named, fault=fault)
                faults.append(in_row(whole, number - 1, column, fault))
        seen.add(code)
    return faults


def _change_faults(
    change: Mapping[str, Any],
    found: Resource | None,
    jurisdiction: str,
    owner_id: int,
    rules: Rules,
    again: bool,
    receivers: Mapping[Any, Sequence[Say]],
) -> dict[str, list[Say]]:
    code, action = change.get("resource"), change.get("action")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        return {"resource": [say("A code of letters, digits, dot, hyphen, underscore or slash is needed here.")]}
    if again:
        return {"resource": [say("Every resource can be changed only once here.")]}
    if action not in ACTIONS:
        return {"action": [say("One of %(codes)s is needed here.", codes=", ".join(ACTIONS))]}
    if action == "add" and found is not None:
        return {"resource": [say("This code is taken.")]}
    own = found is not None and (found.jurisdiction, found.provider_id) == (jurisdiction, owner_id)
    if action != "add" and (found is None or not own or found.withdrawn):
        return {"resource": [say("The department has no such resource in the catalogue.")]}
    given = {name: value for name, value in change.items() if name not in ("resource", "action", "to")}
    unknown = sorted(set(given) - set(FIELDS)) if action != "transfer" else sorted(given)
    if action == "transfer" and not unknown:
        faults = list(receivers.get(_key(change.get("to")), ()))
        return {"to": faults} if faults else {}
    if action != "transfer" and change.get("to") is not None:
        unknown.append("to")
    if unknown or action == "withdraw":
        return {name: [say("This field is not known here.")] for name in unknown}
    if action == "change" and not given:
        return {"action": [say("This changes nothing: give at least one field.")]}
    return check_entry(_merged(found, given), rules)


def _receivers(
    session: Session, jurisdiction: str, changes: Sequence[Mapping[str, Any]], owner_id: int
) -> dict[Any, list[Say]]:
    """What is wrong with each department to which something is to be transferred. One update goes to one department,
    which accepts or refuses it as a whole."""
    named = [change.get("to") for change in changes if change.get("action") == "transfer"]
    faults: dict[Any, list[Say]] = {}
    for code in named:
        card = directory(session).by_code.get((jurisdiction, code)) if isinstance(code, str) else None
        if card is None or card.kind not in RECEIVERS or card.closed_on is not None:
            faults[_key(code)] = [say("Please name the department that takes the entry over.")]
        elif card.id == owner_id:
            faults[code] = [say("The department has this entry already.")]
        elif code != named[0]:
            faults[code] = [say("All transfers of one update go to one department; open another update for the other.")]
    return faults


def _key(value: Any) -> Any:
    return value if isinstance(value, str) else None


def _merged(found: Resource | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The entry as it would be: what it is now, with the given fields; a field given as null is emptied."""
    before = content(found) if found is not None else DEFAULTS
    filled = {name: DEFAULTS[name] if value is None else value for name, value in given.items() if name in FIELDS}
    return {**before, **filled}


def apply_changes(
    session: Session,
    jurisdiction: str,
    changes: Sequence[Mapping[str, Any]],
    actor: str,
    case_id: int | None,
    *,
    owner_id: int,
) -> Published:
    """Publish checked changes of the department `owner_id` as new versions. What changes nothing makes no version.
    Raises Overtaken when the catalogue has moved on since the check."""
    known = _entries_named(session, [change["resource"] for change in changes], lock=True)
    owner = session.get_one(Department, owner_id)
    done = Published()
    for change in changes:
        code, found = change["resource"], known.get(change["resource"])
        _refuse_moved(change["action"], code, found, owner)
        withdrawn, receiver = change["action"] == "withdraw", _receiver(session, change, jurisdiction)
        keeps = change["action"] in ("withdraw", "transfer") and found is not None
        values = content(found) if keeps and found is not None else _merged(found, change)
        if found is None:
            found = Resource(jurisdiction=jurisdiction, code=code, provider=owner, version=0, withdrawn=False)
            session.add(found)
        if found.version == 0 or receiver or (content(found), found.withdrawn) != (values, withdrawn):
            was_open, was = found.version > 0 and is_open(found), found.share_type if found.version else None
            found.provider = receiver or found.provider
            _put_version(session, found, values, withdrawn, actor, case_id)
            if was_open and not is_open(found):
                done.closed.append(code)
            done.changed.append(code)
            done.withdrawn += [code] if withdrawn else []
            done.transferred += [code] if receiver else []
            done.retyped |= {code: (was, found.share_type)} if was not in (None, found.share_type) else {}
        if is_open(found):
            done.opened.append(code)
        done.versions[code] = found.version
    session.flush()
    return done


def _receiver(session: Session, change: Mapping[str, Any], jurisdiction: str) -> Department | None:
    """Who takes the entry over. Raises Overtaken for a department that is no longer there."""
    if change["action"] != "transfer":
        return None
    card = directory(session).by_code.get((jurisdiction, change["to"]))
    if card is None or card.closed_on is not None:
        raise Overtaken(say("There is no department %(code)s any more.", code=change["to"]))
    return session.get_one(Department, card.id)


def hand_over(session: Session, found: Sequence[Resource], receiver_id: int, actor: str) -> list[str]:
    """Other entries than those of an update change hands: each gets a version that names its new provider."""
    receiver = session.get_one(Department, receiver_id)
    for one in found:
        one.provider = receiver
        _put_version(session, one, content(one), False, actor, None)
    return [one.code for one in found]


def _entries_named(session: Session, codes: Sequence[Any], *, lock: bool = False) -> dict[str, Resource]:
    """The entries of these codes, of all jurisdictions; locked in one order, so that two publications do not cross."""
    valid = sorted({code for code in codes if isinstance(code, str) and CODE.fullmatch(code)})
    query = select(Resource).where(Resource.code.in_(valid)).order_by(Resource.id)
    if lock:
        query = query.with_for_update(of=Resource).execution_options(populate_existing=True)
    return {resource.code: resource for resource in session.scalars(query)}


def _refuse_moved(action: str, code: str, found: Resource | None, owner: Department) -> None:
    if action == "add" and found is not None:
        raise Overtaken(say("The code %(code)s has been taken meanwhile.", code=code))
    if action != "add" and (found is None or found.provider_id != owner.id or found.withdrawn):
        told = say(
            "The resource %(code)s is no longer the department's in the catalogue. The draft has to be made anew: "
            "return it, or do not accept.",
            code=code,
        )
        raise Overtaken(told)


def _put_version(
    session: Session, resource: Resource, values: Mapping[str, Any], withdrawn: bool, actor: str, case_id: int | None
) -> None:
    for name in FIELDS:
        setattr(resource, name, values[name])
    resource.withdrawn, resource.version = withdrawn, resource.version + 1
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise Overtaken(say("The code %(code)s has been taken meanwhile.", code=resource.code)) from None
    session.add(
        ResourceVersion(
            resource_id=resource.id,
            version=resource.version,
            snapshot=snapshot(values, resource.code, resource.provider.code, withdrawn=withdrawn),
            case_id=case_id,
            at=clock.now(),
            actor=actor,
        )
    )
