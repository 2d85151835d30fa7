"""What keeps every part of the product small enough to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PRODUCT = Path(__file__).parents[1] / "postroom"
LINES_OF_A_FUNCTION = 40
LINES_OF_A_FILE = 400


def sources() -> Iterator[tuple[str, str]]:
    """The product's modules: (path, text). Migrations are written by Django."""
    for path in sorted(PRODUCT.rglob("*.py")):
        if "migrations" not in path.parts:
            yield str(path.relative_to(PRODUCT.parent)), path.read_text()


def functions(text: str) -> Iterator[tuple[str, int]]:
    """Every function and method: (name, lines from ``def`` to the last)."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{path}: {name} has {lines} lines"
        for path, text in sources()
        for name, lines in functions(text)
        if lines > LINES_OF_A_FUNCTION
    ]
    assert not long


def test_no_file_is_longer_than_ten_screens() -> None:
    counted = [(path, len(text.splitlines())) for path, text in sources()]
    assert len(counted) > 100
    assert [f"{path} has {lines} lines" for path, lines in counted if lines > LINES_OF_A_FILE] == []
