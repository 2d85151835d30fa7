"""Sign-in over REST and in the configuration file: the provider, and invitations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postroom.channels.models import SingleSignOn
from postroom.outbox.models import OutboundEmail
from postroom.rules.fields import Invalid
from postroom.run.configuration.apply import apply_configuration
from postroom.run.configuration.export import export_configuration
from tests.api.conftest import Script
from tests.build import a_user, ada, gita, tess

pytestmark = pytest.mark.django_db
Make = Callable[..., Script]
PROVIDER: dict[str, Any] = {
    "enabled": True,
    "name": "Acme",
    "issuer": "https://login.acme.test",
    "client_id": "desk",
    "domains": ["desk.test"],
}
SECRET = "canary-of-the-client-secret"


def test_an_administrator_sets_the_provider_and_never_reads_the_secret(script: Make) -> None:
    caller = script(ada(), "admin")
    answer = caller.patch("single-sign-on", **PROVIDER, client_secret=SECRET)
    assert answer.status_code == 200 and SECRET not in answer.content.decode()
    assert SECRET not in caller.get("single-sign-on").content.decode()
    caller.patch("single-sign-on", name="Acme 2")
    row = SingleSignOn.load()
    assert (row.name, row.client_secret) == ("Acme 2", SECRET)


def test_a_fault_stands_at_its_field(script: Make) -> None:
    answer = script(ada(), "admin").patch("single-sign-on", **{**PROVIDER, "issuer": "http://login.acme.test"})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "issuer"


def test_an_invitation_over_rest_mails_the_link_but_does_not_tell_it(script: Make) -> None:
    guest = gita()
    answer = script(ada(), "admin").post(f"people/{guest.pk}/invite")
    assert answer.status_code == 200 and "/sign-in/invitation/" not in answer.content.decode()
    assert "/sign-in/invitation/" in OutboundEmail.objects.get().text


def test_nobody_invites_with_a_technicians_token_or_somebody_who_is_blocked(script: Make) -> None:
    person = a_user("blocked@example.test", blocked=True)
    assert script(tess(), "technician").post(f"people/{person.pk}/invite").status_code == 403
    assert script(ada(), "admin").post(f"people/{person.pk}/invite").status_code == 400
    assert not OutboundEmail.objects.exists()


def test_a_configuration_file_sets_the_provider_and_an_export_applies_again() -> None:
    apply_configuration({"single_sign_on": {**PROVIDER, "client_secret": SECRET}})
    exported = export_configuration()
    assert exported["single_sign_on"] == {**PROVIDER, "creates_requesters": False, "trusts_addresses": False}
    assert apply_configuration({"single_sign_on": exported["single_sign_on"]}).changes == []
    assert SingleSignOn.load().client_secret == SECRET


def test_a_fault_in_the_file_is_named_with_its_path() -> None:
    with pytest.raises(Invalid) as refused:
        apply_configuration({"single_sign_on": {**PROVIDER, "domains": []}})
    assert refused.value.errors[0][0] == "single_sign_on.domains"
