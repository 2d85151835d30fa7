"""Django's settings, all of them derived from the environment (CONTRACT: Environment)."""

from __future__ import annotations

import os
from datetime import timedelta
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
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
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
    "postroom.web.proxies.TrustedProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "postroom.web.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "postroom.web.account.middleware.Preferences",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
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
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["email", "name"]}},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]

# Lock-out (django-axes): by address and IP together, known or not.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "postroom.accounts.locks.user_name"
AXES_LOCKOUT_CALLABLE = "postroom.web.account.views.locked_out"

# Two-step and single sign-on (django-allauth). Local sign-in, mails and templates are our own (decision 10).
ACCOUNT_ADAPTER = "postroom.web.account.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,60/m/ip"}  # codes of the second step; an office shares its address
MFA_ADAPTER = "postroom.web.account.adapters.TwoStepAdapter"
MFA_TOTP_ISSUER = "Postroom"
MFA_TOTP_TOLERANCE = 1  # one step early or late: clocks differ
SOCIALACCOUNT_ADAPTER = "postroom.web.account.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form would be stopped at the provider by our own form-action (CSP)
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10

# What must be the same in every process: codes that were used, and how often somebody tried.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "postroom_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # a used code must not be forgotten before its time
    }
}
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
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 50 * 1024 * 1024  # 35 MB in base64 and a bit
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the panel of outgoing rules sends several fields a condition
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

STATIC_URL = "/static/"
STATIC_ROOT = _env.home / "static"
STATICFILES_DIRS = [("bootstrap", bootstrap_wrapper.get_bootstrap_dir())]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ar", "العربية")]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
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
        "axes": {"level": "ERROR"},  # locks are in the audit
        "httpx2": {"level": "WARNING"},  # a line for every request, with all of its address
    },
}
