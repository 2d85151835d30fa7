"""What requesters and guests fill in. What is required, and how much, is the services' to say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postroom.rules.fields import Invalid
from postroom.tickets import queries
from postroom.tickets.models import Category
from postroom.web.technician.forms import AddressesField

MAX_TEXT = 1_000_000


class _Faulty(forms.Form):
    """A form whose faults the services find."""

    def take(self, invalid: Invalid) -> None:
        """Put each fault at its field, what belongs to none above the button."""
        for name, message in invalid.errors:
            self.add_error(name if name in self.fields else None, message)


class ReplyForm(_Faulty):
    """A reply to the desk."""

    text = forms.CharField(required=False, label=_("Your reply"), max_length=MAX_TEXT)


class _Categorised(_Faulty):
    subject = forms.CharField(required=False, label=_("Subject"), max_length=250)
    category = forms.ModelChoiceField(
        Category.objects.none(), required=False, label=_("Category"), empty_label=_("I do not know")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = queries.categories()
        category.widget.attrs["class"] = "form-select"
        if not category.queryset.exists():
            del self.fields["category"]


class NewRequestForm(_Categorised):
    """A new request of somebody who is signed in."""

    text = forms.CharField(required=False, label=_("Description"), max_length=MAX_TEXT)
    cc = AddressesField(required=False, label=_("Cc"), max_length=20_000)


class GuestForm(_Categorised):
    """A request without an account. ``homepage`` is for programs that fill in whatever there is: people do not see it.

    ``caught`` is true once a program, or a browser's autofill, did.
    """

    name = forms.CharField(required=False, label=_("Your name"), max_length=200)
    email = forms.CharField(required=False, label=_("Your email address"), max_length=320)
    text = forms.CharField(required=False, label=_("Description"), max_length=MAX_TEXT)
    homepage = forms.CharField(required=False, label=_("Leave this empty"), max_length=200)
    caught = False

    def clean_homepage(self) -> str:
        """Nothing is thrown away in silence: a person whom autofill made look like a program sees the field, too."""
        self.caught = bool(self.cleaned_data["homepage"])
        if self.caught:
            raise forms.ValidationError(_("Clear this field, then send again."))
        return ""
