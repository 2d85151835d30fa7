"""Delivery status notifications: the standard ones (RFC 3464) and those that servers write in their own words."""

from postroom.mail.bounces.find import find_bounce
from postroom.mail.bounces.reasons import REASONS, reason_of

__all__ = ["REASONS", "find_bounce", "reason_of"]
