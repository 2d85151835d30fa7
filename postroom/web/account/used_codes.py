"""A code of the app is good once in all the time that it is good for (RFC 6238, 5.2).

allauth forgets a used code after one step, and never notes the one that turns the second step on. With a step early
and a step late allowed, a code is good for three.
"""

from __future__ import annotations

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from django.core.cache import cache

from postroom.accounts.models import User


def use_up(person: User, code: str) -> bool:
    """Remember that the person showed this right code; False where they showed it before."""
    seconds = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    key = f"postroom.second-step.used?person={person.pk}&code={normalize_user_code(code)}"
    return bool(cache.add(key, "y", timeout=seconds))
