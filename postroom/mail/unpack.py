"""Open what other programs wrap a mail in: winmail.dat, opaque S/MIME signatures. The tree then looks like others."""

from __future__ import annotations

from postroom.mail.cms import open_envelope
from postroom.mail.eml import as_eml
from postroom.mail.limits import MAX_DEPTH
from postroom.mail.mapi import MapiFile
from postroom.mail.mime import Part, read_tree
from postroom.mail.tnef import is_tnef, read_tnef

SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
# A container of what a winmail.dat held: its texts count where the mail has no other.
TNEF = "multipart/x-tnef"
_MAX_LAYERS = 4
_MAX_OPENED = 20


def unpack(root: Part, defects: list[str]) -> None:
    """Replace wrapped leaves by what is in them, in place. What cannot be opened stays as it is."""
    _Unpacker(defects).visit(root, 0, 0)


class _Unpacker:
    """Counts what is opened, so that wrappers within wrappers come to an end."""

    def __init__(self, defects: list[str]) -> None:
        self._defects = defects
        self._opened = 0

    def visit(self, part: Part, depth: int, layers: int) -> None:
        """Open a part, or the parts below it."""
        if part.is_multipart:
            if depth <= MAX_DEPTH:
                for child in part.children:
                    self.visit(child, depth + 1, layers)
            return
        if layers >= _MAX_LAYERS or self._opened >= _MAX_OPENED:
            return
        if part.content_type in SMIME or (
            part.content_type == "application/octet-stream" and part.filename.lower().endswith((".p7m", ".p7z"))
        ):
            self._open_smime(part, depth, layers)
        elif is_tnef(part.content_type, part.filename, part.content):
            self._open_tnef(part)

    def _open_smime(self, part: Part, depth: int, layers: int) -> None:
        envelope = open_envelope(part.content)
        if envelope.kind == "enveloped":
            part.content_type, part.parameters["smime-type"] = SMIME[0], "enveloped-data"
        if not envelope.content:
            return
        self._opened += 1
        tree = read_tree(envelope.content)
        self._defects.extend(defect for defect in tree.defects if defect not in self._defects)
        part.children = [tree.root]
        # As if the signature stood beside the content (RFC 8551, 3.5.3).
        signed = envelope.kind == "signed"
        part.content_type = "multipart/signed" if signed else "multipart/mixed"
        part.parameters = {"protocol": "application/pkcs7-signature"} if signed else {}
        part.content, part.disposition, part.filename = b"", "", ""
        self.visit(tree.root, depth + 1, layers + 1)

    def _open_tnef(self, part: Part) -> None:
        self._opened += 1
        found = read_tnef(part.content)
        message = found.message
        if found.damaged:
            self._defects.append("damaged_tnef")
        children: list[Part] = []
        if message.text:
            children.append(_text("text/plain", message.text))
        if message.html is not None:
            children.append(_text("text/html", message.html))
        children.extend(_file(file) for file in message.files)
        if found.damaged or not children:
            # What could not be read in full is kept whole, too.
            kept = Part(part.headers, part.content_type, part.parameters, "attachment", part.filename, part.content)
            children.append(kept)
        part.content_type, part.children = TNEF, children
        part.parameters, part.content, part.disposition, part.filename = {}, b"", "", ""


def _text(content_type: str, text: str) -> Part:
    return Part([], content_type, {"charset": "utf-8"}, content=text.encode("utf-8", "replace"))


def _file(file: MapiFile) -> Part:
    headers = [("content-id", file.content_id)] if file.content_id else []
    if file.embedded is not None:
        return Part(headers, "message/rfc822", {}, "attachment", f"{file.name}.eml", as_eml(file.embedded))
    return Part(headers, file.content_type, {}, "attachment", file.name, file.content)
