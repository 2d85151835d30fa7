"""A private Dovecot (2.3) on loopback: IMAP and POP3 plain with STARTTLS, IMAPS, POP3S, and a SASL socket for Postfix.

The same ports answer differently on other loopback addresses: ``STRICT``, ``EXPIRED``, ``ELSEWHERE`` ...
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from itertools import count
from pathlib import Path

from tests.servers.ca import Ca
from tests.servers.ports import free_port, wait_for

PASSWORD = "correct-horse"
STRICT = "127.0.0.2"  # no sign-in without TLS (on 127.0.0.1 Dovecot takes every connection for a secure one)
EXPIRED = "127.0.0.3"  # the certificate has expired
ELSEWHERE = "127.0.0.4"  # the certificate is for another name
PLAIN_OLD = "127.0.0.5"  # offers neither MOVE nor UIDPLUS nor IDLE
PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"

CONFIG = """
base_dir = {base}/run
state_dir = {base}/state
instance_name = {name}
log_path = {base}/dovecot.log
protocols = imap pop3
pop3_no_flag_updates = yes
listen = 127.0.0.1, {strict}, {expired}, {elsewhere}, {plain_old}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
ssl = yes
ssl_cert = <{chain}
ssl_key = <{key}
local {strict} {{
  ssl = required
  ssl_cert = <{strict_chain}
  ssl_key = <{strict_key}
}}
local {expired} {{
  ssl_cert = <{expired_chain}
  ssl_key = <{expired_key}
}}
local {elsewhere} {{
  ssl_cert = <{elsewhere_chain}
  ssl_key = <{elsewhere_key}
}}
local {plain_old} {{
  imap_capability = IMAP4rev1 LITERAL+
}}
mail_location = maildir:{base}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = 1
mail_max_userip_connections = 5000
default_internal_user = {internal}
default_login_user = {login}
default_vsz_limit = 512M
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3_port}
  }}
  inet_listener pop3s {{
    port = {pop3_tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  unix_listener sasl {{
    mode = 0666
  }}
}}
"""


def is_installed() -> bool:
    return Path(PROGRAM).exists()


class Dovecot:
    """One instance below ``base`` (keep the path short: it holds sockets). Any user name signs in with ``PASSWORD``."""

    def __init__(self, base: Path, ca: Ca) -> None:
        self.base = base
        self.ca = ca
        self.host = "localhost"
        self.port, self.tls_port = free_port(), free_port()
        self.pop3_port, self.pop3_tls_port = free_port(), free_port()
        self.sasl_socket = base / "run" / "sasl"
        self._numbers = count(1)
        self.config = CONFIG
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        for folder in ("run", "state", "mail", "home"):
            (self.base / folder).mkdir(parents=True, exist_ok=True)
        for parent in (self.base, self.base / "mail", self.base / "home"):
            parent.chmod(0o777)
        chain, key = self.ca.issue("localhost", "127.0.0.1", PLAIN_OLD)
        root = os.geteuid() == 0
        config = self.base / "dovecot.conf"
        config.write_text(
            self.config.format(
                base=self.base,
                name=f"test-{os.getpid()}-{self.port}",
                chain=chain,
                key=key,
                uid="nobody" if root else os.geteuid(),
                gid="nogroup" if root else os.getegid(),
                internal="dovecot" if root else os.geteuid(),
                login="dovenull" if root else os.geteuid(),
                password=PASSWORD,
                port=self.port,
                tls_port=self.tls_port,
                pop3_port=self.pop3_port,
                pop3_tls_port=self.pop3_tls_port,
                **self._odd_ones(),
            )
        )
        self._process = subprocess.Popen([PROGRAM, "-F", "-c", str(config)], start_new_session=True)
        wait_for(self.port)
        wait_for(self.tls_port)
        wait_for(self.pop3_port)

    def _odd_ones(self) -> dict[str, object]:
        """Addresses and certificates of the listeners that differ."""
        words: dict[str, object] = {"plain_old": PLAIN_OLD}
        for name, address, issued in (
            ("strict", STRICT, self.ca.issue(STRICT)),
            ("expired", EXPIRED, self.ca.issue(EXPIRED, expired=True)),
            ("elsewhere", ELSEWHERE, self.ca.issue("elsewhere.test")),
        ):
            words |= {name: address, f"{name}_chain": issued[0], f"{name}_key": issued[1]}
        return words

    def flags(self, user: str, folder: str = "") -> list[str]:
        """The flags of each mail in the maildir, as letters (S seen, T deleted); "" for none."""
        box = self.base / "mail" / user / folder
        names = [path.name for part in ("new", "cur") for path in (box / part).glob("*")]
        return sorted(name.partition(":2,")[2] for name in names)

    def deliver(self, user: str, raw: bytes, folder: str = "") -> None:
        """Put a mail straight into the user's maildir, as a local delivery agent does."""
        box = self.base / "mail" / user / folder
        for part in ("tmp", "new", "cur"):
            (box / part).mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            for path in (self.base / "mail" / user, box, box / "tmp", box / "new", box / "cur"):
                shutil.chown(path, "nobody", "nogroup")
        name = f"{int(time.time())}.M{next(self._numbers):09d}P{os.getpid()}.test"
        (box / "tmp" / name).write_bytes(raw)
        if os.geteuid() == 0:
            shutil.chown(box / "tmp" / name, "nobody", "nogroup")
        (box / "tmp" / name).rename(box / "new" / name)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None
