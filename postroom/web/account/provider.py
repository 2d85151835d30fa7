"""To the provider of single sign-on and back, by allauth's views; what goes wrong there is told in words."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps

from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from requests import RequestException

from postroom.web.account.adapters import refused

logger = logging.getLogger(__name__)
View = Callable[[HttpRequest, str], HttpResponseBase]


def _said_in_words(view: View) -> View:
    """A provider that cannot be reached, or whose documents lack what they must have, is no fault of the page."""

    @wraps(view)
    def page(request: HttpRequest, provider_id: str) -> HttpResponseBase:
        try:
            return view(request, provider_id)
        except (RequestException, LookupError, ValueError) as error:
            logger.warning("The provider of single sign-on gave no usable answer: %r", error)
            words = _("The sign-in at the provider did not work. Try again, or ask your administrator.")
            return refused(request, words)

    return never_cache(page)


to_provider = _said_in_words(openid_connect.login)
from_provider = _said_in_words(openid_connect.callback)
