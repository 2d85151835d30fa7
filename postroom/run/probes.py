"""The worker's part of Test Connection, discovery, counts, sign-ins: take a probe, run it, note each stage (R26)."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

from django.db import Error, close_old_connections, connection

from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingServer, Probe
from postroom.channels.oauth.steps import carry_out
from postroom.channels.secret import SecretUnreadable
from postroom.channels.services import (
    Invalid,
    claim_probe,
    draft_server,
    end_lost_probes,
    finish_probe,
    note_stage,
)
from postroom.run.connection import stage_as_contract, try_incoming, try_outgoing
from postroom.transports.base import OnStage, Stage, TestResult
from postroom.transports.discovery import DnsResolver, discover

logger = logging.getLogger(__name__)

AT_ONCE = 8
STOP_SECONDS = 5.0


class Probes:
    """The probes that this worker runs: each in a thread of its own, at most 8 at a time. One thread calls it."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._ending = False

    def wake(self) -> None:
        """There may be a probe that waits; any thread may call it."""
        with self._lock:
            if self._ending or len(self._threads) >= AT_ONCE:
                return
            thread = threading.Thread(target=self._run_those_that_wait, name="probe", daemon=True)
            self._threads.add(thread)
            thread.start()

    def look_after(self) -> None:
        """End what dead workers held, and what nobody took."""
        end_lost_probes()

    def stop(self) -> None:
        """Take no more, and wait a moment for those that run; what is left then ends with this process."""
        with self._lock:
            self._ending = True
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout=STOP_SECONDS / max(1, len(threads)))

    def _run_those_that_wait(self) -> None:
        try:
            while not self._ending and (probe := claim_probe(self._owner)) is not None:
                self.wake()  # where one waited there may be more
                run(probe, connection.close)
        except Error as error:
            logger.warning("Probes wait for the database: %s", str(error).strip())
            close_old_connections()
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
            connection.close()


def _keep_connection() -> None:
    """Whoever runs a single probe has the connection for itself."""


def run(probe: Probe, release: Callable[[], None] = _keep_connection) -> None:
    """Run a claimed probe to its end. Raises only what the database does.

    ``release`` gives the database connection back while a server is waited for: there are fewer of them than probes.
    """
    try:
        found = _FOUND.get(probe.kind, _tried)(probe, release)
    except (Invalid, SecretUnreadable) as error:
        finish_probe(probe, ok=False, code="MAILGENERIC", message=str(error), result={})
    except Error:
        raise
    except Exception as error:
        logger.exception("Probe %s failed", probe.pk)
        finish_probe(probe, ok=False, code="MAILGENERIC", message=f"The test failed: {error}", result={})
    else:
        finish_probe(probe, **found)


def _tried(probe: Probe, release: Callable[[], None]) -> dict[str, Any]:
    actor = Actor(probe.requested_by, probe.requester_id, probe.requester_ip)
    unsaved = probe if probe.values else None

    def on_stage(stage: Stage) -> None:
        note_stage(probe, stage_as_contract(stage))
        release()

    result = _result(probe, actor, unsaved, on_stage)
    if probe.kind == Probe.Kind.COUNT:
        counts = {"messages": result.messages, "unseen": result.unseen}
        shown: dict[str, Any] = {name: count for name, count in counts.items() if count is not None}
    else:
        shown = _facts(result)
    return {"ok": result.ok, "code": result.code, "message": result.message, "result": shown}


def _result(probe: Probe, actor: Actor, unsaved: Probe | None, on_stage: OnStage) -> TestResult:
    data = json.loads(probe.values) if probe.values else None
    if probe.kind == Probe.Kind.TEST_OUTGOING:
        outgoing = draft_server(OutgoingServer, data, probe.outgoing) if data is not None else probe.outgoing
        assert outgoing is not None
        return try_outgoing(outgoing, actor, probe.to, unsaved=unsaved, on_stage=on_stage)
    incoming = draft_server(IncomingServer, data, probe.incoming) if data is not None else probe.incoming
    assert incoming is not None
    return try_incoming(incoming, actor, unsaved=unsaved, on_stage=on_stage)


def _facts(result: TestResult) -> dict[str, Any]:
    """What is known besides the stages: {certificate, capabilities, warnings, messages, unseen}."""
    facts: dict[str, Any] = {"capabilities": list(result.capabilities), "warnings": list(result.warnings)}
    if result.certificate is not None:
        shown = result.certificate
        facts["certificate"] = {
            "subject": shown.subject,
            "issuer": shown.issuer,
            "expires": shown.expires,
            "names": list(shown.names),
        }
    if result.messages is not None:
        facts["messages"] = result.messages
    if result.unseen is not None:
        facts["unseen"] = result.unseen
    return facts


def _discovered(probe: Probe, release: Callable[[], None]) -> dict[str, Any]:
    email = json.loads(probe.values)["email"]
    release()
    found = discover(email, DnsResolver())
    message = "" if found else f"Nothing is known of the servers of {email.rpartition('@')[2]}: enter them by hand."
    shown = {"suggestions": [suggestion.as_dict() for suggestion in found]}
    return {"ok": True, "message": message, "result": shown}


def _signed_in(probe: Probe, release: Callable[[], None]) -> dict[str, Any]:
    return carry_out(probe, lambda stage: note_stage(probe, stage_as_contract(stage)), release)


_Find = Callable[[Probe, Callable[[], None]], dict[str, Any]]
_FOUND: dict[str, _Find] = {Probe.Kind.DISCOVER: _discovered, Probe.Kind.SIGN_IN: _signed_in}
