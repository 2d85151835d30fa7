"""People: made, changed, archived, deleted and made unrecognisable; one record for all addresses of a person."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from postroom.accounts.models import Company, SecondaryEmail, User
from postroom.accounts.profile import forget_sign_in
from postroom.accounts.shapes import show_person, show_whole_person
from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor, record
from postroom.rules.fields import Fields, Invalid, unknown_name

PERSON_FIELDS = (
    "email",
    "name",
    "role",
    "kind",
    "password",
    "department",
    "location",
    "secondary_emails",
    "company",
    "company_contact",
    "verified",
    "blocked",
    "archived",
)
ANONYMOUS = "Former requester"
_TAKEN = "This address belongs to somebody else."


@transaction.atomic
def save_person(actor: Actor, data: object, instance: User | None = None, *, replace: bool = False) -> User:
    """Make a person of ``data``, or change ``instance``; a password that is left out stays.

    A person who signs in is registered; a guest, who has no account, stays one unless ``kind`` says otherwise. Whoever
    is no technician leaves the technician groups; a new first address is unverified until it is said to be. Raises
    Invalid.
    """
    if instance is not None:
        instance.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    base = instance if instance is not None and not replace else User()
    fields = Fields(data, PERSON_FIELDS)
    before = _audited(instance) if instance is not None else None
    old = before["secondary_emails"] if before is not None else []
    values = _read_person(fields, base, instance)
    password = fields.secret("password")
    secondary = _read_secondary(fields, [] if replace else old, values["email"], instance)
    fields.done()
    person = instance or User()
    if instance is not None and instance.kind != values["kind"] == User.Kind.GUEST:
        forget_sign_in(person)
    for name, value in values.items():
        setattr(person, name, value)
    person.is_active = not (person.blocked or person.archived)
    _set_password(person, password, fresh=instance is None)
    person.save()
    if secondary != old:
        person.secondary_emails.all().delete()
        SecondaryEmail.objects.bulk_create([SecondaryEmail(user=person, email=address) for address in secondary])
    if before is not None and before["technician_groups"] and not person.is_technician:
        person.technician_groups.clear()
    record_save(actor, person, before, _audited(person), {"password"})
    return person


def _set_password(person: User, password: str, *, fresh: bool) -> None:
    if person.kind == User.Kind.GUEST:
        if person.has_usable_password() or fresh:
            person.set_unusable_password()
    elif password and (fresh or not person.check_password(password)):
        person.set_password(password)
    elif fresh:
        person.set_unusable_password()


def _read_person(fields: Fields, base: User, instance: User | None) -> dict[str, Any]:
    email = fields.email("email", base.email or "", required="Enter the mail address.")
    same = instance is not None and instance.email == email
    values: dict[str, Any] = {
        "email": email,
        "name": fields.text("name", base.name) or email[:200],
        "role": fields.choice("role", base.role, ["admin", "technician", "requester"]),
        "kind": fields.choice("kind", instance.kind if instance else base.kind, ["registered", "guest"]),
        "department": fields.text("department", base.department),
        "location": fields.text("location", base.location),
        "company": _read_company(fields, base),
        "company_contact": fields.boolean("company_contact", base.company_contact),
        "verified": fields.boolean("verified", base.verified and same),
        "blocked": fields.boolean("blocked", base.blocked),
        "archived": fields.boolean("archived", base.archived),
    }
    if values["kind"] == User.Kind.GUEST and values["role"] != User.Role.REQUESTER:
        fields.fail("kind", "A guest is a requester.")
    if values["kind"] == User.Kind.GUEST and fields.raw("password"):
        fields.fail("password", "A guest has no account, and so no password.")
    if values["company_contact"] and values["company"] is None:
        fields.fail("company_contact", "Choose the company whose requests this person sees.")
    return values


def _read_secondary(fields: Fields, old: list[str], email: str, instance: User | None) -> list[str]:
    given = fields.emails("secondary_emails", old)
    taken = _taken({*given, email}, instance)
    if email in taken:
        fields.fail("email", _TAKEN)
    for index, address in enumerate(given):
        if address != email and address in taken:
            fields.fail(f"secondary_emails[{index}]", _TAKEN)
    return [address for address in given if address != email]


def _taken(addresses: set[str], instance: User | None) -> set[str]:
    """Those that are somebody else's, first or secondary: one user an address (USR-01)."""
    pk = instance.pk if instance else 0
    wanted = addresses - {""}
    first = User.objects.filter(email__in=wanted).exclude(pk=pk).values_list("email", flat=True)
    second = SecondaryEmail.objects.filter(email__in=wanted).exclude(user=pk).values_list("email", flat=True)
    return {*(address or "" for address in first), *second}


def _audited(person: User) -> dict[str, Any]:
    """``password`` is the hash, which the audit masks."""
    groups = person.technician_groups.values_list("name", flat=True) if person.is_technician else ()
    shown = {**show_whole_person(person), "technician_groups": sorted(groups)}
    return {**shown, "password": person.password} if person.has_usable_password() else shown


def _read_company(fields: Fields, base: User) -> Company | None:
    if not fields.given("company"):
        return base.company
    wanted = fields.text("company")
    company = Company.objects.filter(name__iexact=wanted).first() if wanted else None
    if wanted and company is None:
        fields.fail("company", unknown_name("company", wanted))
    return company


@transaction.atomic
def delete_person(actor: Actor, person: User) -> bool:
    """Delete a person; one who has requests is archived instead, and the answer is False."""
    shown = show_person(person)
    try:
        with transaction.atomic():
            record_delete(actor, person, shown)
            person.delete()
    except ProtectedError:
        save_person(actor, {"archived": True}, person)
        return False
    return True


@transaction.atomic
def anonymise(actor: Actor, person: User) -> User:
    """Take from a requester whatever tells who they are; their requests stay. It cannot be undone.

    Addresses, account, groups, company, department and location go; mail from the addresses is a stranger's from then
    on. The audit keeps that it was done, without what was taken. Raises Invalid for whoever works here.
    """
    person.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    if person.is_technician:
        raise Invalid([("", "Make this person a requester first: their work is signed with their name.")])
    forget_sign_in(person)
    person.secondary_emails.all().delete()
    person.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())
    person.technician_groups.clear()
    person.requester_groups.clear()
    person.email, person.name = None, f"{ANONYMOUS} {person.pk}"
    person.kind, person.company, person.company_contact = User.Kind.GUEST, None, False
    person.department = person.location = person.time_zone = ""
    person.verified, person.archived, person.is_active = False, True, False
    person.last_login = None
    person.set_unusable_password()
    person.save()
    record(actor=actor, action="anonymised", object_=person, name=person.name, changes=[])
    return person
