"""Sending by Microsoft Graph: the whole mail in MIME by sendMail. 202 says taken over; what fails later bounces.

Exchange Online puts every mail that is sent this way into Sent Items. Where that is not wanted, the copies are deleted
once they had time to get there; those of the last minute before an end stay.
"""

from __future__ import annotations

import base64
import logging
import re
import time
from collections.abc import Callable
from urllib.parse import quote

from postroom.transports.base import Endpoint, OnStage, RecipientResult, TestResult, TransportError
from postroom.transports.graph.client import GraphClient, Request
from postroom.transports.graph.envelope import addressed
from postroom.transports.stages import QUIET, Progress, Stages

logger = logging.getLogger(__name__)

NO_MAIL = b"?"  # no base64: refused (ErrorMimeContentInvalidBase64String) once the right to send was looked at
COPIES_AFTER = 30.0
COPIES_AT_ONCE = 50
_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(<[^\s<>]+>)", re.IGNORECASE | re.MULTILINE)


class GraphSender:
    """Sends as the mailbox that the endpoint names. Not thread-safe: one owner."""

    def __init__(self, endpoint: Endpoint, *, progress: Progress = QUIET) -> None:
        self._endpoint = endpoint
        self._progress = progress
        self._client: GraphClient | None = None
        self._copies: list[tuple[float, str]] = []

    def open(self) -> None:
        """Sign in and see that the mailbox is there. Raises TransportError; sends nothing.

        Whoever may only send is refused a look at a folder (403). What is no mail then shows if sending is allowed.
        """
        if self._client is not None:
            self._client.forget_token()
            return
        client = GraphClient(self._endpoint, self._progress)
        try:
            look = Request("GET", f"{client.user}/mailFolders/inbox?$select=id")
            if client.ask(look, "login", allow=(403,)).status == 403:
                client.ask(Request("POST", f"{client.user}/sendMail", content=NO_MAIL), "login", allow=(400,))
        except BaseException:
            client.close()
            raise
        self._client = client

    def send(
        self, mail_from: str, rcpt_to: list[str], raw: bytes, before_data: Callable[[], None] | None = None
    ) -> list[RecipientResult]:
        """Hand one mail over, to all recipients or to none: Graph judges them together. See ``base.Sender``."""
        self.open()
        client = self._client
        assert client is not None
        request = Request("POST", f"{client.user}/sendMail", content=base64.b64encode(addressed(raw, rcpt_to)))
        if before_data is not None:
            before_data()
        try:
            client.ask(request, "data")
        except TransportError as error:
            if error.connection or error.uncertain:
                self.close()
            raise
        if not self._endpoint.save_sent and (found := _MESSAGE_ID.search(raw)):
            self._copies.append((time.monotonic(), found[1].decode("utf-8", "replace")))
            self._delete_copies(client)
        return [RecipientResult(address, 250, "", "Microsoft Graph took it over") for address in rcpt_to]

    def test(self, mail_from: str, rcpt_to: str, raw: bytes, on_stage: OnStage | None = None) -> TestResult:
        """Go through the stages within 20 s and send ``raw``; never raises."""
        with Stages(on_stage) as stages:
            probe = GraphSender(stages.limited(self._endpoint), progress=stages)
            try:
                probe.open()
                stages.done("login", f"{self._endpoint.auth.username} by OAuth")
                probe.send(mail_from, [rcpt_to], raw)
                stages.done("data", f"Microsoft Graph took the mail to {rcpt_to} over")
            except TransportError as error:
                return stages.failed(error)
            finally:
                probe.close()
            return stages.succeeded()

    def _delete_copies(self, client: GraphClient) -> None:
        """Delete copies from Sent Items that had time to get there. That it fails is no fault of sending."""
        ripe = [copy for copy in self._copies if copy[0] + COPIES_AFTER <= time.monotonic()][:COPIES_AT_ONCE]
        if not ripe:
            return
        self._copies = [copy for copy in self._copies if copy not in ripe]
        try:
            for _, message_id in ripe:
                wanted = quote("internetMessageId eq '{}'".format(message_id.replace("'", "''")))
                url = f"{client.user}/mailFolders/sentitems/messages?$filter={wanted}&$select=id"
                for row in client.ask(Request("GET", url), "acknowledge").json().get("value") or []:
                    path = f"{client.user}/messages/{quote(str(row['id']), safe='')}"
                    client.ask(Request("DELETE", path), "acknowledge", allow=(404,))
        except TransportError as error:
            logger.warning("Copies stay in Sent Items of %s: %s %s", client.mailbox, error.code, error.message)

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self._delete_copies(client)
            client.close()
