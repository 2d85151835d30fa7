"""Companies of a managed services provider, and the mail domains that belong to them (USR-01)."""

from __future__ import annotations

import re

from django.db import connection, transaction

from postroom.accounts.models import Company, CompanyDomain
from postroom.accounts.services.naming import read_name
from postroom.accounts.shapes import show_company
from postroom.audit.changes import record_save
from postroom.audit.services import Actor
from postroom.rules.fields import Fields

COMPANY_FIELDS = ("name", "domains")
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)*")
# Whoever was given a company by hand keeps it.
_PLACE = """
    UPDATE accounts_user SET company_id = mapped.company_id FROM accounts_companydomain AS mapped
    WHERE accounts_user.company_id IS NULL AND accounts_user.kind <> 'service'
      AND split_part(accounts_user.email, '@', 2) = mapped.domain
"""


@transaction.atomic
def save_company(actor: Actor, data: object, instance: Company | None = None, *, replace: bool = False) -> Company:
    """Make a company of ``data`` {name, domains}, or change ``instance``. Raises Invalid."""
    base = instance if instance is not None and not replace else Company()
    fields = Fields(data, COMPANY_FIELDS)
    before = show_company(instance) if instance is not None else None
    name = read_name(fields, base.name, Company, instance, "company")
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
    company = Company.objects.get(pk=company.pk)
    record_save(actor, company, before, show_company(company))
    return company


def place_by_domain() -> int:
    """Give everybody without a company the one that the domain of their address belongs to. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE)
        return int(cursor.rowcount)


def company_of(address: str) -> Company | None:
    """The company that the domain of a mail address belongs to."""
    return Company.objects.filter(domains__domain=address.strip().lower().rpartition("@")[2]).first()


def _domain_fault(text: str) -> str:
    return "" if _DOMAIN.fullmatch(text) else "Must be a domain, such as acme.test."
