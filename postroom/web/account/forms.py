"""The forms of sign-in and of Profile. No answer ever tells which addresses have an account."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from postroom.accounts.models import User
from postroom.web.account.used_codes import use_up

REFUSED = _("Email and password do not match an account that may sign in. Check both, or ask your administrator.")
THEMES = [("auto", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]
WRONG_CODE = _("This code is not right, or was used already. Wait for the next one, or use a recovery code.")


def _password(label: Any) -> forms.CharField:
    return forms.CharField(max_length=1000, label=label, strip=False, widget=forms.PasswordInput)


class SignInForm(forms.Form):
    """Email and password; ``user`` is set once it is valid."""

    email = forms.EmailField(max_length=320, label=_("Email"))
    password = _password(_("Password"))

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user: User | None = None

    def clean(self) -> dict[str, Any]:
        """Check the password, and that the person may come in."""
        given = super().clean() or {}
        email, password = given.get("email"), given.get("password")
        if email and password:
            user = authenticate(self.request, email=email.lower(), password=password)
            if not isinstance(user, User) or user.blocked or user.archived:
                raise forms.ValidationError(REFUSED)
            self.user = user
        return given


class ForgottenForm(forms.Form):
    """The address to mail a link to."""

    email = forms.EmailField(max_length=320, label=_("Email"))


class NewPasswordForm(forms.Form):
    """A new password for ``user``, written once: browsers show it on demand."""

    new_password = _password(_("New password"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self) -> str:
        """Long enough, not one that everybody guesses, and not the person's own name."""
        password = str(self.cleaned_data["new_password"])
        validate_password(password, self.user)
        return password


class ChangePasswordForm(NewPasswordForm):
    """The same for somebody who is signed in: the present password is asked for first."""

    password = _password(_("Present password"))
    field_order = ["password", "new_password"]

    def clean_password(self) -> str:
        """The present one."""
        password = str(self.cleaned_data["password"])
        if not self.user.check_password(password):
            raise forms.ValidationError(gettext("This is not your present password."))
        return password


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """The code of the second step: from the app, or a recovery code."""

    def clean_code(self) -> str:
        """Six digits, or one of the recovery codes; spaces do not count."""
        try:
            code = str(super().clean_code())
        except forms.ValidationError as error:
            raise error if error.code != "incorrect_code" else forms.ValidationError(WRONG_CODE) from None
        if not use_up(self.user, code):
            raise forms.ValidationError(WRONG_CODE)
        return code


class PreferencesForm(forms.Form):
    """What the pages look like for one person."""

    name = forms.CharField(max_length=200, label=_("Name"))
    language = forms.ChoiceField(label=_("Language"))
    time_zone = forms.CharField(max_length=64, required=False, label=_("Time zone"))
    theme = forms.ChoiceField(choices=THEMES, label=_("Appearance"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]

    def clean_time_zone(self) -> str:
        """A name of the IANA database, or empty: the browser's own."""
        name = str(self.cleaned_data["time_zone"]).strip()
        if name and name not in available_timezones():
            raise forms.ValidationError(gettext("There is no time zone of this name. An example: Europe/Berlin."))
        return name
