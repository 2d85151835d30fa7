"""Talk to an identity provider: token requests of OAuth 2.0 (RFC 6749, 7636, 7523, 8628) by Authlib over httpx2.

Knows no Django and stores nothing. Every request ends within ``SECONDS``, follows no redirect, and raises
``ProviderRefused`` for what the provider said, TransportError for what kept us from asking it.
"""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1

from postroom.transports.base import Proxy, TransportError
from postroom.transports.connect import tls_context
from postroom.transports.reach import off_limits

SECONDS = httpx2.Timeout(8.0, connect=5.0)
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
UNKNOWN_LIFETIME = 3600


class ProviderRefused(Exception):
    """The provider's answer was no. ``error`` is its code (RFC 6749, 5.2), ``description`` its own words."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description


@dataclass(frozen=True, slots=True)
class Application:
    """The application as the provider knows it, and where the provider is. ``certificate`` replaces the secret."""

    client_id: str
    token_url: str
    client_secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    authorization_url: str = ""
    scope: str = ""
    proxy: Proxy | None = None
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """What a token request gave. ``refresh_token`` is "" where the old one stays (RFC 6749, 6); ``lifetime`` in s."""

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    lifetime: int = UNKNOWN_LIFETIME
    scopes: str = ""
    account: str = ""
    tenant: str = ""
    roles: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device authorization (RFC 8628, 3.2): what the person enters where, and how often to ask."""

    device_code: str = field(repr=False)
    user_code: str
    verification_url: str
    lifetime: int
    interval: int


def new_secret() -> str:
    """An unguessable text for state or PKCE verifier (RFC 7636, 4.1)."""
    return str(generate_token(64))


def authorization_url(application: Application, *, redirect_url: str, state: str, verifier: str, **more: str) -> str:
    """Where the browser goes to sign in: authorization code with PKCE S256."""
    return str(
        prepare_grant_uri(
            application.authorization_url,
            client_id=application.client_id,
            response_type="code",
            redirect_uri=redirect_url,
            scope=more.pop("scope", application.scope),
            state=state,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
            **{name: value for name, value in more.items() if value},
        )
    )


def redeem(application: Application, code: str, *, redirect_url: str, verifier: str) -> Token:
    """Exchange an authorization code (RFC 6749, 4.1.3)."""
    return _ask(
        application, grant_type="authorization_code", code=code, redirect_uri=redirect_url, code_verifier=verifier
    )


def refresh(application: Application, refresh_token: str, scope: str = "") -> Token:
    """A new access token (RFC 6749, 6). Without ``scope`` it is that of the first request."""
    more = {"scope": scope} if scope else {}
    return _ask(application, grant_type="refresh_token", refresh_token=refresh_token, **more)


def client_credentials(application: Application) -> Token:
    """An access token for the application itself (RFC 6749, 4.4)."""
    return _ask(application, grant_type="client_credentials", scope=application.scope)


def start_device(application: Application, url: str, scope: str) -> Device:
    """Begin a sign-in on another device (RFC 8628, 3.1)."""
    with _session(application) as session:
        form = {"client_id": application.client_id, "scope": scope}
        said = _sent(application, lambda: _json(session.request("POST", url, data=form, withhold_token=True)))
    try:
        return Device(
            device_code=str(said["device_code"]),
            user_code=str(said["user_code"]),
            verification_url=str(said.get("verification_uri") or said["verification_url"]),
            lifetime=int(said.get("expires_in", 900)),
            interval=int(said.get("interval", 5)),
        )
    except (KeyError, TypeError, ValueError):
        raise ProviderRefused("invalid_response", "no device code") from None


def poll_device(application: Application, device_code: str) -> Token:
    """Ask once whether the person has signed in. ProviderRefused("authorization_pending"): not yet (RFC 8628, 3.5)."""
    return _ask(application, grant_type=DEVICE_GRANT, device_code=device_code)


def opens_mailbox(graph_url: str, token: str, mailbox: str) -> bool | None:
    """Whether an application's token opens the inbox of ``mailbox`` in Microsoft Graph; None where nobody can tell."""
    url = f"{graph_url}/users/{quote(mailbox)}/mailFolders/inbox?$select=id"
    try:
        with httpx2.Client(verify=tls_context(""), timeout=SECONDS, trust_env=False) as client:
            status = client.get(url, headers={"Authorization": f"Bearer {token}"}).status_code
    except (httpx2.HTTPError, TransportError, OSError):
        return None
    return True if status == 200 else False if status == 403 else None


def _ask(application: Application, **parameters: str) -> Token:
    """One token request. One that takes the secret only by HTTP Basic is asked again (RFC 6749, 2.3.1)."""
    grant_type = parameters.pop("grant_type")
    if application.certificate:
        parameters["client_id"] = application.client_id  # an assertion alone is not enough for Microsoft

    def request(basic: bool) -> dict[str, Any]:
        with _session(application, basic=basic) as session:
            return dict(session.fetch_token(application.token_url, grant_type=grant_type, **parameters))

    try:
        said = _sent(application, lambda: request(False))
    except ProviderRefused as refusal:
        if refusal.error != "invalid_client" or not application.client_secret or "AADSTS" in refusal.description:
            raise
        said = _sent(application, lambda: request(True))
    return _token(said)


