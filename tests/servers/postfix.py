"""A private Postfix (3.7) on loopback: mail for desk.test goes into Dovecot's maildirs, all other mail to a sink.

Needs root, as Postfix does. Submission: STARTTLS and implicit TLS, sign-in through Dovecot. Nothing leaves the machine.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_port, wait_for

MASTER = Path("/usr/lib/postfix/sbin/master")

MAIN = """
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
mail_owner = postfix
maillog_file = {base}/postfix.log
maillog_file_prefixes = {base}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.desk.test
mydestination =
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
virtual_mailbox_domains = desk.test
virtual_mailbox_base = {dovecot}/mail
virtual_mailbox_maps = texthash:{base}/boxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_mailbox_limit = 0
message_size_limit = 60000000
default_transport = smtp:[127.0.0.1]:{sink}
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
smtpd_tls_cert_file = {chain}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = {dovecot}/run/sasl
smtpd_sasl_auth_enable = yes
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
"""

SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{submissions} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

BOXES = {
    "support@desk.test": "support@desk.test",
    "help@desk.test": "support@desk.test",
    "office@desk.test": "office@desk.test",
    "hr@desk.test": "hr@desk.test",
    "ada@desk.test": "ada@desk.test",
    "tess@desk.test": "tess@desk.test",
    "theo@desk.test": "theo@desk.test",
}


def is_usable() -> bool:
    return MASTER.exists() and os.geteuid() == 0


class Postfix:
    """One instance below ``base`` (short path). ``sink`` is the port that mail for other domains goes to."""

    def __init__(self, base: Path, dovecot: Dovecot, sink: int) -> None:
        self.base = base
        self.dovecot = dovecot
        self.sink = sink
        self.host = "localhost"
        self.port, self.submission, self.submissions = free_port(), free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        queue, data = self.base / "q", self.base / "data"
        self._make_queue(queue, data)
        chain, key = self.dovecot.ca.issue("localhost", "127.0.0.1")
        nobody = pwd.getpwnam("nobody")
        (self.base / "boxes").write_text("".join(f"{address} {box}/\n" for address, box in BOXES.items()))
        (self.base / "main.cf").write_text(
            MAIN.format(
                base=self.base,
                queue=queue,
                data=data,
                dovecot=self.dovecot.base,
                uid=nobody.pw_uid,
                gid=nobody.pw_gid,
                sink=self.sink,
                chain=chain,
                key=key,
            )
        )
        services = SERVICES.format(port=self.port, submission=self.submission, submissions=self.submissions)
        (self.base / "master.cf").write_text(services)
        self._process = subprocess.Popen([str(MASTER), "-c", str(self.base), "-d"], start_new_session=True)
        wait_for(self.port)

    def _make_queue(self, queue: Path, data: Path) -> None:
        """The queue's folders with the owners that Postfix insists on."""
        for folder in (self.base, queue, data):
            folder.mkdir(parents=True, exist_ok=True)
        self.base.chmod(0o755)
        shutil.chown(data, "postfix", "root")
        for name in (
            "active",
            "bounce",
            "corrupt",
            "defer",
            "deferred",
            "flush",
            "hold",
            "incoming",
            "private",
            "saved",
            "trace",
        ):
            (queue / name).mkdir(exist_ok=True)
            (queue / name).chmod(0o700)
            shutil.chown(queue / name, "postfix", "root")
        (queue / "pid").mkdir(exist_ok=True)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            (queue / name).mkdir(exist_ok=True)
            shutil.chown(queue / name, "postfix", "postdrop")
            (queue / name).chmod(mode)

    def stop(self) -> None:
        if self._process is not None:
            try:
                os.killpg(self._process.pid, signal.SIGTERM)
                self._process.wait(timeout=5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._process = None
