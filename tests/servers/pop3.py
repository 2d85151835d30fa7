"""A POP3 server (RFC 1939) whose every answer a test can set: no unique ids, doubled ones, cuts, silence, lies."""

from __future__ import annotations

import itertools
import ssl
import threading

from tests.servers.lines import Hangup, LineServer, Talk
from tests.servers.scripted import CUT, SILENT

USUAL = ("TOP", "UIDL", "USER", "PIPELINING", "SASL PLAIN XOAUTH2")


class ScriptedPop3(LineServer):
    """``mails`` are [unique-id, raw] in order; ``answers`` replace the usual ones, by line or by command.

    ``said`` holds what clients said; ``sizes`` are told by LIST instead of the true ones, by unique-id. Deletions
    count at QUIT. ``capabilities`` None: CAPA is not known.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, start_tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._talk, tls)
        self.mails: list[tuple[str, bytes]] = []
        self.sizes: dict[str, int] = {}
        self.answers: dict[str, str] = {}
        self.capabilities: tuple[str, ...] | None = USUAL
        self.said: list[str] = []
        self._start_tls = start_tls
        self._numbers = itertools.count(1)
        self._released = threading.Event()

    def deliver(self, raw: bytes, name: str = "") -> None:
        self.mails.append((name or f"id{next(self._numbers)}", raw))

    def stop(self) -> None:
        self._released.set()
        super().stop()

    def _talk(self, talk: Talk) -> None:
        mails, deleted = list(self.mails), set[int]()
        self._own_answer(talk, "GREETING") or talk.say("+OK ready")
        while True:
            line = talk.hear()
            self.said.append(line)
            verb, _, rest = line.partition(" ")
            known = line if line in self.answers else verb
            if self._own_answer(talk, known):
                if self.answers[known].startswith("+ "):
                    self.said.append(talk.hear())
                    self._own_answer(talk, f"{verb} THEN")
            elif verb == "STLS" and self._start_tls:
                talk.say("+OK begin")
                talk.start_tls(self._start_tls)
            elif verb == "QUIT":
                self.mails = [mail for mail in self.mails if mail not in [mails[number - 1] for number in deleted]]
                talk.say("+OK bye")
                raise Hangup
            elif verb == "DELE":
                deleted.add(int(rest))
                talk.say("+OK")
            else:
                self._usual(talk, verb, rest, mails)

    def _usual(self, talk: Talk, verb: str, rest: str, mails: list[tuple[str, bytes]]) -> None:
        sizes = [self.sizes.get(name, len(raw)) for name, raw in mails]
        if verb == "CAPA" and self.capabilities is not None:
            talk.say("\n".join(["+OK", *self.capabilities, "."]))
        elif verb == "AUTH":
            talk.say("+ ")
            self.said.append(talk.hear())
            talk.say("+OK")
        elif verb in ("USER", "PASS", "NOOP"):
            talk.say("+OK")
        elif verb == "STAT":
            talk.say(f"+OK {len(mails)} {sum(sizes)}")
        elif verb == "LIST":
            talk.say("\n".join(["+OK", *(f"{n} {size}" for n, size in enumerate(sizes, 1)), "."]))
        elif verb == "UIDL":
            talk.say("\n".join(["+OK", *(f"{n} {name}" for n, (name, _) in enumerate(mails, 1)), "."]))
        elif verb in ("RETR", "TOP"):
            raw = mails[int(rest.split()[0]) - 1][1]
            sent = raw if verb == "RETR" else raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            doubled = sent.replace(b"\r\n.", b"\r\n..")
            talk.socket.sendall(b"+OK\r\n" + (b"." if doubled.startswith(b".") else b"") + doubled + b".\r\n")
        else:
            talk.say("-ERR what?")

    def _own_answer(self, talk: Talk, known: str) -> bool:
        answer = self.answers.get(known)
        if answer is None:
            return False
        if answer == CUT:
            raise Hangup
        if answer == SILENT:
            self._released.wait(20)
            raise Hangup
        talk.say(answer)
        return True
