"""The browsers in which a person is signed in: what they are, in words, and how to sign them out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from postroom.accounts.models import BrowserSession
from postroom.accounts.sessions import end_sessions
from postroom.web.http import PortalRequest, actor, signed_in

# In this order: Edge and Opera call themselves Chrome as well, and Chrome calls itself Safari.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Browser:
    """One line of the list."""

    pk: int
    name: str
    ip: str | None
    seen_at: datetime
    since: datetime
    is_current: bool
    is_mobile: bool


def described(row: BrowserSession, current: str | None) -> Browser:
    """A session in words; ``current`` is the key of the session that asks."""
    mobile = bool(re.search(r"Android|iPhone|iPad|Mobile", row.user_agent))
    is_current = row.session_key == current
    return Browser(row.pk, name_of(row.user_agent), row.ip, row.seen_at, row.created_at, is_current, mobile)


def name_of(user_agent: str) -> str:
    """What the browser calls itself, in two words.

    >>> name_of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox, Linux'
    """
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(word for word in (browser, system) if word) or _("Unknown browser")


@require_POST
@signed_in
def sign_out_others(request: PortalRequest) -> HttpResponse:
    """Sign out of one other browser, or of all of them; this one stays."""
    one = request.POST.get("browser", "")
    ids = [int(one)] if one.isdecimal() and len(one) < 19 else None
    count = end_sessions(actor(request), request.user, ids, keep=request.session.session_key)
    said = ngettext("Signed out of %(count)s browser.", "Signed out of %(count)s browsers.", count)
    messages.success(request, said % {"count": count})
    return redirect("profile")
