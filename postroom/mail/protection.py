"""Whether a mail is encrypted or signed: S/MIME (RFC 8551) or PGP (RFC 3156, or inline)."""

from __future__ import annotations

from collections.abc import Iterator

from postroom.mail.mime import Part
from postroom.mail.model import ParsedMail, Protection
from postroom.mail.unpack import SMIME

_SIGNED = ("signed-data", "certs-only", "signed-receipt")


def note_protection(mail: ParsedMail, root: Part) -> None:
    """Set ``encrypted`` and ``signed``. Nothing is verified or decrypted here; opaque signatures are opened before."""
    for part in _containers_and_leaves(root):
        kind = part.content_type
        protocol = part.parameters.get("protocol", "").lower()
        if kind == "multipart/encrypted":
            mail.encrypted = "pgp"
        elif kind == "multipart/signed":
            named = protocol or " ".join(child.content_type for child in part.children)
            mail.signed = "pgp" if "pgp" in named else "smime"
        elif kind in SMIME:
            if part.parameters.get("smime-type", "").lower() in _SIGNED:
                mail.signed = "smime"
            else:
                mail.encrypted = "smime"
    if "-----BEGIN PGP " in mail.text:
        mail.encrypted = _inline(mail.text, "-----BEGIN PGP MESSAGE-----", mail.encrypted)
        mail.signed = _inline(mail.text, "-----BEGIN PGP SIGNED MESSAGE-----", mail.signed)


def _inline(text: str, armour: str, known: Protection) -> Protection:
    return "pgp" if known == "no" and text.lstrip().startswith(armour) else known


def _containers_and_leaves(root: Part) -> Iterator[Part]:
    stack = [root]
    while stack:
        part = stack.pop()
        yield part
        stack.extend(part.children)
