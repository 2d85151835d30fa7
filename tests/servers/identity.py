"""A small identity provider on loopback: authorize, token, device code, introspection, consent (RFC 6749 and kin).

It rotates refresh tokens and, as good ones do, revokes a grant whose old refresh token comes back. ``requests`` are the
token requests that came in; ``refuse`` makes the next ones fail; ``users`` says who signs in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

CLIENT, SECRET = "desk-client", "canary-of-the-client-secret"


@dataclass
class Identity:
    """``lifetime`` in seconds of access tokens; ``account`` is who signs in next; ``delay`` before a token answer."""

    lifetime: float = 3600
    account: str = "support@desk.test"
    delay: float = 0.0
    rotates: bool = True
    refuse: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    refuse_always: dict[str, str] | None = None
    scope_granted: str = ""
    roles: list[str] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    device_approved: bool = False
    consent_given: bool = True
    mailboxes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: dict[str, dict[str, Any]] = {}
        self._access: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._count = 0
        handler = type("Handler", (_Handler,), {"identity": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def authorization_url(self) -> str:
        return f"{self.url}/desk/oauth2/v2.0/authorize"

    @property
    def token_url(self) -> str:
        return f"{self.url}/desk/oauth2/v2.0/token"

    def secret_word(self, kind: str) -> str:
        """A token that can be searched for."""
        self._count += 1
        made = f"canary-{kind}-{self._count}"
        self.issued.append(made)
        return made

    def a_refresh_token(self) -> str:
        """As if somebody had signed in before."""
        grant = {"account": self.account, "revoked": False, "scope": ""}
        token = self.secret_word("refresh")
        self._refresh[token] = {"grant": grant, "used": False}
        return token

    def revoke_all(self) -> None:
        """As an administrator does who revokes the sessions of an account."""
        with self._lock:
            for known in self._refresh.values():
                known["grant"]["revoked"] = True

    def introspect(self, token: str) -> dict[str, Any]:
        with self._lock:
            until, grant = self._access.get(token, (0.0, {"revoked": True}))
        if until < time.time() or grant["revoked"]:
            return {"active": False}
        return {"active": True, "username": grant["account"], "exp": int(until)}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser is sent back to: the person signs in and accepts without a word."""
        back = {"state": query["state"]}
        if self.refuse_always:
            back |= self.refuse_always
        else:
            code = self.secret_word("code")
            self._codes[code] = {**query, "account": self.account}
            back["code"] = code
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def consent(self, query: dict[str, str]) -> str:
        back = {"state": query["state"], "tenant": "tenant-guid"}
        back |= (
            {"admin_consent": "True", "scope": query["scope"]}
            if self.consent_given
            else {"error": "consent_required", "error_description": "AADSTS65004: The admin declined."}
        )
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.requests.append(form)
            if self.refuse:
                return self.refuse.pop(0)
            if self.refuse_always:
                return 400, dict(self.refuse_always)
        time.sleep(self.delay)
        with self._lock:
            return self._answer(form)

    def _answer(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        assertion = "client_assertion" in form
        if form.get("client_id") != CLIENT or not (assertion or form.get("client_secret") == SECRET):
            return 401, {
                "error": "invalid_client",
                "error_description": "AADSTS7000215: Invalid client secret provided.",
            }
        kind = form["grant_type"]
        if kind == "client_credentials":
            return 200, self._tokens(
                {"account": "app", "revoked": False, "scope": form.get("scope", "")}, refresh=False
            )
        if kind == "refresh_token":
            return self._refreshed(form)
        if kind == "authorization_code":
            return self._redeemed(form)
        if not self.device_approved:
            return 400, {"error": "authorization_pending"}
        return 200, self._tokens({"account": self.account, "revoked": False, "scope": ""})

    def _redeemed(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        asked = self._codes.pop(form["code"], None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {
                "error": "invalid_grant",
                "error_description": "AADSTS54005: OAuth2 code was already redeemed.",
            }
        return 200, self._tokens({"account": asked["account"], "revoked": False, "scope": asked.get("scope", "")})

    def _refreshed(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        known = self._refresh.get(form["refresh_token"])
        if known is None or known["grant"]["revoked"]:
            return 400, {"error": "invalid_grant", "error_description": f"grant {form['refresh_token']} is revoked"}
        if known["used"]:
            known["grant"]["revoked"] = True
            return 400, {"error": "invalid_grant", "error_description": "refresh token reuse"}
        known["used"] = self.rotates
        return 200, self._tokens(known["grant"], refresh=self.rotates)

    def _tokens(self, grant: dict[str, Any], *, refresh: bool = True) -> dict[str, Any]:
        access = self.secret_word("access")
        if self.roles:
            access = f"x.{_b64({'roles': self.roles, 'canary': access})}.x"
            self.issued.append(access)
        self._access[access] = (time.time() + self.lifetime, grant)
        said: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": int(self.lifetime)}
        if refresh:
            said["refresh_token"] = self.secret_word("refresh")
            self._refresh[said["refresh_token"]] = {"grant": grant, "used": False}
        if "openid" in grant["scope"]:
            said["id_token"] = f"x.{_b64({'preferred_username': grant['account'], 'tid': 'tenant-guid'})}.x"
        if self.scope_granted:
            said["scope"] = self.scope_granted
        return said


def _b64(claims: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


class _Handler(BaseHTTPRequestHandler):
    identity: Identity

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.endswith("/authorize"):
            self._redirect(self.identity.authorize(query))
        elif parts.path.endswith("/adminconsent"):
            self._redirect(self.identity.consent(query))
        else:
            mailbox = unquote(parts.path).split("/users/")[-1].split("/")[0]
            self._say(200 if mailbox in self.identity.mailboxes else 403, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if self.path.endswith("/devicecode"):
            said = {"user_code": "ABCD-EFGH", "verification_uri": f"{self.identity.url}/device", "expires_in": 900}
            self._say(200, {**said, "interval": 1, "device_code": self.identity.secret_word("device")})
        elif self.path.endswith("/introspect"):
            self._say(200, self.identity.introspect(form.get("token", "")))
        else:
            basic = self.headers.get("Authorization", "")
            if basic.startswith("Basic "):
                form["client_id"], _, form["client_secret"] = base64.b64decode(basic[6:]).decode().partition(":")
            self._say(*self.identity.token(form))

    def _redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests read ``requests``."""
