"""The row of a mail stays for ever, its raw form as long as the settings say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.channels.models import Settings
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.retention import drop_old_raw
from postroom.run.upkeep.sweep import sweep
from postroom.tickets.models import Attachment
from tests.build import a_ticket, an_entry, an_incoming_server

pytestmark = pytest.mark.django_db


def a_mail(outcome: str, days: int, raw: bytes = b"", **fields: object) -> InboundEmail:
    """A mail of ``days`` ago that ended in ``outcome``; its bytes are its own unless given."""
    raw = raw or f"Subject: {outcome} {days}\r\n\r\n".encode()
    mailbox = fields.pop("mailbox", None)
    return InboundEmail.objects.create(
        mailbox=mailbox,
        mailbox_email="support@desk.test",
        key=f"{outcome}/{days}/{InboundEmail.objects.count()}",
        raw_sha256=blobs().put(raw),
        size=len(raw),
        received_at=timezone.now() - timedelta(days=days),
        kept_at=timezone.now() - timedelta(days=days),
        state="done",
        outcome=outcome,
        **fields,
    )


def has_raw(mail: InboundEmail) -> bool:
    mail.refresh_from_db()
    return bool(mail.raw_sha256)


def test_finished_mail_loses_its_raw_form_after_mail_log_days_and_keeps_its_row() -> None:
    old, young = a_mail("created", 91), a_mail("created", 89)
    sha = old.raw_sha256
    assert drop_old_raw(timezone.now()) == 1
    assert (has_raw(old), has_raw(young)) == (False, True)
    assert not blobs().exists(sha)
    assert old.outcome == "created"


@pytest.mark.parametrize("outcome", ["held", "filtered", "guest_not_allowed", "email_to_request_off", "blocked"])
def test_mail_that_could_be_released_keeps_its_raw_form_for_hold_days(outcome: str) -> None:
    old, young = a_mail(outcome, 31), a_mail(outcome, 29)
    drop_old_raw(timezone.now())
    assert (has_raw(old), has_raw(young)) == (False, True)


def test_failed_mail_is_kept_for_the_longer_of_the_two() -> None:
    old, young = a_mail("failed", 91), a_mail("failed", 60)
    drop_old_raw(timezone.now())
    assert (has_raw(old), has_raw(young)) == (False, True)


def test_zero_days_keep_for_ever() -> None:
    Settings.load()
    Settings.objects.update(mail_log_days=0)
    created, failed = a_mail("created", 4000), a_mail("failed", 4000)
    assert drop_old_raw(timezone.now()) == 0
    assert has_raw(created)
    assert has_raw(failed)


def test_mail_that_is_not_done_is_never_touched() -> None:
    waiting = a_mail("", 400)
    InboundEmail.objects.update(state="kept")
    drop_old_raw(timezone.now())
    assert has_raw(waiting)


def test_a_file_that_another_row_names_stays() -> None:
    raw = b"Subject: twice\r\n\r\n"
    old, young = a_mail("created", 91, raw), a_mail("duplicate", 1, raw)
    attached = a_mail("created", 92, b"Subject: attached\r\n\r\n")
    entry = an_entry(a_ticket())
    Attachment.objects.create(entry=entry, filename="mail.eml", sha256=attached.raw_sha256, size=1)
    shas = [old.raw_sha256, attached.raw_sha256]
    assert drop_old_raw(timezone.now()) == 2
    assert [blobs().exists(sha) for sha in shas] == [True, True]
    assert has_raw(young)


def test_retention_runs_once_a_day_and_removes_what_dead_writers_left() -> None:
    a_mail("created", 91)
    assert sweep() == 1
    a_mail("created", 92)
    assert sweep() == 0


def test_the_address_of_a_deleted_mailbox_stays_ours() -> None:
    from postroom.audit.services import SYSTEM
    from postroom.channels.queries import own_addresses
    from postroom.channels.services import delete_incoming_server

    server = an_incoming_server(aliases=["Help@desk.test"])
    delete_incoming_server(SYSTEM, server)
    assert {"support@desk.test", "help@desk.test"} <= own_addresses([], [])
