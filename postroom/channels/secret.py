"""Secrets at rest: the instance's key ring, and a model field that stores only cipher text (MultiFernet).

The first key of ``settings.POSTROOM_SECRET_KEYS`` encrypts, all of them decrypt, so a key is rotated by putting a new
one in front. What is not for Fernet (thread tokens, fingerprints) gets a key of its own, derived by HKDF (RFC 5869).
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


class SecretUnreadable(Exception):
    """A stored secret was encrypted with a key that is not in POSTROOM_SECRET_KEY."""


@lru_cache(maxsize=64)
def _derive(key: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"postroom", info=purpose.encode()).derive(key.encode())


def derived_keys(purpose: str) -> list[bytes]:
    """A 32-byte key for ``purpose`` from each instance key, newest first."""
    return [_derive(key, purpose) for key in settings.POSTROOM_SECRET_KEYS]


def thread_keys() -> list[bytes]:
    """The keys that sign thread tokens, newest first (R18)."""
    return derived_keys("thread token")


def fingerprints() -> list[str]:
    """What tells each instance key from others without revealing it, newest first."""
    return [key.hex()[:16] for key in derived_keys("fingerprint")]


@lru_cache(maxsize=4)
def _ring_of(*keys: bytes) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _ring() -> MultiFernet:
    return _ring_of(*derived_keys("secrets at rest"))


def encrypt(value: str) -> str:
    return _ring().encrypt(value.encode()).decode()


def decrypt(value: str) -> str:
    """The clear text. Raises SecretUnreadable when no key of the ring fits."""
    try:
        return _ring().decrypt(value.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable(
            "A stored secret cannot be read with this POSTROOM_SECRET_KEY. Put the key that it was stored with "
            "behind the new one, separated by a comma."
        ) from None


def rotate(value: str) -> str:
    """The same secret, encrypted with the newest key."""
    return _ring().rotate(value.encode()).decode()


if TYPE_CHECKING:
    _TextField = models.TextField[str | None, str]
else:
    _TextField = models.TextField


class EncryptedTextField(_TextField):
    """Text that is clear in Python and cipher text in the database; empty stays empty. Never filter by it."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value
