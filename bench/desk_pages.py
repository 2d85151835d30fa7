"""The desk's pages and API calls on a big database, each many times: middle and 95th percentile in milliseconds.

Run by ``bench.desk`` with POSTROOM_HOME set. Through Django's test client: routing, sign-in, rights, queries, template.
"""

from __future__ import annotations

import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

GOAL = 100.0  # milliseconds


def main(rounds: int) -> None:
    import django
    from django.conf import settings

    django.setup()
    settings.ALLOWED_HOSTS, settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = ["*"], None, False
    from bench.desk_data import GROUPS, vocabulary
    from postroom.accounts.models import User
    from tests.build import a_token

    words = vocabulary()
    admin = User.objects.get(pk=1)
    technician = User.objects.filter(role="technician", technician_groups__isnull=False).order_by("pk")[40]
    print(f"A technician in {technician.technician_groups.count()} of {GROUPS} groups:")
    _measure(_pages(technician, a_token(technician), words), rounds)
    print("An administrator:")
    _measure(_pages(admin, a_token(admin), words), rounds)
    print(f"Load of the machine: {os.getloadavg()[0]:.1f}")


def _pages(user: Any, token: str, words: list[str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """(what, one call of it that raises where the answer is not as it should be)."""
    from django.test import Client

    from postroom.tickets.access import visible_tickets
    from postroom.tickets.models import Entry, Ticket

    client = Client()
    client.force_login(user)
    rng = random.Random(5)
    newest = Ticket.objects.order_by("-number").values_list("number", flat=True)[0]
    shown = list(visible_tickets(user).filter(number__gt=newest - 3000).values_list("number", flat=True)[:200])
    entries = 5 * newest

    def word(common: int, rare: int) -> str:
        return words[rng.randrange(common, rare)]

    def page(address: str, **headers: str) -> Callable[[], Any]:
        return lambda: _good(client.get(f"/requests{address}", headers=headers))

    def search(choose: Callable[[], str]) -> Callable[[], Any]:
        return lambda: _good(client.get("/requests", {"q": choose()}, headers={"HX-Request": "true"}))

    def rest(address: str) -> Callable[[], Any]:
        return lambda: _good(client.get(f"/api/v1/requests{address}", headers={"Authorization": f"Bearer {token}"}))

    for view in ("mine", "groups", "unassigned", "open", "closed", "all"):
        yield f"list, {view}", page(f"?view={view}")
    tag = _good(client.get("/requests"))["ETag"]
    yield "list, poll", lambda: client.get("/requests", headers={"HX-Request": "true", "If-None-Match": tag})
    for view in ("closed", "all"):
        deep = visible_tickets(user).order_by("-updated_at")[20_000 if newest > 50_000 else 500]
        micros = int(deep.updated_at.timestamp() * 1_000_000)
        yield f"list, {view}, a deep page", page(f"?view={view}&after={micros}-{deep.number}")
    yield "list, oldest first", page("?view=all&order=oldest")
    yield "list, longest waiting first", page("?view=open&order=waiting")
    yield "list, urgent and pending", page("?view=all&priority=urgent&status=pending")
    yield "list, a tag", page("?view=all&tag=vip")
    yield "search, rare word", search(lambda: f"serial{10 * rng.randrange(entries // 10)} ")
    yield "search, middle word", search(lambda: word(2_500, 3_500) + " ")
    yield "search, common word", search(lambda: word(3, 15) + " ")
    yield "search, two common words", search(lambda: f"{word(3, 15)} {words[rng.randrange(15, 40)]} ")
    yield (
        "search, common and rare",
        search(lambda: f"{word(3, 15)} {words[rng.randrange(9000, 30000)]} "),
    )
    yield "search, beginning of a word", search(lambda: word(3, 3_000)[:3])
    addresses = list(
        Entry.objects.filter(pk__gt=entries - 5_000, direction="in").values_list("author_email", flat=True)
    )
    yield "search, requester", search(lambda: rng.choice(addresses))
    yield "search, attachment", search(lambda: f"{word(3, 200)}-{rng.randrange(entries // 1000)}.pdf")
    yield "search, number", search(lambda: f"#{rng.choice(shown)}")
    yield "search, nothing", search(lambda: "teapot kettle ")
    yield "request details", lambda: _good(client.get(f"/requests/{rng.choice(shown)}"))
    yield "REST list with count", rest("")
    yield "REST list, page 100", rest("?page=100")
    yield "REST list, open", rest("?status=open")
    yield "REST search, middle word", lambda: rest(f"?search={word(2_500, 3_500)}%20")()
    yield "REST search, common word", lambda: rest(f"?search={word(3, 15)}%20")()
    yield "REST conversation", lambda: rest(f"/{rng.choice(shown)}/conversation")()


def _good(answer: Any) -> Any:
    assert answer.status_code == 200, (answer.status_code, answer.content[:300])
    return answer


def _measure(cases: Iterator[tuple[str, Callable[[], Any]]], rounds: int) -> None:
    for name, call in cases:
        call()
        call()
        spent = []
        for _ in range(rounds):
            start = time.perf_counter()
            call()
            spent.append(1000 * (time.perf_counter() - start))
        spent.sort()
        p95 = spent[math.ceil(0.95 * len(spent)) - 1]
        print(
            f"  {name:<28} p50 {statistics.median(spent):6.1f} ms  p95 {p95:6.1f} ms{'  !' if p95 > 100 else ''}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))
