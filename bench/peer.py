"""django-helpdesk 2.6 on the same mails, with the same PostgreSQL: ``manage.py get_email``.

It lives in a virtual environment of its own, ``bench/.peer``; each installation has an embedded database of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from postroom.postgres import Embedded

FOLDER = Path(__file__).parent / ".peer"
PYTHON = FOLDER / "bin" / "python"
REQUIREMENTS = ("django-helpdesk==2.6.1", "django<5.3", "psycopg[binary]")

SETTINGS = """
SECRET_KEY = "bench"
DEBUG = False
USE_TZ = True
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.sites",
    "django.contrib.humanize", "rest_framework", "helpdesk"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
    "OPTIONS": {{"context_processors": ["django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}}}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "{at.database}", "USER": "{at.user}",
    "PASSWORD": "{at.password}", "HOST": "{at.host}", "PORT": {at.port}}}}}
ROOT_URLCONF = "peer_urls"
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
MEDIA_ROOT = "{base}/media"
EMAIL_BACKEND = "{backend}"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", {sink}
HELPDESK_ACTIVATE_API_ENDPOINT = False
HELPDESK_TEAMS_MODE_ENABLED = False
LOGGING_CONFIG = None
"""
URLS = """
from django.urls import include, path
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
"""
QUEUE = """
from helpdesk.models import Queue
Queue.objects.create(title="Desk", slug="desk", email_address="desk@desk.test", allow_email_submission=True,
    email_box_type="imap", email_box_host="127.0.0.1", email_box_port={imap}, email_box_user="{user}",
    email_box_pass="{password}", email_box_interval=0, email_box_ssl=False, {notify})
"""
# Who is told besides nobody: the submitter, or the submitter and the desk's own people.
TOLD = {
    "off": "",
    "requester": "enable_notifications_on_email_events=True",
    "desk": 'enable_notifications_on_email_events=True, new_ticket_cc="tess@desk.test", '
    'updated_ticket_cc="tess@desk.test"',
}


def install() -> None:
    """Make the peer's virtual environment where it is missing."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    subprocess.run([str(PYTHON), "-m", "pip", "install", "-q", *REQUIREMENTS], check=True)


@contextmanager
def peer(base: Path, *, imap: int, user: str, password: str, sink: int, told: str) -> Iterator[Peer]:
    """An installation of its own below ``base``, with its database running. ``told`` is a key of ``TOLD``."""
    shutil.rmtree(base, ignore_errors=True)
    server = Embedded(base)
    base.mkdir(parents=True)
    at = server.acquire()
    words = f"host={at.host} port={at.port} user={at.user} password={at.password} dbname={at.database}"
    try:
        backend = "dummy" if told == "off" else "smtp"
        settings = SETTINGS.format(
            base=base, at=at, backend=f"django.core.mail.backends.{backend}.EmailBackend", sink=sink
        )
        queue = QUEUE.format(imap=imap, user=user, password=password, notify=TOLD[told])
        yield Peer(base, settings, queue, words)
    finally:
        server.release()


class Peer:
    """One installation below ``base``; ``run`` fetches what waits in the mailbox."""

    def __init__(self, base: Path, settings: str, queue: str, connection_words: str) -> None:
        self.base = base
        self._connection_words = connection_words
        (base / "peer_settings.py").write_text(settings)
        (base / "peer_urls.py").write_text(URLS)
        self._environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "peer_settings", "PYTHONPATH": str(base)}
        self._django("migrate", "-v0")
        self._django("shell", "-c", queue)
        self._django("loaddata", "emailtemplate", "-v0")

    def _django(self, *words: str) -> None:
        subprocess.run(
            [str(PYTHON), "-m", "django", *words],
            env=self._environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.base,
        )

    def run(self) -> float:
        """Seconds that one ``get_email`` takes."""
        start = time.perf_counter()
        self._django("get_email")
        return time.perf_counter() - start

    def tickets(self) -> tuple[int, int]:
        """How many tickets and follow-ups there are."""
        with psycopg.connect(self._connection_words) as connection:
            tickets = connection.execute("SELECT count(*) FROM helpdesk_ticket").fetchone()
            follow_ups = connection.execute("SELECT count(*) FROM helpdesk_followup").fetchone()
        assert tickets is not None and follow_ups is not None
        return tickets[0], follow_ups[0]
