"""django-helpdesk 2.6 on the same mails: SQLite, ``manage.py get_email``.

It lives in a virtual environment of its own, ``bench/.peer``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent / ".peer"
PYTHON = FOLDER / "bin" / "python"
REQUIREMENTS = ("django-helpdesk==2.6.1", "django<5.3")

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
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": "{base}/db.sqlite3"}}}}
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
TOLD = "enable_notifications_on_email_events=True"  # the submitter is told, as here; nobody else is


def install() -> None:
    """Make the peer's virtual environment where it is missing."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
        subprocess.run([str(PYTHON), "-m", "pip", "install", "-q", *REQUIREMENTS], check=True)


class Peer:
    """One installation below ``base``; ``run`` fetches what waits in the mailbox."""

    def __init__(self, base: Path, *, imap: int, user: str, password: str, sink: int, notify: bool) -> None:
        shutil.rmtree(base, ignore_errors=True)
        base.mkdir(parents=True)
        self.base = base
        backend = "smtp" if notify else "dummy"
        (base / "peer_settings.py").write_text(
            SETTINGS.format(base=base, backend=f"django.core.mail.backends.{backend}.EmailBackend", sink=sink)
        )
        (base / "peer_urls.py").write_text(URLS)
        self._environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "peer_settings", "PYTHONPATH": str(base)}
        self._django("migrate", "-v0")
        queue = QUEUE.format(imap=imap, user=user, password=password, notify=TOLD if notify else "")
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
        import sqlite3

        with sqlite3.connect(self.base / "db.sqlite3") as connection:
            count = lambda table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: E731
            return count("helpdesk_ticket"), count("helpdesk_followup")
