"""DKIM signatures (RFC 6376; RFC 8301: no SHA-1, no short keys; RFC 8463: Ed25519), checked in linear time.

Written on ``cryptography`` alone. The regular expressions that other code canonicalises bodies with take quadratic
time on a long run of spaces, and a mail is written by a stranger.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from postroom.mail.authentication.tags import Resolver, ResolverError, ascii_domain, read_tags

Result = Literal["pass", "fail", "none", "temperror"]
Field = tuple[bytes, bytes]
"""A header field: its name as written, and its value with folds and the final line end."""

MAX_SIGNATURES = 5
_KEY_BITS = range(1024, 8193)
_SPACES = re.compile(rb"[ \t]+")
_FOLDS = re.compile(rb"\r\n(?=[ \t])")
_SIGNATURE_TAG = re.compile(rb"(^|;)([ \t\r\n]*b[ \t\r\n]*=)[^;]*")
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,30}")
_SELECTOR = re.compile(r"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63}){0,10}")
# SubjectPublicKeyInfo of an RSA key that a record holds bare (RFC 3279, 2.3.1).
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of one signature: whose it is, the result, and in a few words why it is not ``pass``."""

    domain: str
    selector: str
    result: Result
    reason: str = ""


class _Failed(Exception):
    """The signature does not hold; the text says why."""


