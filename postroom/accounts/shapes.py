"""People, companies and groups as the contract names them: for export, REST and the audit. Never a password."""

from __future__ import annotations

from typing import Any

from postroom.accounts.models import ApiToken, Company, RequesterGroup, TechnicianGroup, User


def show_person(person: User) -> dict[str, Any]:
    """A person by address; ``company`` by name."""
    return {
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "kind": person.kind,
        "department": person.department,
        "location": person.location,
        "secondary_emails": _secondary_emails(person),
        "company": person.company.name if person.company else None,
        "company_contact": person.company_contact,
        "verified": person.verified,
        "blocked": person.blocked,
    }


def _secondary_emails(person: User) -> list[str]:
    """In the order in which they were given."""
    rows = person.secondary_emails.all() if person.pk else ()
    return [row.email for row in sorted(rows, key=lambda row: row.pk)]


def show_whole_person(person: User) -> dict[str, Any]:
    """A person with what the configuration file leaves out."""
    return {**show_person(person), "archived": person.archived}


def show_company(company: Company) -> dict[str, Any]:
    return {"name": company.name, "domains": sorted(row.domain for row in company.domains.all())}


def show_group(group: TechnicianGroup | RequesterGroup) -> dict[str, Any]:
    """A group with its members' addresses; a technician group with the names of the companies that it serves."""
    shown = {"name": group.name, "members": sorted(member.email for member in group.members.all() if member.email)}
    if isinstance(group, TechnicianGroup):
        shown["companies"] = sorted(company.name for company in group.companies.all()) if group.pk else []
    return shown


def show_token(token: ApiToken) -> dict[str, Any]:
    """A token without what it opens; ``person`` is an address, null for a service account. Needs its owner loaded."""
    return {
        "name": token.name,
        "role": token.role,
        "person": token.user.email,
        "created_at": token.created_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }
