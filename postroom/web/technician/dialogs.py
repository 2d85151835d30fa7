"""The forms of the dialogs on a request."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_NUMBER = re.compile(r"\s*\[?#?([0-9]{1,18})\]?\s*")


class NumberField(forms.CharField):
    """The number of a request: ``46``, ``#46`` or ``[#46]``."""

    def __init__(self, **options: Any) -> None:
        attrs = {"class": "form-control form-control-sm", "inputmode": "numeric", "autofocus": True}
        attrs |= {"placeholder": "#46", "list": "others", "autocomplete": "off"}
        super().__init__(max_length=24, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> int:
        found = _NUMBER.fullmatch(super().clean(value) or "")
        if found is None:
            raise forms.ValidationError(_("Enter the number of a request, such as #46."))
        return int(found[1])


def _check() -> forms.CheckboxInput:
    return forms.CheckboxInput(attrs={"class": "form-check-input"})


class MergeForm(forms.Form):
    into = NumberField(label=_("Into request"))
    copy_people = forms.BooleanField(
        required=False, widget=_check(), label=_("Copy the requester and Cc of this request on the other one")
    )


class LinkForm(forms.Form):
    request = NumberField(label=_("Request"))


class MoveForm(forms.Form):
    into = NumberField(label=_("To request"))


class SplitForm(forms.Form):
    subject = forms.CharField(
        label=_("Subject"),
        max_length=998,
        widget=forms.TextInput(attrs={"class": "form-control form-control-sm", "autofocus": True}),
    )


class SpamForm(forms.Form):
    block_sender = forms.BooleanField(required=False, widget=_check(), label=_("Block the sender, too"))


class DeleteForm(forms.Form):
    """Nothing to fill in: the question is the form."""


class RequesterForm(forms.Form):
    requester = forms.CharField(
        label=_("Email"),
        max_length=320,
        widget=forms.EmailInput(attrs={"class": "form-control form-control-sm", "autofocus": True}),
    )
    name = forms.CharField(
        label=_("Name, if they are new"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control form-control-sm"}),
    )
