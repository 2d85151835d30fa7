"""The rows of the two lists of servers (LST-02, LST-03): health in words, figures, and what a search leaves of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from postroom.channels.health import describe, throttled_until
from postroom.channels.models import HealthState, IncomingServer
from postroom.channels.queries import needing_attention
from postroom.channels.services import offers_mapi
from postroom.inbox.figures import ReadingFigures, reading_figures
from postroom.outbox.figures import SendingFigures, sending_figures
from postroom.web.admin.emails.codes import advice
from postroom.web.admin.emails.sides import SIDES, Server, Side

STATES = {**dict(HealthState.choices), "disabled": "Disabled"}
TONES = {
    "connected": "good",
    "degraded": "warning",
    "unreachable": "bad",
    "needs_sign_in": "bad",
    "never_tested": "quiet",
    "disabled": "quiet",
}


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a server for people. ``advice`` says what to do about ``code``."""

    state: str
    words: str
    tone: str
    code: str
    message: str
    since: datetime
    last_success: datetime | None
    advice: str
    throttled_until: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One server of a list. ``sending`` or ``reading`` is set, after its direction."""

    server: Server
    version: datetime
    health: Health
    sending: SendingFigures | None = None
    reading: ReadingFigures | None = None

    @property
    def sign_in(self) -> str:
        """How the server is signed in to, in a word or two."""
        return "no sign-in" if self.server.auth_type == "none" else self.server.get_auth_type_display()

    @property
    def offers_mapi(self) -> bool:
        """Whether the server could send by MAPI where Microsoft refuses SMTP (R12)."""
        return offers_mapi(self.server, self.health.code, self.health.message)

    @property
    def can_sign_in_again(self) -> bool:
        return self.server.auth_type == "oauth"


def health_of(server: Server) -> Health:
    """The health card of one server."""
    told = describe(server)
    return Health(
        state=told["state"],
        words=str(STATES[told["state"]]),
        tone=TONES[told["state"]],
        code=told["code"],
        message=told["message"],
        since=datetime.fromisoformat(told["since"]),
        last_success=datetime.fromisoformat(told["last_success"]) if told["last_success"] else None,
        advice=advice(told["code"]),
        throttled_until=throttled_until(server),
    )


def rows_of(side: Side) -> list[Row]:
    """Every server of a direction with its figures: as many queries for fifty servers as for one."""
    now = timezone.now()
    more = ["outgoing_server"] if side.is_incoming else []
    servers: Iterable[Server] = (
        side.model._default_manager.select_related("health", "proxy", *more)
        .defer("password", "client_secret")
        .order_by("name")
    )
    if side.is_incoming:
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        reading = reading_figures(midnight)
        return [
            Row(server, server.updated_at, health_of(server), reading=reading.get(server.pk, ReadingFigures()))
            for server in servers
        ]
    sending = sending_figures(now)
    return [
        Row(server, server.updated_at, health_of(server), sending=sending.get(server.pk, SendingFigures()))
        for server in servers
    ]


def matching(rows: Iterable[Row], search: str, enabled: str, health: str) -> list[Row]:
    """The rows whose name or address holds ``search``, and that are enabled and well as the filters say (LST-04)."""
    wanted = search.casefold()
    return [
        row
        for row in rows
        if any(wanted in text.casefold() for text in _texts(row.server))
        and (enabled not in ("yes", "no") or row.server.enabled == (enabled == "yes"))
        and (health not in STATES or row.health.state == health)
    ]


def _texts(server: Server) -> list[str]:
    aliases = server.aliases if isinstance(server, IncomingServer) else []
    return [server.name, server.email, *aliases]


def attention() -> list[tuple[Side, Server, Health]]:
    """The servers on which somebody has to act, for the banner (HLT-03)."""
    return [
        (SIDES["incoming" if isinstance(server, IncomingServer) else "outgoing"], server, health_of(server))
        for server in needing_attention()
    ]
