"""A small OpenID provider on loopback: discovery, authorization code with PKCE, userinfo (OpenID Connect Core 1.0)."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT, SECRET = "desk", "canary-of-the-provider-secret"


@dataclass
class OpenId:
    """``claims`` are what userinfo says of whoever signs in next; ``refusal`` makes the provider refuse."""

    claims: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""
    token_requests: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._codes: dict[str, dict[str, str]] = {}
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/me",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, url: str) -> str:
        """What the browser does at the provider: whoever ``claims`` names signs in; returns where it is sent back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        back = {"state": query["state"]}
        if self.refusal:
            back["error"] = self.refusal
        else:
            back["code"] = f"code-{len(self._codes)}"
            self._codes[back["code"]] = query
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.token_requests.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        good = asked is not None and asked["redirect_uri"] == form["redirect_uri"]
        good = good and asked is not None and asked["code_challenge"] == challenge
        if not good or (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 400, {"error": "invalid_grant"}
        claims = {"iss": self.url, "aud": CLIENT, "sub": self.claims["sub"], "iat": int(time.time())}
        id_token = jwt.encode({**claims, "exp": claims["iat"] + 600}, "k" * 32, algorithm="HS256")
        return 200, {"access_token": "access", "token_type": "Bearer", "expires_in": 600, "id_token": id_token}


class _Handler(BaseHTTPRequestHandler):
    provider: OpenId

    def do_GET(self) -> None:
        pages = {
            "/.well-known/openid-configuration": self.provider.discovery,
            "/me": lambda: self.provider.claims,
            "/jwks": lambda: {"keys": []},
        }
        page = pages.get(urlsplit(self.path).path)
        self._say(200, page()) if page else self._say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._say(*self.provider.token({name: values[0] for name, values in parse_qs(body).items()}))

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests read ``token_requests``."""
