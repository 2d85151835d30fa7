"""Django's settings, all of them derived from the environment (CONTRACT: Environment)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bootstrap_wrapper

from postroom.config.environment import database_parameters, environment
from postroom.postgres import Embedded

_env = environment()

POSTROOM_HOME = _env.home
POSTROOM_STORAGE = _env.storage
POSTROOM_URL = _env.url
POSTROOM_SECRET_KEYS = list(_env.secret_keys)
POSTROOM_TRUSTED_PROXIES = list(_env.trusted_proxies)
POSTROOM_EMBEDDED = not _env.database_url

SECRET_KEY, *SECRET_KEY_FALLBACKS = _env.secret_keys
DEBUG = False
_ANY_HOST = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to
ALLOWED_HOSTS = [urlsplit(_env.url).hostname or "", _env.bind_host, "localhost", "127.0.0.1"]
if _env.bind_host in _ANY_HOST:
    ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "postroom.config.urls"
WSGI_APPLICATION = "postroom.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "postroom.audit",
    "postroom.accounts",
    "postroom.channels",
    "postroom.outbox",
    "postroom.tickets",
    "postroom.inbox",
    "postroom.web",
    "postroom.run",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "postroom.web.security.ContentSecurityPolicy",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parents[1] / "web" / "templates"],
        "OPTIONS": {"environment": "postroom.web.jinja.environment", "autoescape": True},
    },
]
FORM_RENDERER = "django.forms.renderers.Jinja2"


def _database() -> dict[str, Any]:
    options: dict[str, Any] = {
        "pool": {"min_size": 0, "max_size": 12, "timeout": 30, "max_idle": 120},
        "prepare_threshold": 5,  # only for channels.prepared: the ORM's cursors prepare nothing
    }
    if _env.database_url:
        parameters: dict[str, Any] = dict(database_parameters(_env.database_url))
    else:
        at = Embedded(_env.home).connection
        parameters = {
            "NAME": at.database,
            "USER": at.user,
            "PASSWORD": at.password,
            "HOST": at.host,
            "PORT": str(at.port),
        }
    return {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": True, "OPTIONS": options, **parameters}


DATABASES = {"default": _database()}

AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

_https = _env.url.startswith("https://")
SESSION_COOKIE_NAME = "postroom_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 14 * 86400
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [_env.url]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
DATA_UPLOAD_MAX_MEMORY_SIZE = 50 * 1024 * 1024  # 35 MB in base64 and a bit
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the panel of outgoing rules sends several fields a condition
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

STATIC_URL = "/static/"
STATIC_ROOT = _env.home / "static"
STATICFILES_DIRS = [("bootstrap", bootstrap_wrapper.get_bootstrap_dir())]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("POSTROOM_LOG_LEVEL", "") or "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},  # anybody can cause it; the answer is 400
        "imapclient": {"level": "WARNING"},
    },
}
