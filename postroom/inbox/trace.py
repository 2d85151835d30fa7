"""The trace of a mail: which rules were asked and what they said. What all mails have in common is not stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from postroom.rules.inbound import PASSES
from postroom.rules.model import Step


def stored_trace(steps: Iterable[Step]) -> list[dict[str, str]]:
    """The steps as the ledger keeps them: a rule that passed with its usual sentence without that sentence."""
    return [
        {"step": step.step, "verdict": step.verdict}
        if step.detail == PASSES.get(step.step)
        else {"step": step.step, "verdict": step.verdict, "detail": step.detail}
        for step in steps
    ]


def full_trace(stored: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The steps as the contract shows them: {step, verdict, detail}."""
    return [
        {"step": step["step"], "verdict": step["verdict"], "detail": step.get("detail", PASSES.get(step["step"], ""))}
        for step in stored
    ]
