"""People: made, changed, archived, deleted and made unrecognisable; one record for all addresses of a person."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from postroom.accounts.models import Company, SecondaryEmail, User
from postroom.accounts.profile import forget_sign_in
from postroom.accounts.shapes import show_person
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
    values = _read_person(fields, base, instance)
    password = fields.secret("password")
    secondary = _read_secondary(fields, base, values["email"], instance)
    fields.done()
    person = instance or User()
    if instance is not None and instance.kind != values["kind"] == User.Kind.GUEST:
        forget_sign_in(person)
    for name, value in values.items():
        setattr(person, name, value)
    person.is_active = not (person.blocked or person.archived)
    _set_password(person, password, fresh=instance is None)
    person.save()
    if secondary != _secondary(person):
        person.secondary_emails.all().delete()
        SecondaryEmail.objects.bulk_create([SecondaryEmail(user=person, email=address) for address in secondary])
    if not person.is_technician:
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
    _check_address_free(fields, "email", email, instance)
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


def _read_secondary(fields: Fields, base: User, email: str, instance: User | None) -> list[str]:
    given = fields.emails("secondary_emails", _secondary(base))
    for index, address in enumerate(given):
        if address != email:
            _check_address_free(fields, f"secondary_emails[{index}]", address, instance)
    return [address for address in given if address != email]


def _secondary(person: User) -> list[str]:
    return list(SecondaryEmail.objects.filter(user_id=person.pk).order_by("pk").values_list("email", flat=True))


def _audited(person: User) -> dict[str, Any]:
    """``password`` is the hash, which the audit masks."""
    shown = {
        **show_person(person),
        "archived": person.archived,
        "secondary_emails": _secondary(person),
        "technician_groups": sorted(person.technician_groups.values_list("name", flat=True)),
    }
    return {**shown, "password": person.password} if person.has_usable_password() else shown


def _check_address_free(fields: Fields, name: str, email: str, instance: User | None) -> None:
    """One user an address, first or secondary (USR-01)."""
    pk = instance.pk if instance else 0
    taken = User.objects.filter(email=email).exclude(pk=pk).exists()
    if email and (taken or SecondaryEmail.objects.filter(email=email).exclude(user=pk).exists()):
        fields.fail(name, "This address belongs to somebody else.")


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
