"""Mail from a pipe or a file takes the same path as a fetched one; explaining a mail changes nothing."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.tickets.models import Ticket
from tests import build
from tests.mails import a_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mailbox() -> None:
    build.an_incoming_server(aliases=["help@desk.test"])


def ingest(*words: str) -> None:
    call_command("ingest", "--mailbox", "support@desk.test", *words, stdout=io.StringIO())
    while receive("worker"):
        pass


def test_a_file_becomes_a_request_and_the_same_file_again_makes_no_second_one(tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(a_mail(subject="From a file"))

    ingest(str(file))
    ingest(str(file))

    assert Ticket.objects.get().subject == "From a file"
    assert InboundEmail.objects.count() == 1


def test_an_mbox_and_a_maildir_bring_all_their_mails(tmp_path: Path) -> None:
    mbox = tmp_path / "box"
    separator = b"From sam@example.test Tue Nov 24 09:00:00 2026\n"
    mails = [a_mail(sender=f"p{n}@example.test", subject=f"Mail {n}").replace(b"\r\n", b"\n") for n in range(4)]
    mbox.write_bytes(separator + mails[0] + b"\n" + separator + mails[1])
    (tmp_path / "maildir" / "new").mkdir(parents=True)
    for number in (2, 3):
        (tmp_path / "maildir" / "new" / str(number)).write_bytes(mails[number])

    ingest(str(mbox), str(tmp_path / "maildir"))

    assert set(Ticket.objects.values_list("subject", flat=True)) == {f"Mail {n}" for n in range(4)}


@pytest.mark.parametrize("raw", [b"", b"\x00\xff garbage"], ids=["nothing", "garbage"])
def test_what_cannot_be_read_ends_as_a_row_with_its_reason(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))

    ingest("-")

    row = InboundEmail.objects.get()
    assert (row.state, row.outcome) == ("done", "held")
    assert row.reason


def test_mail_for_a_mailbox_that_does_not_exist_is_left_with_the_mail_server(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("ingest", "--mailbox", "nobody@desk.test", "x.eml")

    assert ended.value.code == 75
    assert "nobody@desk.test" in capsys.readouterr().err


def test_explaining_a_mail_tells_its_outcome_step_by_step_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(a_mail(to="help@desk.test", subject="What if"))
    out = io.StringIO()

    call_command("explain", "--json", str(file), stdout=out)

    told = json.loads(out.getvalue())
    assert (told["outcome"], told["mailbox"], told["requester"]) == ("created", "support@desk.test", "sam@example.test")
    assert told["trace"][-1] == {"step": "created", "verdict": "created", "detail": told["reason"]["text"]}
    assert not InboundEmail.objects.exists()
    assert not Ticket.objects.exists()


def test_an_explanation_can_be_read_by_people(tmp_path: Path) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(a_mail(headers=[("Auto-Submitted", "auto-replied")]))
    out = io.StringIO()

    call_command("explain", str(file), stdout=out)

    assert "Outcome: auto_reply" in out.getvalue()


def test_mail_for_a_mailbox_that_is_not_there_yet_is_to_be_brought_again(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("ingest", "--mailbox", "nobody@desk.test", "-")

    assert end.value.code == os.EX_TEMPFAIL
    assert "nobody@desk.test" in capsys.readouterr().err


@pytest.mark.parametrize(("command", "status"), [("ingest", os.EX_TEMPFAIL), ("status", 1)])
def test_without_a_home_a_command_says_so_and_a_piped_mail_is_to_be_brought_again(
    tmp_path: Path, command: str, status: int
) -> None:
    home = tmp_path / "file"
    home.write_text("no folder")
    words = [command, "--mailbox", "support@desk.test"] if command == "ingest" else [command]
    surroundings = {**os.environ, "POSTROOM_HOME": str(home), "DATABASE_URL": ""}

    done = subprocess.run([sys.executable, "-m", "postroom", *words], env=surroundings, input=b"", capture_output=True)

    assert (done.returncode, b"Traceback" in done.stderr) == (status, False)
    assert str(home).encode() in done.stderr
