"""A mailbox gives its requests a company only where the desk serves several (INC-02)."""

from __future__ import annotations

import pytest

from postroom.accounts.models import Company
from postroom.channels.models import IncomingServer, Settings
from tests.inbox.conftest import Arrive
from tests.mails import a_mail


@pytest.mark.parametrize("provider", [True, False])
def test_a_request_gets_the_company_of_its_mailbox_for_managed_services_providers_alone(
    arrive: Arrive, support: IncomingServer, provider: bool
) -> None:
    """USR-03, INC-02"""
    acme = Company.objects.create(name="Acme")
    IncomingServer.objects.filter(pk=support.pk).update(company=acme)
    Settings.load()
    Settings.objects.update(managed_services_provider=provider)
    ticket = arrive(a_mail()).ticket
    assert ticket is not None
    assert ticket.company == (acme if provider else None)
