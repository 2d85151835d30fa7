"""What technicians keep beside the conversation: drafts, visits, links, canned replies, and the bell's notices."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from postroom.tickets.models.conversation import Entry
from postroom.tickets.models.ticket import Ticket


class TicketLink(models.Model):
    """Two requests that have to do with each other; ``first`` has the smaller number."""

    first = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_up", db_index=False)
    second = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_down")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="ticket_link_once")]

    def __str__(self) -> str:
        return f"#{self.first_id} and #{self.second_id}"


class Draft(models.Model):
    """What somebody has written and not sent yet: one a person, request and kind of entry. ``html`` is sanitised."""

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=14, choices=Entry.Kind.choices)
    to = models.JSONField(null=True)
    cc = models.JSONField(null=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-updated_at"]
        constraints = [models.UniqueConstraint(fields=["person", "ticket", "kind"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.kind} for #{self.ticket_id}"


class DraftFile(models.Model):
    """A file of a draft; its bytes are in the blob store. ``content_id`` only for pictures within the text."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    filename = models.CharField(max_length=255)
    content_type = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    content_id = models.CharField(max_length=255, blank=True)
    inline = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.filename


class Visit(models.Model):
    """How far a technician has read a request, whether they have it open, and whether they are writing.

    ``read_entry`` is the newest entry that was there when they last looked. ``seen_at`` is refreshed by the poll,
    ``writing_at`` by each save of a draft.
    """

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="visits", db_index=False)
    read_entry = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField(default=timezone.now)
    writing_at = models.DateTimeField(null=True)
    writing_kind = models.CharField(max_length=14, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="visit_once")]

    def __str__(self) -> str:
        return f"#{self.ticket_id} read to {self.read_entry}"


class BellNotice(models.Model):
    """A line in a technician's bell: something about a request that they are to know."""

    class Kind(models.TextChoices):
        BOUNCED = "bounced", "Not delivered"
        ASSIGNED = "assigned", "Assigned to you"
        REPLY = "reply", "New reply"

    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")
    entry = models.ForeignKey(Entry, null=True, on_delete=models.CASCADE, related_name="+")
    by = models.CharField(max_length=320, blank=True)
    text = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["person", "-id"], name="bell_person"),
            models.Index(fields=["person"], condition=models.Q(read_at=None), name="bell_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.ticket_id}"


class ReplyTemplate(models.Model):
    """A canned reply: of its ``owner`` alone, of a technician ``group``, or of all technicians where both are None."""

    name = models.CharField(max_length=200)
    text = models.TextField()
    owner = models.ForeignKey("accounts.User", null=True, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey("accounts.TechnicianGroup", null=True, on_delete=models.CASCADE, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = [Lower("name")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(owner=None) | models.Q(group=None), name="reply_template_one_audience"
            )
        ]

    def __str__(self) -> str:
        return self.name
