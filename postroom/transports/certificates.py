"""Words about TLS: whose certificate a server shows, and what is wrong with it and what to do (RFC 5280, 6125)."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from postroom.transports.base import Endpoint

TLS_PORTS = {25: 465, 587: 465, 143: 993, 110: 995}
_NO_TLS = ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
_OLD_TLS = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW")
_EXPIRED, _NOT_YET_VALID = 10, 9
_UNKNOWN_ISSUER = (18, 19, 20, 21)
_WRONG_NAME = (62, 64)


def tls_words(endpoint: Endpoint, error: OSError) -> str:
    """What went wrong in the handshake, with the library's own words and a way out."""
    where = f"{endpoint.host}:{endpoint.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {where} cannot be trusted: {error.verify_message}. {_way_out(endpoint, error)}"
    reason = getattr(error, "reason", "") or ""
    if reason in _NO_TLS:
        other = f", or keep SSL and use port {TLS_PORTS[endpoint.port]}" if endpoint.port in TLS_PORTS else ""
        return f"{where} starts in plain text, not with TLS. Choose TLS (STARTTLS) as the security type{other}."
    if reason in _OLD_TLS:
        return f"{where} offers only TLS versions that are no longer safe ({reason}). Have the server updated."
    return f"{where} did not agree on TLS: {error}. Check the security type and the port."


def _way_out(endpoint: Endpoint, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code == _EXPIRED:
        return "It has expired: the server's administrator must renew it."
    if error.verify_code == _NOT_YET_VALID:
        return "It is not valid yet: check the clocks of both machines."
    if error.verify_code in _WRONG_NAME:
        return f"It was issued for other names than {endpoint.host}: enter the server by a name in its certificate."
    if error.verify_code in _UNKNOWN_ISSUER and endpoint.ca_file:
        return "Neither the system nor the given CA file knows its issuer."
    return "If the server has a certificate authority of its own, give its CA file."


def certificate_words(secured: socket.socket) -> str:
    """Who the server says it is, who says so, until when, and the protocol version; "" on a plain socket."""
    if not isinstance(secured, ssl.SSLSocket):
        return ""
    certificate: dict[str, Any] = dict(secured.getpeercert() or {})
    return (
        f"{secured.version()}, certificate of {_subject(certificate)}, issued by {_name(certificate, 'issuer')}, "
        f"valid until {certificate.get('notAfter', '?')}"
    )


def _subject(certificate: dict[str, Any]) -> str:
    names = [value for _, value in certificate.get("subjectAltName", ())]
    return ", ".join(names[:5]) or _name(certificate, "subject")


def _name(certificate: dict[str, Any], part: str) -> str:
    values = {key: value for rdn in certificate.get(part, ()) for key, value in rdn}
    for key in ("commonName", "organizationName", "organizationalUnitName"):
        if key in values:
            return str(values[key])
    return "(no name)"
