"""An SMTP server whose every answer a test can set: refusals at each step, cuts, silence, odd capabilities."""

from __future__ import annotations

import ssl
import threading

from tests.servers.lines import Hangup, LineServer, Talk

CUT = "cut"
SILENT = "silent"
USUAL = {
    "GREETING": "220 mx.desk.test ESMTP",
    "EHLO": "250-mx.desk.test\n250-PIPELINING\n250-SIZE 1000000\n250-AUTH PLAIN LOGIN XOAUTH2\n250 8BITMIME",
    "HELO": "250 mx.desk.test",
    "AUTH": "235 2.7.0 signed in",
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 go ahead",
    "END": "250 2.0.0 queued as 1",
    "RSET": "250 2.0.0 reset",
    "QUIT": "221 2.0.0 bye",
    "STARTTLS": "220 2.0.0 ready",
}


class ScriptedSmtp(LineServer):
    """Answers as in ``answers``: by command, or by a whole line for one of them; also ``CUT`` and ``SILENT``.

    ``said`` holds what clients said, ``mails`` the bodies as they came over the wire, dots still doubled.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, start_tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._talk, tls)
        self.answers = dict(USUAL)
        self.said: list[str] = []
        self.mails: list[bytes] = []
        self._start_tls = start_tls
        self._released = threading.Event()

    def stop(self) -> None:
        self._released.set()
        super().stop()

    def _talk(self, talk: Talk) -> None:
        self._answer(talk, "GREETING")
        while True:
            line = talk.hear()
            self.said.append(line)
            verb = line.split(" ")[0].upper()
            known = line if line in self.answers else verb
            self._answer(talk, known)
            if verb == "DATA" and self.answers[known].startswith("354"):
                self.mails.append(talk.hear_until_dot())
                self._answer(talk, "END")
            elif verb == "STARTTLS" and self._start_tls:
                talk.start_tls(self._start_tls)
            elif verb == "AUTH" and self.answers[known].startswith("334"):
                self.said.append(talk.hear())
                self._answer(talk, "AUTH THEN")

    def _answer(self, talk: Talk, known: str) -> None:
        answer = self.answers.get(known, "502 5.5.2 what?")
        if answer == CUT:
            raise Hangup
        if answer == SILENT:
            self._released.wait(20)
            raise Hangup
        talk.say(answer)
        if answer.startswith("421"):
            raise Hangup