def _token(said: dict[str, Any]) -> Token:
    access = said.get("access_token")
    if not isinstance(access, str) or not access:
        raise ProviderRefused("invalid_response", "no access token")
    person, inside = _claims(said.get("id_token")), _claims(access)
    roles = inside.get("roles")
    lifetime = str(said.get("expires_in", ""))
    return Token(
        access_token=access,
        refresh_token=str(said.get("refresh_token") or ""),
        lifetime=int(lifetime) if lifetime.isdecimal() else UNKNOWN_LIFETIME,
        scopes=str(said.get("scope") or ""),
        account=str(person.get("preferred_username") or person.get("email") or person.get("upn") or "").lower(),
        tenant=str(person.get("tid") or inside.get("tid") or ""),
        roles=" ".join(str(role) for role in roles) if isinstance(roles, list) else "",
    )


def _claims(token: object) -> dict[str, Any]:
    """What a JWT says. It came from the provider over TLS, so its signature need not be checked (OIDC Core 3.1.3.7).

    An access token may be opaque: then nothing is known.
    """
    parts = token.split(".") if isinstance(token, str) else []
    if len(parts) != 3:
        return {}
    try:
        found = httpx2.Response(200, content=base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))).json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _session(application: Application, *, basic: bool = False) -> Any:
    for url in (application.token_url, application.authorization_url):
        host = urlsplit(url).hostname or ""
        if url and (not host or off_limits(host)):
            raise TransportError("MAILCONREF", f"{host or url} is not connected to.", temporary=False, stage="login")
    method = "client_secret_basic" if basic else "client_secret_post" if application.client_secret else "none"
    session = OAuth2Client(
        application.client_id,
        application.client_secret or None,
        token_endpoint_auth_method="private_key_jwt" if application.certificate else method,
        verify=tls_context(application.ca_file),
        timeout=SECONDS,
        trust_env=False,
        follow_redirects=False,
        event_hooks={"response": [_stop_if_busy]},
        proxy=_proxy_url(application.proxy) if application.proxy else None,
    )
    if application.certificate:
        session.client_secret = application.certificate
        headers = {"alg": "RS256", "x5t": thumbprint(application.certificate)}
        session.register_client_auth_method(PrivateKeyJWT(application.token_url, headers=headers))
    return session


def thumbprint(pem: str) -> str:
    """The ``x5t`` of the certificate in ``pem`` (RFC 7515, 4.1.7). Raises ValueError where there is none."""
    certificate = x509.load_pem_x509_certificate(pem[pem.find("-----BEGIN CERTIFICATE") :].encode())
    return base64.urlsafe_b64encode(certificate.fingerprint(SHA1())).rstrip(b"=").decode()  # noqa: S303


def _proxy_url(proxy: Proxy) -> str:
    """SOCKS5 with the names looked up by the proxy (PRX-02)."""
    scheme = "socks5h" if proxy.type == "socks5" else "http"
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    user = f"{quote(proxy.username, safe='')}:{quote(proxy.password, safe='')}@" if proxy.username else ""
    return f"{scheme}://{user}{host}:{proxy.port}"


def _stop_if_busy(response: httpx2.Response) -> None:
    """A provider in trouble may say so in JSON that looks like a refusal."""
    if response.status_code >= 500 or response.status_code == 429:
        response.raise_for_status()


def _json(response: httpx2.Response) -> dict[str, Any]:
    said = response.json()
    if not isinstance(said, dict):
        raise ValueError("no object")
    if "error" in said:
        raise OAuthError(str(said["error"]), str(said.get("error_description") or ""))
    return said


def _sent(application: Application, send: Any) -> dict[str, Any]:
    """What ``send`` brings back, every fault of it as one of the two exceptions of this module."""
    host = urlsplit(application.token_url).hostname or ""
    try:
        said: dict[str, Any] = send()
    except OAuthError as error:
        raise ProviderRefused(str(error.error or ""), str(error.description or "")) from None
    except httpx2.HTTPStatusError as error:
        busy = error.response.status_code == 429
        code = "MAILCONRATELIM" if busy else "MAILGENERIC"
        raise _unreached(code, f"{host} answered {error.response.status_code}.") from None
    except httpx2.ProxyError as error:
        raise _unreached("MAILCONPROXY", f"The proxy did not connect to {host}: {error}.") from None
    except httpx2.TimeoutException:
        raise _unreached("MAILCONTMO", f"{host} did not answer in time.") from None
    except httpx2.ConnectError as error:
        raise _unreached(_code_of(error), f"{host} cannot be reached: {error}.") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise _unreached("MAILCONREF", f"{host} cannot be reached: {type(error).__name__}.") from None
    except ValueError:
        raise ProviderRefused("invalid_response", "the answer is not JSON: check the token URL") from None
    return said


def _code_of(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "MAILCONTLS"
        cause = cause.__cause__ or cause.__context__
    words = str(error).lower()
    return "MAILCONTLS" if "certificate" in words else "MAILCONDNS" if "name" in words else "MAILCONREF"


def _unreached(code: str, words: str) -> TransportError:
    return TransportError(code, f"The identity provider: {words}", temporary=True, stage="login")
