"""A server's own trusted certificate (OUT-08): a PEM text (RFC 7468) that becomes the file which ``ca_file`` names.

Files are kept beside the mails, in the folder that all hosts share, under the hash of what is in them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography import x509
from django.conf import settings

from postroom.rules.fields import Invalid

_FOLDER = "certificates"
_LONGEST = 200_000


def keep(pem: str) -> str:
    """Store the certificates of ``pem``; the path of their file. Raises Invalid for what is none."""
    content = pem.strip().encode() + b"\n"
    try:
        if len(content) > _LONGEST:
            raise ValueError
        x509.load_pem_x509_certificates(content)
    except ValueError:
        words = "This is no certificate in PEM form: it begins with -----BEGIN CERTIFICATE-----."
        raise Invalid([("ca_pem", words)]) from None
    folder = Path(settings.POSTROOM_STORAGE) / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(content).hexdigest()[:32]}.pem"
    if not path.exists():
        path.write_bytes(content)
    return str(path)


def describe(path: str) -> str:
    """The first certificate of a file in words, or "" where it cannot be read."""
    try:
        certificate = x509.load_pem_x509_certificates(Path(path).read_bytes()[:_LONGEST])[0]
    except (OSError, ValueError):
        return ""
    expires = certificate.not_valid_after_utc
    return f"{certificate.subject.rfc4514_string()}, valid until {expires.day} {expires:%b %Y}"
