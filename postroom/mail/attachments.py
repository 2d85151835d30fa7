"""Parts that are not the body: a safe file name, a type, a digest."""

from __future__ import annotations

import re
from hashlib import sha256

from postroom.mail.mime import Part
from postroom.mail.mime.tree import header_fields
from postroom.mail.model import Attachment
from postroom.mail.words import decode_words

_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/rfc822-headers": ".txt",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/msword": ".doc",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/gzip": ".gz",
    "application/x-gzip": ".gz",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/pgp-keys": ".asc",
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/basic": ".au",
    "audio/amr": ".amr",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "video/mpeg": ".mpg",
    "video/quicktime": ".mov",
    "image/heic": ".heic",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/x-icon": ".ico",
    "text/xml": ".xml",
    "text/directory": ".vcf",
    "text/markdown": ".md",
    "application/ics": ".ics",
    "message/external-body": ".txt",
    "message/partial": ".txt",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/ms-tnef": ".dat",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
}
# Path separators, what Windows refuses, controls, and the marks that turn the reading direction of a name around.
_UNSAFE = re.compile('[<>:"|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]')
_SPACES = re.compile(r"\s+")
_MAX_NAME = 200
EMBEDDED = ("message/rfc822", "message/global", "message/news")
# How a file begins whose type nobody named.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"%PDF-", ".pdf"),
    (b"PK\x03\x04", ".zip"),
    (b"\x1f\x8b", ".gz"),
    (b"{\\rtf", ".rtf"),
)


def safe_filename(name: str, fallback: str = "attachment") -> str:
    """A name without path, controls or direction marks, at most 200 bytes of UTF-8, its extension kept."""
    name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _SPACES.sub(" ", _UNSAFE.sub("_", name)).strip(" .")
    if not name.strip("_"):
        return fallback
    stem, dot, extension = name.rpartition(".")
    if len(name.encode()) <= _MAX_NAME:
        return name
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = _MAX_NAME - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + dot + extension


def make_attachment(part: Part, number: int) -> Attachment:
    """The attachment a part stands for; ``number`` names it when nothing else does."""
    content = part.content
    return Attachment(
        filename=_name(part, number),
        content_type=part.content_type,
        size=len(content),
        content_id=part.content_id,
        inline=False,
        sha256=sha256(content).hexdigest(),
        content=content,
        named=bool(part.filename),
    )


def _name(part: Part, number: int) -> str:
    extension = _EXTENSIONS.get(part.content_type) or next(
        (guess for start, guess in _MAGIC if part.content.startswith(start)), ".bin"
    )
    fallback = f"attachment-{number}{extension}"
    if part.filename:
        return safe_filename(part.filename, fallback)
    if part.content_type in EMBEDDED:
        subject = next((v for n, v in header_fields(part.content[:100_000]).values if n == "subject"), "")
        # A slash in a subject is no path.
        title = decode_words(subject).replace("/", "-").replace("\\", "-")
        return safe_filename(title[:150] + ".eml" if title else "", f"message-{number}.eml")
    return fallback
