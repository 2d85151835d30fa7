"""What requesters fill in."""

from __future__ import annotations

from django import forms


class ReplyForm(forms.Form):
    """A reply to the desk."""

    text = forms.CharField(required=False, label="Your reply", max_length=1_000_000)
