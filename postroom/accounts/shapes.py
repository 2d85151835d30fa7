"""People, companies and groups as the contract names them: for export, REST and the audit. Never a password."""

from __future__ import annotations

from typing import Any

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User


def show_person(person: User) -> dict[str, Any]:
    """A person by address; ``company`` by name."""
    return {
        "email": person.email,
        "name": person.name,
        "role": person.role,
        "kind": person.kind,
        "department": person.department,
        "location": person.location,
        "secondary_emails": [row.email for row in person.secondary_emails.all()] if person.pk else [],
        "company": person.company.name if person.company else None,
        "blocked": person.blocked,
    }


def show_company(company: Company) -> dict[str, Any]:
    return {"name": company.name, "domains": sorted(row.domain for row in company.domains.all())}


def show_group(group: TechnicianGroup | RequesterGroup) -> dict[str, Any]:
    """A group with its members' addresses."""
    return {"name": group.name, "members": sorted(member.email for member in group.members.all() if member.email)}
