"""The only writers of people, companies, groups and tokens by an administrator's hand (SPEC A18)."""

from postroom.accounts.services.companies import COMPANY_FIELDS, company_of, place_by_domain, save_company
from postroom.accounts.services.groups import (
    GROUP_FIELDS,
    TECHNICIAN_GROUP_FIELDS,
    change_members,
    save_group,
    save_requester_group,
)
from postroom.accounts.services.guards import LastAdministrator, administrators, leaving_an_administrator
from postroom.accounts.services.merging import merge_people
from postroom.accounts.services.naming import delete_named
from postroom.accounts.services.people import PERSON_FIELDS, anonymise, delete_person, save_person
from postroom.accounts.services.tokens import TOKEN_FIELDS, create_token, digest_of, issue_token, revoke_token
from postroom.accounts.services.versions import still, version_of

__all__ = [
    "COMPANY_FIELDS",
    "GROUP_FIELDS",
    "PERSON_FIELDS",
    "TECHNICIAN_GROUP_FIELDS",
    "TOKEN_FIELDS",
    "LastAdministrator",
    "administrators",
    "anonymise",
    "change_members",
    "company_of",
    "create_token",
    "delete_named",
    "delete_person",
    "digest_of",
    "issue_token",
    "leaving_an_administrator",
    "merge_people",
    "place_by_domain",
    "revoke_token",
    "save_company",
    "save_group",
    "save_person",
    "save_requester_group",
    "still",
    "version_of",
]
