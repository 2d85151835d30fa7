"""Checks that several parts of the channel configuration share: hosts, URLs, list entries, references by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from cryptography import x509
from django.db.models import Model, QuerySet

from postroom.mail.addresses import is_valid
from postroom.rules.fields import Fields, unknown_name
from postroom.transports.reach import off_limits

AnyModel = TypeVar("AnyModel", bound=Model)

_LONGEST_CA_FILE = 2_000_000  # the system's own bundle has a tenth of it
_LABEL = r"(?!-)[\w-]+(?<!-)"  # neither begins nor ends with a hyphen (RFC 1123, 2.1)
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_DOMAIN = re.compile(r"(@|\*\.|\.)?[\w-]+(\.[\w-]+)*")
_AUTHSERV = re.compile(r"[^\s;,()<>\"]+")
_TENANT = re.compile(r"\w[\w-]*(\.[\w-]+)*", re.ASCII)
_ADDRESS_PATTERN = re.compile(r"[^\s@]+@[^\s@]+")


def is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    return host.lower() == "localhost" or (is_ip_address(host) and ip_address(host).is_loopback)


def check_host(fields: Fields, name: str, host: str) -> None:
    """A host name or an IP address, and nothing else (OUT-03)."""
    if off_limits(host):
        fields.fail(name, "No server has this address: it is for the local link, or for many.")
    if not host or is_ip_address(host) or _HOST.fullmatch(host):
        return
    if "://" in host or "/" in host:
        fields.fail(name, "Must be a host name alone, without https:// or a path.")
    elif re.search(r"\s", host):
        fields.fail(name, "Must be a host name without spaces.")
    elif ":" in host:
        fields.fail(name, "Must be a host name alone: the port has a field of its own.")
    else:
        fields.fail(name, "Must be a host name or an IP address.")


def read_ca_file(fields: Fields, current: str, stored: str, *, elsewhere: bool) -> str:
    """The path of a file with certificates (PEM, RFC 7468); one that is not stored yet must be there (OUT-08).

    ``elsewhere``: the values may be for another host than this one, which cannot look there.
    """
    path = fields.text("ca_file", current, longest=1000)
    if not path or path == stored or (elsewhere and not Path(path).exists()):
        return path
    try:
        x509.load_pem_x509_certificates(Path(path).read_bytes()[:_LONGEST_CA_FILE])
    except OSError:
        fields.fail("ca_file", "There is no such file on this host, or it cannot be read.")
    except ValueError:
        fields.fail("ca_file", "This file holds no certificate in PEM form.")
    return path


def read_url(fields: Fields, name: str, *, required: str = "") -> str:
    """An https address; http is accepted on loopback only (CONTRACT: Environment)."""
    url = fields.text(name, required=required, longest=1000)
    if url and not is_safe_url(url):
        fields.fail(name, "Must be an https:// address (http:// only on loopback).")
    return url


def read_date(fields: Fields, name: str, current: date | None = None) -> date | None:
    """A day, as 2027-01-31; empty for none."""
    if not fields.given(name):
        return current
    if isinstance(given := fields.raw(name), date):  # YAML knows dates
        return given
    text = fields.text(name, longest=10)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fields.fail(name, "Must be a day, such as 2027-01-31.")
        return current


def is_safe_url(url: str) -> bool:
    scheme, host = scheme_and_host(url)
    return bool(host) and (scheme == "https" or (scheme == "http" and is_loopback(host)))


def scheme_and_host(url: str) -> tuple[str, str]:
    """The scheme and the host that a URL names, in lower case; both empty where it cannot be read.

    >>> scheme_and_host("https://Hooks.test/a"), scheme_and_host("http://["), scheme_and_host("https://h:port")
    (('https', 'hooks.test'), ('', ''), ('', ''))
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (reading it checks it)
    except ValueError:
        return "", ""
    return parts.scheme, (parts.hostname or "") if not re.search(r"\s", parts.netloc) else ""


def check_tenant(fields: Fields, name: str, tenant: str) -> str:
    """A tenant stands in the path of the Microsoft endpoints: a GUID, a domain, or a word such as organizations."""
    if tenant and not _TENANT.fullmatch(tenant):
        fields.fail(name, "Must be a tenant ID, a domain, or one of common, organizations, consumers.")
    return tenant


def address_fault(text: str) -> str:
    """What is wrong with a filter's address entry, in which ``*`` stands for any characters."""
    return "" if _ADDRESS_PATTERN.fullmatch(text) else "Must be a mail address; * stands for any characters."


def domain_fault(text: str) -> str:
    return "" if _DOMAIN.fullmatch(text) else "Must be a domain, such as yahoo.com or *.example.com."


def authserv_fault(text: str) -> str:
    """What is wrong with an authserv-id, which is one word of a header field (RFC 8601, 2.5)."""
    return "" if _AUTHSERV.fullmatch(text) else "Must be one name without spaces, such as mx.example.com."


def own_fault(addresses: Collection[str], kept: Collection[str]) -> Callable[[str], str]:
    """What is wrong with blocking an entry: ``addresses`` are the desk's own, which must not be locked out.

    What is blocked already (``kept``) is not asked about again.
    """
    domains = {address.rpartition("@")[2] for address in addresses}

    def fault(text: str) -> str:
        if wrong := sender_fault(text):
            return wrong
        entry = text.lower()
        if entry in kept:
            return ""
        if entry in addresses:
            return "This is an address of the desk's own: its mail would be blocked."
        if entry.removeprefix("*").lstrip("@.") in domains:
            return "This is the domain of the desk's own addresses: everybody in it would be blocked."
        return ""

    return fault


def sender_fault(text: str) -> str:
    """What is wrong with an entry that may be an address or a domain."""
    fine = is_valid(text) or _ADDRESS_PATTERN.fullmatch(text) or _DOMAIN.fullmatch(text)
    return "" if fine else "Must be a mail address or a domain."


def read_reference(
    fields: Fields, name: str, rows: QuerySet[AnyModel], current: AnyModel | None, label: str
) -> AnyModel | None:
    """The row that the field names, without regard to case; None for null."""
    if not fields.given(name):
        return current
    wanted = fields.text(name, longest=500)
    if not wanted:
        return None
    found = rows.filter(name__iexact=wanted).first()
    if found is None:
        fields.fail(name, unknown_name(label, wanted))
    return found


def check_name(fields: Fields, name: str, rows: QuerySet[Any], pk: int | None, label: str) -> None:
    """Names are unique without regard to case (OUT-04)."""
    if name and rows.filter(name__iexact=name).exclude(pk=pk).exists():
        fields.fail("name", f"There is another {label} of this name.")
