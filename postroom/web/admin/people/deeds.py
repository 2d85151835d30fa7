"""What is done with a person after a question that names what depends on them: convert, block, merge, delete."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from postroom.accounts.models import User
from postroom.accounts.queries import type_of
from postroom.accounts.services import merge_people
from postroom.audit.services import Actor
from postroom.rules.fields import Invalid
from postroom.tickets.dependents import of_person
from postroom.tickets.services.directory import anonymise_person, delete_person, save_person
from postroom.tickets.services.people import users_by_address
from postroom.web.admin.people.listing import back_to_list, list_context, person_or_404
from postroom.web.admin.people.saving import try_to
from postroom.web.http import PortalRequest, actor, administrators_only

Run = Callable[[Actor, User, str], object]


@dataclass(frozen=True, slots=True)
class Deed:
    """A question and what its answer does; ``is_for`` says of whom it can be asked. ``%(name)s`` is the person."""

    title: Any
    lead: Any
    button: Any
    done: Any
    run: Run
    is_for: Callable[[User], bool]
    is_dangerous: bool = False
    asks_for_address: bool = False


def _change(**values: Any) -> Run:
    return lambda who, person, into: save_person(who, values, person)


def _merge(who: Actor, person: User, into: str) -> object:
    address = into.strip().lower()
    other = users_by_address([address]).get(address) if address else None
    if other is None:
        raise Invalid([("into", _("Nobody has this address.") if address else _("Enter the mail address."))])
    return merge_people(who, person, other)


def _delete(who: Actor, person: User, into: str) -> None:
    if any(one.holds for one in of_person(person)):
        raise Invalid([("", _("There are requests of this person meanwhile. Archive or anonymise them instead."))])
    delete_person(who, person)


def _known(person: User) -> bool:
    """Not anonymised: there is somebody behind the record."""
    return person.email is not None


def _free(person: User) -> bool:
    return not any(one.holds for one in of_person(person))


def _is(*types: str) -> Callable[[User], bool]:
    return lambda person: _known(person) and type_of(person) in types and not person.archived


DEEDS: dict[str, Deed] = {
    "make-admin": Deed(
        lazy("Make %(name)s an administrator?"),
        lazy("Administrators see every request and may change everything here, other administrators too."),
        lazy("Make administrator"),
        lazy("%(name)s is an administrator now."),
        _change(role="admin", kind="registered"),
        _is("technician", "requester"),
    ),
    "make-technician": Deed(
        lazy("Make %(name)s a technician?"),
        lazy(
            "Technicians work on the requests of their groups, and on those of no group. They sign in to "
            "the technician portal."
        ),
        lazy("Make technician"),
        lazy("%(name)s is a technician now."),
        _change(role="technician", kind="registered"),
        _is("admin", "requester", "guest"),
    ),
    "make-requester": Deed(
        lazy("Make %(name)s a requester?"),
        lazy(
            "Requesters have an account and see their own requests. Who worked here leaves the "
            "technician groups, gives open requests back, and their API tokens end."
        ),
        lazy("Make requester"),
        lazy("%(name)s is a requester now."),
        _change(role="requester", kind="registered"),
        _is("admin", "technician", "guest"),
    ),
    "make-guest": Deed(
        lazy("Make %(name)s a guest?"),
        lazy("A guest has no account: the password is deleted, and they can only write by mail, if guests may."),
        lazy("Make guest"),
        lazy("%(name)s is a guest now."),
        _change(role="requester", kind="guest"),
        _is("requester"),
    ),
    "block": Deed(
        lazy("Block %(name)s?"),
        lazy(
            "They cannot sign in, and their mail is kept in the log as blocked instead of reaching "
            "requests. Nobody tells them. It can be undone."
        ),
        lazy("Block"),
        lazy("%(name)s is blocked."),
        _change(blocked=True),
        lambda person: _known(person) and not person.blocked,
        is_dangerous=True,
    ),
    "unblock": Deed(
        lazy("Unblock %(name)s?"),
        lazy("They may sign in and write again. What was blocked meanwhile can be released under Incoming mail."),
        lazy("Unblock"),
        lazy("%(name)s is not blocked any more."),
        _change(blocked=False),
        lambda person: _known(person) and person.blocked,
    ),
    "archive": Deed(
        lazy("Archive %(name)s?"),
        lazy(
            "They leave the lists and cannot sign in, and their mail is blocked. Their requests stay; "
            "those assigned to them are given back. It can be undone."
        ),
        lazy("Archive"),
        lazy("%(name)s is archived."),
        _change(archived=True),
        lambda person: not person.archived,
        is_dangerous=True,
    ),
    "restore": Deed(
        lazy("Restore %(name)s?"),
        lazy("They are listed again and may sign in and write, unless they are blocked."),
        lazy("Restore"),
        lazy("%(name)s is restored."),
        _change(archived=False),
        lambda person: _known(person) and person.archived,
    ),
    "merge": Deed(
        lazy("Merge %(name)s into somebody else?"),
        lazy(
            "For two records of one person. Requests, conversations, groups and addresses move to the "
            "other one, who keeps their own name, type and password. This cannot be undone."
        ),
        lazy("Merge"),
        lazy("%(name)s is merged."),
        _merge,
        lambda person: _known(person) and not person.is_technician,
        is_dangerous=True,
        asks_for_address=True,
    ),
    "anonymise": Deed(
        lazy("Anonymise %(name)s?"),
        lazy(
            "Name, addresses, account and groups are deleted, here and in what they wrote in their own "
            "requests. The requests and the words in them stay; the mail log goes on as set under "
            "Limits. This cannot be undone."
        ),
        lazy("Anonymise"),
        lazy("%(name)s is anonymised."),
        lambda who, person, into: anonymise_person(who, person),
        lambda person: _known(person) and not person.is_technician,
        is_dangerous=True,
    ),
    "delete": Deed(
        lazy("Delete %(name)s?"),
        lazy("The record is gone, with its addresses, its password and its API tokens. This cannot be undone."),
        lazy("Delete"),
        lazy("%(name)s is deleted."),
        _delete,
        _free,
        is_dangerous=True,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def deed(request: PortalRequest, pk: int, deed: str) -> HttpResponse:
    """Ask, naming what depends on the person; then do it and go back to the list."""
    person, wanted = person_or_404(pk), DEEDS.get(deed)
    if wanted is None:
        raise Http404
    if not wanted.is_for(person):
        messages.error(request, _("That cannot be done with %(name)s as they are now.") % {"name": person})
        return redirect("person", pk)
    if request.method != "POST":
        return _question(request, person, deed, wanted)
    who, name, into = actor(request), str(person), request.POST.get("into", "")
    errors = try_to(lambda: wanted.run(who, person, into))
    if errors:
        return _question(request, person_or_404(pk), deed, wanted, errors)
    messages.success(request, str(wanted.done) % {"name": name})
    return redirect(back_to_list(request))


def _question(
    request: PortalRequest, person: User, key: str, wanted: Deed, errors: dict[str, str] | None = None
) -> HttpResponse:
    context = {
        **list_context(request),
        "panel": "question",
        "person": person,
        "deed": key,
        "title": str(wanted.title) % {"name": person},
        "wanted": wanted,
        "dependents": of_person(person),
        "into": request.POST.get("into", ""),
        "errors": {"": errors["role"], **errors} if errors and "role" in errors else errors or {},
    }
    return render(request, "admin/people/people.html", context, status=422 if errors else 200)


def deeds_for(person: User) -> list[tuple[str, Any, bool]]:
    """What can be done with a person: (key, label, whether it is dangerous)."""
    return [(key, one.button, one.is_dangerous) for key, one in DEEDS.items() if one.is_for(person)]
