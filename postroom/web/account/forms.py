"""The sign-in form. One message for every failure: it never tells which addresses have an account."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from postroom.accounts.models import User

REFUSED = "Email and password do not match an account that may sign in. Check both, or ask your administrator."


class SignInForm(forms.Form):
    """Email and password; ``user`` is set once it is valid."""

    email = forms.EmailField(max_length=320, label="Email")
    password = forms.CharField(max_length=1000, label="Password", strip=False, widget=forms.PasswordInput)

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Check the password, and that the person may come in."""
        given = super().clean() or {}
        email, password = given.get("email"), given.get("password")
        if email and password:
            user = authenticate(self.request, username=email.lower(), password=password)
            if not isinstance(user, User) or user.blocked or user.archived:
                raise forms.ValidationError(REFUSED)
            self.user = user
        return given
