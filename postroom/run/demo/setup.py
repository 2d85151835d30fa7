"""Sets the demo's desk up: configuration, token, stories. A second time it only sees that the ports are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom.accounts.services import create_token
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.run.configuration import apply_configuration
from postroom.run.demo.company import configuration
from postroom.run.demo.seed import seed
from postroom.run.demo.state import DemoState

ACTOR = Actor("postroom demo")


def set_up(state: DemoState) -> None:
    """Make what is missing; ``state`` gets passwords and token. What people changed in a demo since then stays."""
    wanted = configuration(state)
    if state.token:
        _set_ports(wanted)
    else:
        apply_configuration(wanted)
        seed()
        state.token = create_token(ACTOR, "Demo", "admin")


def _set_ports(wanted: Mapping[str, Any]) -> None:
    """The sandbox listens on other ports than last time where those were taken."""
    changed: dict[str, Any] = {}
    for section, model in (("outgoing_servers", OutgoingServer), ("incoming_servers", IncomingServer)):
        (server,) = wanted[section]
        if model._default_manager.filter(name=server["name"]).exclude(port=server["port"]).exists():
            changed[section] = [{"name": server["name"], "port": server["port"]}]
    if changed:
        apply_configuration(changed)
