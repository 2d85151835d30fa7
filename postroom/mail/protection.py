"""Whether a mail is encrypted or signed: S/MIME (RFC 8551) or PGP (RFC 3156, or inline)."""

from __future__ import annotations

from postroom.mail.mime import Part
from postroom.mail.model import ParsedMail, Protection

_SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")


def note_protection(mail: ParsedMail, root: Part) -> None:
    """Set ``encrypted`` and ``signed``. Nothing is verified or decrypted here."""
    for part in (root, *root.children):
        kind = part.content_type
        protocol = part.parameters.get("protocol", "").lower()
        if kind == "multipart/encrypted":
            mail.encrypted = "pgp"
        elif kind == "multipart/signed":
            mail.signed = "pgp" if "pgp" in protocol else "smime"
        elif kind in _SMIME:
            signed = part.parameters.get("smime-type", "").lower() in ("signed-data", "certs-only")
            if signed:
                mail.signed = "smime"
            else:
                mail.encrypted = "smime"
    if "-----BEGIN PGP " in mail.text:
        mail.encrypted = _inline(mail.text, "-----BEGIN PGP MESSAGE-----", mail.encrypted)
        mail.signed = _inline(mail.text, "-----BEGIN PGP SIGNED MESSAGE-----", mail.signed)


def _inline(text: str, armour: str, known: Protection) -> Protection:
    return "pgp" if known == "no" and text.lstrip().startswith(armour) else known
