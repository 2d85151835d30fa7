"""Words about TLS: whose certificate a server shows, and what is wrong with it and what to do (RFC 5280, 6125)."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import NameOID

from postroom.transports.base import Certificate, Endpoint

EXPIRES_SOON = timedelta(days=14)
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


def certificate_of(secured: ssl.SSLSocket) -> Certificate:
    """The certificate that the server showed, also where nobody has verified it."""
    shown = x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    return Certificate(
        subject=_name(shown.subject),
        issuer=_name(shown.issuer),
        expires=shown.not_valid_after_utc.isoformat(),
        names=_names(shown),
    )


def _name(name: x509.Name) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME):
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return name.rfc4514_string() or "(no name)"


def _names(shown: x509.Certificate) -> tuple[str, ...]:
    try:
        found = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):  # ValueError: it cannot be read
        return ()
    return tuple(str(name.value) for name in found if isinstance(name, x509.DNSName | x509.IPAddress))


def certificate_words(certificate: Certificate) -> str:
    """Who the server says it is, who says so, and until when."""
    names = ", ".join(certificate.names[:5]) or certificate.subject
    return f"certificate of {names}, issued by {certificate.issuer}, valid until {certificate.expires[:10]}"


def expiry_warning(certificate: Certificate) -> list[str]:
    """A sentence where the certificate ends within two weeks."""
    left = datetime.fromisoformat(certificate.expires) - datetime.now(UTC)
    if left > EXPIRES_SOON:
        return []
    return [f"The certificate expires on {certificate.expires[:10]}: have it renewed before mail stops."]