def split_message(raw: bytes) -> tuple[list[Field], bytes]:
    """The header fields and the body of a mail, with CRLF line ends."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head, _blank, body = (b"", b"", raw[2:]) if raw.startswith(b"\r\n") else raw.partition(b"\r\n\r\n")
    fields: list[Field] = []
    lines: list[bytes] = []
    for line in [*head.split(b"\r\n"), b"-"]:
        if line[:1] in (b" ", b"\t") and lines:
            lines.append(line)
            continue
        name, colon, _value = lines[0].partition(b":") if lines else (b"", b"", b"")
        if colon:
            whole = b"\r\n".join(lines) + b"\r\n"
            fields.append((name, whole[len(name) + 1 :]))
        lines = [line]
    return fields, body


def check_signatures(fields: list[Field], body: bytes, resolver: Resolver, now: datetime | None) -> list[Signature]:
    """Check the topmost signatures, at most ``MAX_SIGNATURES``."""
    own = [value for name, value in fields if name.strip().lower() == b"dkim-signature"]
    return [_check(value, fields, body, resolver, now) for value in own[:MAX_SIGNATURES]]


def _check(value: bytes, fields: list[Field], body: bytes, resolver: Resolver, now: datetime | None) -> Signature:
    tags = read_tags(_FOLDS.sub(b"", value).decode("ascii", "replace"))
    domain, selector = ascii_domain(tags.get("d", ""))[:253], tags.get("s", "")[:253]
    try:
        _check_tags(tags, domain, selector, now)
        _check_body(tags, body)
        record = _key_record(resolver, domain, selector)
        _check_key(tags, record, domain)
        _check_seal(tags, record, _signed(tags, value, fields))
    except ResolverError:
        return Signature(domain, selector, "temperror", "the key could not be looked up")
    except _Failed as failure:
        return Signature(domain, selector, "fail", str(failure))
    return Signature(domain, selector, "pass")


def _check_tags(tags: dict[str, str], domain: str, selector: str, now: datetime | None) -> None:
    if tags.get("v") != "1" or tags.get("a", "").lower() not in ("rsa-sha256", "ed25519-sha256"):
        raise _Failed("an algorithm that is not accepted")
    if _DOMAIN.fullmatch(domain) is None or _SELECTOR.fullmatch(selector) is None:
        raise _Failed("no domain or selector")
    if "from" not in _signed_names(tags):
        raise _Failed("From is not signed")
    identity = ascii_domain(tags.get("i", "").rpartition("@")[2])
    if identity and identity != domain and not identity.endswith("." + domain):
        raise _Failed("signed for another domain")
    expires = tags.get("x", "")
    if now is not None and expires.isdigit() and len(expires) < 13 and int(expires) < now.timestamp():
        raise _Failed("expired")


def _check_body(tags: dict[str, str], body: bytes) -> None:
    canonical = relaxed_body(body) if _canonicalisation(tags)[1] == "relaxed" else simple_body(body)
    length = tags.get("l", "")
    if length and (not length.isdigit() or len(length) > 12 or int(length) < len(canonical)):
        # Anything can be put below what such a signature covers (RFC 6376, 8.2).
        raise _Failed("only a part of the body is signed")
    if sha256(canonical).digest() != _base64(tags.get("bh", "")):
        raise _Failed("the body was changed")


def _canonicalisation(tags: dict[str, str]) -> tuple[str, str]:
    header, _slash, body = tags.get("c", "simple").lower().partition("/")
    return header.strip(), body.strip() or "simple"


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: white space in a line reduced, trailing white space and blank lines left out."""
    lines = [_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"\r\n".join(lines) + b"\r\n" if lines else b""


def simple_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.3: blank lines at the end left out; an empty body is one line end."""
    end = len(body)
    while end >= 2 and body[end - 2 : end] == b"\r\n":
        end -= 2
    return body[:end] + b"\r\n"


def _signed_names(tags: dict[str, str]) -> list[str]:
    return [name.strip().lower() for name in tags.get("h", "").split(":")][:200]


def _signed(tags: dict[str, str], own: bytes, fields: list[Field]) -> bytes:
    """The header as it was signed: the named fields from the bottom up, then the signature without its value."""
    relaxed = _canonicalisation(tags)[0] == "relaxed"
    waiting: dict[str, list[Field]] = {}
    for name, value in fields:
        waiting.setdefault(name.strip().lower().decode("latin-1"), []).append((name, value))
    pieces: list[bytes] = []
    for wanted in _signed_names(tags):
        left = waiting.get(wanted)
        if left:
            pieces.append(_canonical_field(*left.pop(), relaxed=relaxed))
    name = next((each for each, value in fields if value is own), b"DKIM-Signature")
    bare = _SIGNATURE_TAG.sub(rb"\1\2", own)
    pieces.append(_canonical_field(name, bare, relaxed=relaxed).removesuffix(b"\r\n"))
    return b"".join(pieces)


def _canonical_field(name: bytes, value: bytes, *, relaxed: bool) -> bytes:
    if not relaxed:
        return name + b":" + value if value.endswith(b"\r\n") else name + b":" + value + b"\r\n"
    return name.strip().lower() + b":" + _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ") + b"\r\n"


def _key_record(resolver: Resolver, domain: str, selector: str) -> dict[str, str]:
    for text in list(resolver(f"{selector}._domainkey.{domain}"))[:5]:
        tags = read_tags(text)
        if "p" in tags and tags.get("v", "DKIM1") == "DKIM1":
            return tags
    raise _Failed("no key")


def _check_key(tags: dict[str, str], record: dict[str, str], domain: str) -> None:
    if not record["p"]:
        raise _Failed("the key was withdrawn")
    if record.get("k", "rsa").lower() != tags["a"].lower().partition("-")[0]:
        raise _Failed("a key of another algorithm")
    if "h" in record and "sha256" not in [each.strip().lower() for each in record["h"].split(":")]:
        raise _Failed("the key is for another hash")
    if "s" in record and not {"email", "*"} & {each.strip().lower() for each in record["s"].split(":")}:
        raise _Failed("the key is not for mail")
    flags = [each.strip().lower() for each in record.get("t", "").split(":")]
    identity = ascii_domain(tags.get("i", "").rpartition("@")[2])
    if "s" in flags and identity not in ("", domain):
        raise _Failed("the key is not for subdomains")


def _check_seal(tags: dict[str, str], record: dict[str, str], signed: bytes) -> None:
    key, seal = _base64(record["p"]), _base64(tags.get("b", ""))
    try:
        if tags["a"].lower() == "ed25519-sha256":
            Ed25519PublicKey.from_public_bytes(key).verify(seal, sha256(signed).digest())
        else:
            _rsa_key(key).verify(seal, signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        raise _Failed("the header was changed") from None
    except (ValueError, UnsupportedAlgorithm, TypeError):
        raise _Failed("a key that cannot be used") from None


def _rsa_key(der: bytes) -> RSAPublicKey:
    try:
        key = load_der_public_key(der)
    except ValueError:
        key = load_der_public_key(_wrapped(der))
    if not isinstance(key, RSAPublicKey) or key.key_size not in _KEY_BITS:
        raise ValueError("not an RSA key of a fair length")
    return key


def _wrapped(der: bytes) -> bytes:
    """A bare RSAPublicKey as the SubjectPublicKeyInfo that the loader wants."""
    bits = b"\x03" + _length(len(der) + 1) + b"\x00" + der
    return b"\x30" + _length(len(_RSA_ALGORITHM) + len(bits)) + _RSA_ALGORITHM + bits


def _length(number: int) -> bytes:
    if number < 128:
        return bytes([number])
    digits = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes([128 + len(digits)]) + digits


def _base64(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except (Base64Error, ValueError):
        raise _Failed("no base64") from None
