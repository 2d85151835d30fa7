"""Connects what is noted at sign-in and sign-out."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "postroom.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postroom.accounts import locks, sessions  # noqa: F401  their receivers
