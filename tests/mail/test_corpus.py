"""Every mail of the public corpus is read without a fault and in time. The corpus lies beside the project."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter

import pytest

from postroom.mail import parse
from postroom.mail.contract import as_contract

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the mail corpus is not beside the project")
def test_every_mail_of_the_corpus_is_read_within_two_seconds():
    rows = [json.loads(line) for line in (CORPUS / "MANIFEST.jsonl").read_text().splitlines()]
    for row in rows:
        raw = (CORPUS / row["file"]).read_bytes()
        started = perf_counter()
        mail = parse(raw)
        assert perf_counter() - started < 2, row["file"]
        assert "unreadable" not in mail.defects, row["file"]
        json.dumps(as_contract(mail, row["file"])).encode()
    assert len(rows) > 1_000
