"""Raw mails for the tests of this folder."""

from __future__ import annotations

from base64 import encodebytes


def a_mail(
    body: str = "The printer is on fire.", *extra: str, content_type: str = "text/plain; charset=utf-8"
) -> bytes:
    """One mail from Sam to the desk; ``extra`` are further header lines."""
    head = [
        "From: Sam Requester <sam@example.test>",
        "To: support@desk.test",
        *(() if any(line.lower().startswith("subject:") for line in extra) else ("Subject: Printer",)),
        "Date: Tue, 24 Nov 2026 10:00:00 +0100",
        "Message-ID: <one@example.test>",
        "MIME-Version: 1.0",
        f"Content-Type: {content_type}",
        *extra,
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body.replace("\n", "\r\n")).encode()


def a_part(content: str | bytes, content_type: str = "text/plain; charset=utf-8", *extra: str) -> str:
    """One part of a multipart; bytes are sent as base64."""
    lines = [f"Content-Type: {content_type}", *extra]
    if isinstance(content, bytes):
        lines.append("Content-Transfer-Encoding: base64")
        content = encodebytes(content).decode()
    return "\n".join(lines) + "\n\n" + content


def a_multipart(subtype: str, *parts: str, boundary: str = "B", extra: tuple[str, ...] = (), more: str = "") -> bytes:
    """A multipart mail of ready parts."""
    return a_mail(joined(parts, boundary), *extra, content_type=f'multipart/{subtype}; boundary="{boundary}"{more}')


def joined(parts: tuple[str, ...], boundary: str) -> str:
    """Parts between delimiters."""
    return "".join(f"--{boundary}\n{part}\n" for part in parts) + f"--{boundary}--\n"


def a_nested(subtype: str, *parts: str, boundary: str = "N") -> str:
    """A multipart as a part of another."""
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\n\n' + joined(parts, boundary)
