"""When the desk tries again, when it gives up, and when a server counts as down."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from postroom.rules.loops import fingerprint
from postroom.rules.retry import GIVE_UP_AFTER, Circuit, circuit, connection_retry, next_try
from tests.rules.build import NOON, a_mail


def tries(jitter: float) -> list[datetime]:
    moments, now = [NOON], NOON
    while (due := next_try(len(moments), NOON, now, jitter)) is not None:
        now = due
        moments.append(due)
    return moments


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_a_mail_refused_for_now_is_tried_within_a_minute_then_with_growing_pauses_for_three_days(jitter: float) -> None:
    moments = tries(jitter)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert timedelta(seconds=30) < pauses[0] <= timedelta(seconds=60)
    assert pauses[:-1] == sorted(pauses[:-1])
    assert max(pauses) <= timedelta(hours=4)
    assert moments[-1] == NOON + GIVE_UP_AFTER == NOON + timedelta(days=3)
    assert len(moments) < 40


def test_a_mail_is_given_up_after_three_days_however_few_tries_there_were() -> None:
    assert next_try(1, NOON, NOON + timedelta(days=3), 0.5) is None
    assert next_try(1, NOON, NOON + timedelta(days=3) - timedelta(seconds=1), 0.5) is not None


def test_a_server_that_cannot_be_reached_is_tried_after_5_15_30_seconds_then_every_minute() -> None:
    assert [connection_retry(failures, 0.5) for failures in range(1, 7)] == [5, 15, 30, 60, 60, 60]


def test_the_minute_is_spread_so_that_servers_are_not_tried_all_at_once() -> None:
    assert connection_retry(9, 0.0) == pytest.approx(54)
    assert connection_retry(9, 1.0) == pytest.approx(66)


@pytest.mark.parametrize(
    ("state", "failures", "after"),
    [
        ("up", 0, "up"),
        ("up", 2, "up"),
        ("up", 3, "down"),
        ("down", 4, "down"),
        ("down", 1, "down"),
        ("down", 0, "up"),
    ],
)
def test_a_server_is_down_after_three_failures_in_a_row_and_back_with_the_first_success(
    state: Circuit, failures: int, after: Circuit
) -> None:
    assert circuit(state, failures) == after


def test_the_same_words_have_one_fingerprint_whatever_their_spacing() -> None:
    same = fingerprint(a_mail(subject="Printer  on fire", text="please\ncome."))
    assert same == fingerprint(a_mail())
    assert same != fingerprint(a_mail(text="Please go."))
    assert fingerprint(a_mail(subject="a b", text="c")) != fingerprint(a_mail(subject="a", text="b c"))
    assert fingerprint(a_mail(text="\ud800"))
