"""Signed mail is shown, encrypted mail is kept and said to be encrypted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from postroom.mail import parse
from postroom.mail.cms import open_envelope

from .build import a_mail, a_multipart, a_part

INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nSigned gr\xc3\xbc\xc3\x9fe"
OPAQUE = "application/pkcs7-mime; name=smime.p7m; smime-type="


def _certificate(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sam")])
    now = datetime(2026, 11, 24, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def signed() -> bytes:
    """An opaque S/MIME signature around a text."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = pkcs7.PKCS7SignatureBuilder().set_data(INNER).add_signer(_certificate(key), key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


@pytest.fixture(scope="module")
def enveloped() -> bytes:
    """The same text, encrypted."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(INNER).add_recipient(_certificate(key))
    return builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


@pytest.mark.parametrize("kind", ["signed-data", ""])
def test_an_opaque_signature_is_opened_and_its_content_shown(signed: bytes, kind: str):
    part = a_part(signed, OPAQUE + kind if kind else "application/x-pkcs7-mime", "Content-Disposition: attachment")
    head, body = part.split("\n\n", 1)
    mail = parse(a_mail(body, *head.split("\n")[1:], content_type=head.split("\n")[0].partition(": ")[2]))
    assert (mail.text, mail.signed, mail.encrypted, mail.attachments) == ("Signed grüße", "smime", "no", [])


def test_an_opaque_signature_below_a_list_footer_is_opened_too(signed: bytes):
    mail = parse(a_multipart("mixed", a_part(signed, OPAQUE + "signed-data"), a_part("list footer")))
    assert (mail.text, mail.signed) == ("Signed grüße\n\nlist footer", "smime")


def test_an_encrypted_mail_is_kept_and_said_to_be_encrypted(enveloped: bytes):
    mail = parse(a_multipart("mixed", a_part(enveloped, "application/pkcs7-mime; name=smime.p7m")))
    assert (mail.encrypted, mail.signed, mail.text) == ("smime", "no", "")
    assert [(each.filename, each.content) for each in mail.attachments] == [("smime.p7m", enveloped)]


def test_an_encrypted_mail_under_a_neutral_type_is_recognised(enveloped: bytes):
    assert (
        parse(a_multipart("mixed", a_part(enveloped, "application/octet-stream; name=smime.p7m"))).encrypted == "smime"
    )


def test_a_signature_in_indefinite_lengths_and_pieces_is_read():
    oid_signed, oid_data = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")
    pieces = b"\x24\x80\x04\x03abc\x04\x03def\x00\x00"
    holder = b"\x30\x80" + oid_data + b"\xa0\x80" + pieces + b"\x00\x00\x00\x00"
    body = b"\x30\x80\x02\x01\x01\x31\x00" + holder + b"\x00\x00"
    found = open_envelope(b"\x30\x80" + oid_signed + b"\xa0\x80" + body + b"\x00\x00\x00\x00")
    assert (found.kind, found.content) == ("signed", b"abcdef")


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x80" * 50_000, b"0\x84\xff\xff\xff\xff\x06\x01x", b"text" * 100])
def test_what_is_no_envelope_is_left_alone(data: bytes):
    assert open_envelope(data).content is None


def test_pgp_is_recognised_inline_and_in_mime():
    armour = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n-----BEGIN PGP SIGNATURE-----\n\nx\n"
    assert (parse(a_mail(armour)).signed, "Hello" in parse(a_mail(armour)).text) == ("pgp", True)
    assert parse(a_mail("-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----")).encrypted == "pgp"
    signature = a_part("-----BEGIN PGP SIGNATURE-----", "application/pgp-signature; name=signature.asc")
    assert parse(a_multipart("signed", a_part("text"), signature)).signed == "pgp"
