"""Every statement of the owner's document about Admin > Support Channel > Emails has a test that names its handle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HANDLES = [
    "NAV-01",
    "NAV-02",
    "NAV-04",
    "LST-01",
    "OUT-01",
    "OUT-02",
    "OUT-12",
    "MS-01",
    "MS-02",
    "MS-03",
    "MS-04",
    "OTH-01",
    "OTH-03",
    "PRO-00",
    "TST-01",
    "TST-02",
    "PRI-01",
    "PRI-03",
    "PRI-04",
    "ORL-01",
    "ORL-02",
    "ORL-13",
    "INC-01",
    "INC-02",
    "INC-04",
    "INC-12",
    "FLT-01",
    "PRF-01",
    "PRF-02",
    "PRF-10",
    "PRF-11",
    "PRF-20",
    "PRF-21",
    "PRF-22",
    "PRF-30",
    "PRF-40",
    "PRF-50",
    "PRF-60",
    "PRF-61",
    "PRF-62",
    "PRF-70",
    "PRF-71",
    "USR-03",
    "WRK-01",
    "CON-01",
    "AUD-01",
    "PRX-01",
    "UPG-01",
]
OUTGOING_FIELDS = [
    "Name",
    "Email",
    "Protocol",
    "Sender Name",
    "Email Provider",
    "Sign in with Microsoft",
    "Server",
    "Port",
    "Security Type",
    "Email Auth Type",
    "Username",
    "Client ID",
    "Redirect URL",
    "Reply-To Email",
    "Proxy server",
    "Enabled",
    "Primary",
]
INCOMING_FIELDS = [
    "Name",
    "Technician Group",
    "Category",
    "Company",
    "Proxy Server",
    "Email Provider",
    "Protocol",
    "Server",
    "Port",
    "Security Type",
    "Email Auth Type",
    "Enabled",
    "Outgoing Email Servers",
    "Filter Type",
    "Emails",
]
EVERY = [*HANDLES, *(f"OUT.{name}" for name in OUTGOING_FIELDS), *(f"INC.{name}" for name in INCOMING_FIELDS)]


def docstrings() -> Iterator[str]:
    """What the tests say of themselves."""
    for path in Path(__file__).parent.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield " ".join((ast.get_docstring(node) or "").split())


SAID = " ".join(docstrings()) + " "


@pytest.mark.parametrize("handle", EVERY)
def test_a_test_says_that_it_is_about(handle: str) -> None:
    assert any(f"{handle}{end}" in SAID for end in (" ", ",", ":", ".", ";"))
