"""The only writers of people, companies, groups and tokens by an administrator's hand (SPEC A18)."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from postroom.accounts.models import (
    ApiToken,
    Company,
    CompanyDomain,
    RequesterGroup,
    SecondaryEmail,
    TechnicianGroup,
    User,
)
from postroom.accounts.shapes import show_company, show_group, show_person
from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
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
    "blocked",
    "archived",
)
COMPANY_FIELDS = ("name", "domains")
GROUP_FIELDS = ("name", "members")
TOKEN_PREFIX = "pr_"  # noqa: S105  marks our tokens for secret scanners

AnyGroup = TypeVar("AnyGroup", TechnicianGroup, RequesterGroup)
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*")


@transaction.atomic
def save_person(actor: Actor, data: object, instance: User | None = None, *, replace: bool = False) -> User:
    """Make a person of ``data``, or change ``instance``; a password that is left out stays.

    A person who signs in is registered; a guest stays one unless ``kind`` says otherwise. Raises Invalid.
    """
    base = instance if instance is not None and not replace else User()
    fields = Fields(data, PERSON_FIELDS)
    before = _person_with_password(instance) if instance is not None else None
    values = _read_person(fields, base, instance)
    password = fields.secret("password")
    secondary = _read_secondary(fields, base, values["email"], instance)
    fields.done()
    person = instance or User()
    for name, value in values.items():
        setattr(person, name, value)
    person.is_active = not (person.blocked or person.archived)
    if password and not (instance is not None and person.check_password(password)):
        person.set_password(password)
    elif instance is None:
        person.set_unusable_password()
    person.save()
    if secondary != _secondary(person):
        person.secondary_emails.all().delete()
        SecondaryEmail.objects.bulk_create([SecondaryEmail(user=person, email=address) for address in secondary])
    record_save(actor, person, before, _person_with_password(person), {"password"})
    return person


def _read_person(fields: Fields, base: User, instance: User | None) -> dict[str, Any]:
    email = fields.email("email", base.email or "", required="Enter the mail address.")
    _check_address_free(fields, "email", email, instance)
    values: dict[str, Any] = {
        "email": email,
        "name": fields.text("name", base.name) or email,
        "role": fields.choice("role", base.role, ["admin", "technician", "requester"]),
        "kind": fields.choice("kind", instance.kind if instance else base.kind, ["registered", "guest"]),
        "department": fields.text("department", base.department),
        "location": fields.text("location", base.location),
        "company": _read_company(fields, base),
        "blocked": fields.boolean("blocked", base.blocked),
        "archived": fields.boolean("archived", base.archived),
    }
    if values["kind"] == User.Kind.GUEST and values["role"] != User.Role.REQUESTER:
        fields.fail("kind", "A guest is a requester.")
    return values


def _read_secondary(fields: Fields, base: User, email: str, instance: User | None) -> list[str]:
    addresses = [address for address in fields.emails("secondary_emails", _secondary(base)) if address != email]
    for address in addresses:
        _check_address_free(fields, "secondary_emails", address, instance)
    return addresses


def _secondary(person: User) -> list[str]:
    return list(SecondaryEmail.objects.filter(user_id=person.pk).order_by("pk").values_list("email", flat=True))


def _person_with_password(person: User) -> dict[str, Any]:
    """``password`` is the hash, which the audit masks."""
    shown = {**show_person(person), "archived": person.archived, "secondary_emails": _secondary(person)}
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


def administrators() -> QuerySet[User]:
    """The people who can administer the instance: there must always be one."""
    return User.objects.filter(role=User.Role.ADMIN, kind=User.Kind.REGISTERED, is_active=True)


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
def save_company(actor: Actor, data: object, instance: Company | None = None, *, replace: bool = False) -> Company:
    """Make a company of ``data`` {name, domains}, or change ``instance``. Raises Invalid."""
    base = instance if instance is not None and not replace else Company()
    fields = Fields(data, COMPANY_FIELDS)
    before = show_company(instance) if instance is not None else None
    name = _read_name(fields, base.name, Company, instance, "company")
    old = [] if base.pk is None else [row.domain for row in base.domains.order_by("domain")]
    domains = sorted(fields.texts("domains", old, check=_domain_fault, lower=True, longest=255))
    pk = instance.pk if instance else 0
    for row in CompanyDomain.objects.filter(domain__in=domains).exclude(company=pk).select_related("company"):
        fields.fail("domains", f"{row.domain} belongs to {row.company}.")
    fields.done()
    company = instance or Company()
    company.name = name
    company.save()
    CompanyDomain.objects.filter(company=company).exclude(domain__in=domains).delete()
    known = set(CompanyDomain.objects.filter(company=company).values_list("domain", flat=True))
    CompanyDomain.objects.bulk_create(
        [CompanyDomain(company=company, domain=domain) for domain in domains if domain not in known]
    )
    record_save(actor, company, before, show_company(company))
    return company


def _domain_fault(text: str) -> str:
    return "" if _DOMAIN.fullmatch(text) else "Must be a domain, such as acme.test."


def save_group(
    actor: Actor, data: object, instance: TechnicianGroup | None = None, *, replace: bool = False
) -> TechnicianGroup:
    """Make a technician group of ``data`` {name, members}, members by address. Raises Invalid."""
    return _save_group(actor, TechnicianGroup, data, instance, replace=replace, label="technician group")


def save_requester_group(
    actor: Actor, data: object, instance: RequesterGroup | None = None, *, replace: bool = False
) -> RequesterGroup:
    """Make a requester group of ``data``. Whoever is not known yet becomes a requester. Raises Invalid."""
    return _save_group(actor, RequesterGroup, data, instance, replace=replace, label="requester group")


@transaction.atomic
def _save_group(
    actor: Actor, model: type[AnyGroup], data: object, instance: AnyGroup | None, *, replace: bool, label: str
) -> AnyGroup:
    base = instance if instance is not None and not replace else model()
    fields = Fields(data, GROUP_FIELDS)
    before = show_group(instance) if instance is not None else None
    name = _read_name(fields, base.name, model, instance, label)
    old = show_group(base)["members"] if base.pk is not None else []
    addresses = fields.emails("members", old)
    people = {person.email: person for person in User.objects.filter(email__in=addresses)}
    for index, address in enumerate(addresses):
        if model is TechnicianGroup and address not in people:
            fields.fail(f"members[{index}]", unknown_name("technician", address))
        elif model is TechnicianGroup and not people[address].is_technician:
            fields.fail(f"members[{index}]", f"{address} is not a technician.")
    fields.done()
    for address in addresses:
        if address not in people:
            people[address] = save_person(actor, {"email": address})
    group = instance or model()
    group.name = name
    group.save()
    group.members.set([people[address] for address in addresses])
    record_save(actor, group, before, show_group(group))
    return group


def _read_name(fields: Fields, current: str, model: Any, instance: Any, label: str) -> str:
    name = fields.text("name", current, required="Enter a name.")
    if name and model.objects.filter(name__iexact=name).exclude(pk=instance.pk if instance else 0).exists():
        fields.fail("name", f"There is another {label} of this name.")
    return name


@transaction.atomic
def delete_named(actor: Actor, row: Company | TechnicianGroup | RequesterGroup) -> None:
    """Delete a company or a group. Raises Invalid where a mailbox sets it on its requests."""
    shown = show_company(row) if isinstance(row, Company) else show_group(row)
    try:
        with transaction.atomic():
            record_delete(actor, row, shown)
            row.delete()
    except ProtectedError as error:
        users = ", ".join(sorted({str(user) for user in error.protected_objects}))
        raise Invalid([("", f"{row.name} is used by {users}.")]) from None


@transaction.atomic
def create_token(actor: Actor, name: str, role: str, person: User | None = None) -> str:
    """Make an API token and return it: this once, since only its SHA-256 is stored.

    Without a person it belongs to the service account of this name and role. Raises Invalid for a role that the person
    does not have.
    """
    fields = Fields({"name": name, "role": role}, ["name", "role"])
    name = fields.text("name", required="Enter a name.")
    role = fields.choice("role", "", [User.Role.ADMIN, User.Role.TECHNICIAN])
    if person is not None and not person.is_technician:
        fields.fail("person", "There are no tokens for requesters.")
    elif person is not None and role == User.Role.ADMIN and not person.is_admin:
        fields.fail("role", f"{person} is not an administrator.")
    fields.done()
    owner = person or _service_account(name, role)
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(name=name, digest=digest_of(token), role=role, user=owner)
    record_save(actor, row, None, {"name": name, "role": role, "user": str(owner)})
    return token


def digest_of(token: str) -> str:
    """What is stored of a token: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _service_account(name: str, role: str) -> User:
    account, fresh = User.objects.get_or_create(kind=User.Kind.SERVICE, name=name, role=role, email=None)
    if fresh:
        account.set_unusable_password()
        account.save()
    return account
