"""Dovecot that takes access tokens only, and asks the identity provider about each (RFC 7662)."""

from __future__ import annotations

from pathlib import Path

from tests.servers import dovecot
from tests.servers.ca import Ca
from tests.servers.dovecot import Dovecot

_BY_PASSWORD = """passdb {{
  driver = static
  args = password={password}
}}"""
_BY_TOKEN = """passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {base}/oauth2.conf.ext
}}"""
_INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


class DovecotOAuth(Dovecot):
    """As ``Dovecot``; whoever the provider says a token belongs to signs in with it."""

    def __init__(self, base: Path, ca: Ca, introspection_url: str, mechanisms: str = "xoauth2 oauthbearer") -> None:
        super().__init__(base, ca)
        base.mkdir(parents=True, exist_ok=True)
        (base / "oauth2.conf.ext").write_text(_INTROSPECTION.format(url=introspection_url))
        config = dovecot.CONFIG.replace(_BY_PASSWORD, _BY_TOKEN)
        self.config = config.replace("plain login xoauth2 oauthbearer", mechanisms)
