"""The only writer of incoming servers (SPEC A11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from postroom.accounts.models import Company, TechnicianGroup
from postroom.audit.services import Actor
from postroom.channels.models import AliasRoute, IncomingServer, OutgoingServer, RetiredAddress
from postroom.channels.queries import mailbox_addresses
from postroom.channels.services.changing import changing
from postroom.channels.services.primary import read_primary
from postroom.channels.services.reading import address_fault, domain_fault, is_loopback, read_reference
from postroom.channels.services.servers import SHARED_FIELDS, check_deletable, current, delete, read_server, store
from postroom.channels.shapes import show_alias_route
from postroom.rules.fields import Fields

INCOMING_FIELDS = (
    *SHARED_FIELDS,
    "aliases",
    "alias_routes",
    "folder",
    "start",
    "after",
    "poll_seconds",
    "plus_addressing",
    "accept_automated",
    "technician_group",
    "category",
    "company",
    "outgoing_server",
    "filter",
)
RETIRED_FOR = timedelta(days=90)
_LONGEST_POLL = 86_400
_LONGEST_DAYS = 36_500


def save_incoming_server(
    actor: Actor,
    data: object,
    instance: IncomingServer | None = None,
    *,
    replace: bool = False,
    settle: bool = True,
    elsewhere: bool = False,
) -> IncomingServer:
    """Make an incoming server of ``data`` (CONTRACT: Configuration file), or change ``instance``.

    What is left out stays, or with ``replace`` goes back to its default; a secret that is left out always stays.
    Without ``settle`` neither primary nor racing mailboxes are looked at: the caller does so at the end of several
    changes, by ``settle_primary`` and ``racing_server``. ``elsewhere``: the files that it names need not be
    on this host. Raises Invalid.
    """
    with changing():
        stored = current(IncomingServer, instance)
        base = stored if stored is not None and not replace else IncomingServer(security="ssl")
        fields = Fields(data, INCOMING_FIELDS)
        values, refresh_token = read_server(fields, base, stored, ["imap", "pop3", "mapi"], elsewhere=elsewhere)
        values |= _read_reading(fields, base, values["protocol"])
        values |= _read_request_defaults(fields, base)
        values["routes"] = _read_routes(fields, base, values["aliases"])
        values |= _read_filter(fields, base)
        values["primary"] = read_primary(fields, IncomingServer, stored, enabled=values["enabled"], settle=settle)
        server = current(IncomingServer, stored) or IncomingServer()
        if settle and not fields.errors:
            other = racing_server(_preview(server, values))
            if other is not None:
                fields.fail("host", racing_message(other))
        fields.done()
        routes = values["routes"]
        saved = store(actor, server, stored, values, refresh_token)
        _store_routes(saved, routes)
        return saved


def _preview(server: IncomingServer, values: dict[str, Any]) -> IncomingServer:
    return IncomingServer(
        pk=server.pk,
        **{name: values[name] for name in ("provider", "protocol", "host", "port", "email", "enabled")},
        username=values.get("username", server.username),
    )


def _read_reading(fields: Fields, base: IncomingServer, protocol: str) -> dict[str, Any]:
    """How the mailbox is read."""
    folder = fields.text("folder", base.folder, longest=255) or "INBOX"
    after = _read_after(fields, base, protocol)
    if after["after"] == "move" and _folder_key(after["after_folder"]) == _folder_key(folder):
        # A mail that is moved gets a new UID, even where it was: it would be fetched again and again.
        fields.fail("after.move", "Choose another folder than the one that is read.")
    return {
        "aliases": fields.emails("aliases", base.aliases),
        "folder": folder,
        "start": fields.choice("start", base.start, ["now", "all"]),
        "poll_seconds": fields.integer("poll_seconds", base.poll_seconds, low=1, high=_LONGEST_POLL),
        "plus_addressing": fields.boolean("plus_addressing", base.plus_addressing),
        "accept_automated": fields.boolean("accept_automated", base.accept_automated),
        **after,
    }


def _folder_key(folder: str) -> str:
    """Of all folders INBOX alone is the same in any case (RFC 3501, 5.1)."""
    return "INBOX" if folder.upper() == "INBOX" else folder


def _read_after(fields: Fields, base: IncomingServer, protocol: str) -> dict[str, Any]:
    """What the server is told about a mail that is kept. POP3 has no flags and no folders (R23)."""
    pop3 = protocol == "pop3"
    words = ["mark_seen", "keep", "delete"]
    after, folder, days = base.after, base.after_folder, base.after_days
    if isinstance(fields.raw("after"), dict):
        nested = fields.nested("after", ["delete_after_days"] if pop3 else ["move"])
        if nested is not None and pop3:
            after, folder = "delete_after_days", ""
            days = nested.integer("delete_after_days", 0, low=1, high=_LONGEST_DAYS)
        elif nested is not None:
            after, days = "move", None
            folder = nested.text("move", required="Enter the folder.", longest=255)
    elif fields.given("after"):
        after, folder, days = fields.choice("after", "keep" if pop3 else "mark_seen", words), "", None
    if pop3 and after in ("mark_seen", "move"):
        after, folder = "keep", ""
    if not pop3 and after == "delete_after_days":
        after, days = "keep", None
    return {"after": after, "after_folder": folder, "after_days": days}


def _read_request_defaults(fields: Fields, base: IncomingServer) -> dict[str, Any]:
    """What requests from this mailbox begin with (INC-02), and the server that their answers leave by (INC-12)."""
    return {
        "technician_group": read_reference(
            fields, "technician_group", TechnicianGroup.objects.all(), base.technician_group, "technician group"
        ),
        "category": read_reference(fields, "category", _categories(), base.category, "category"),
        "company": read_reference(fields, "company", Company.objects.all(), base.company, "company"),
        "outgoing_server": read_reference(
            fields, "outgoing_server", OutgoingServer.objects.all(), base.outgoing_server, "outgoing server"
        ),
    }


def _categories() -> QuerySet[Any]:
    """The table of a layer above; the foreign key knows it."""
    rows: QuerySet[Any] = IncomingServer._meta.get_field("category").related_model._default_manager.all()
    return rows


def _read_routes(fields: Fields, base: IncomingServer, aliases: list[str]) -> list[AliasRoute]:
    """What mail to single aliases gets, replaced whole: [{alias, technician_group, category}] (INC-08).

    An alias that is taken away takes its route along.
    """
    given = fields.raw("alias_routes")
    if not fields.given("alias_routes"):
        return [route for route in base.routes if route.alias in aliases]
    if not isinstance(given, list | None):
        fields.fail("alias_routes", "Must be a list.")
        return []
    routes: dict[str, AliasRoute] = {}
    for index, item in enumerate(given or []):
        one = Fields(
            item, ["alias", "technician_group", "category"], fields.path(f"alias_routes[{index}]"), fields.errors
        )
        alias = one.email("alias", required="Enter the alias.")
        if alias and alias not in aliases:
            one.fail("alias", "This is none of the mailbox's aliases.")
        if alias in routes:
            one.fail("alias", "This alias has a route already.")
        routes[alias] = AliasRoute(
            alias=alias,
            technician_group=read_reference(
                one, "technician_group", TechnicianGroup.objects.all(), None, "technician group"
            ),
            category=read_reference(one, "category", _categories(), None, "category"),
        )
    return list(routes.values())


def _store_routes(server: IncomingServer, routes: list[AliasRoute]) -> None:
    """Write the routes where they are others than before; the audit has them with the server."""
    if [show_alias_route(route) for route in server.routes] == [show_alias_route(route) for route in routes]:
        return
    server.alias_routes.all().delete()
    fresh = [
        AliasRoute(mailbox=server, alias=one.alias, technician_group=one.technician_group, category=one.category)
        for one in routes
    ]
    AliasRoute.objects.bulk_create(fresh)
    server.routes = fresh


def _read_filter(fields: Fields, base: IncomingServer) -> dict[str, Any]:
    """The Allow or Ignore lists, replaced whole (FLT-01)."""
    if not fields.given("filter"):
        names = ("filter_type", "filter_emails", "filter_domains", "filter_keywords")
        return {name: getattr(base, name) for name in names}
    lists = fields.nested("filter", ["type", "emails", "domains", "keywords"]) or Fields({}, [])
    return {
        "filter_type": lists.choice("type", "ignore", ["allow", "ignore"]),
        "filter_emails": lists.texts("emails", check=address_fault, lower=True),
        "filter_domains": lists.texts("domains", check=domain_fault, lower=True, longest=255),
        "filter_keywords": lists.texts("keywords", longest=255),
    }


def racing_server(server: IncomingServer) -> IncomingServer | None:
    """Another enabled server that reads the same mailbox, so that the two would race for its mails (INC-03)."""
    if not server.enabled:
        return None
    others = IncomingServer.objects.filter(enabled=True).exclude(pk=server.pk or 0)
    return next((other for other in others if _mailbox_key(other) == _mailbox_key(server)), None)


def racing_message(other: IncomingServer) -> str:
    return f"The incoming server {other.name} reads the same mailbox already."


def _mailbox_key(server: IncomingServer) -> tuple[str, ...]:
    """Host and user. On loopback the port counts too: tunnels to different servers end there."""
    user = (server.username or server.email).lower()
    if server.provider == "microsoft" or server.protocol == "mapi":
        return ("microsoft", user)
    host = server.host.lower().rstrip(".")
    return (host, user, str(server.port)) if is_loopback(host) else (host, user)


def delete_incoming_server(actor: Actor, server: IncomingServer) -> None:
    """Delete a server; its mails and requests stay. Raises Invalid for the primary one among several.

    Its addresses stay ours for 90 days, so that a mail which comes back through one of them starts no loop (LST-05).
    """
    with changing():
        check_deletable(server)
        until = timezone.now() + RETIRED_FOR
        for email in mailbox_addresses(server):
            RetiredAddress.objects.update_or_create(email=email, defaults={"until": until})
        delete(actor, server)
