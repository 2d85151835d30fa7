"""Print the table of ``docs/mail.md``: right answers of all asked, by set and fact, for each installed reader.

``--set NAME`` looks at one set only; ``--misses`` lists what Postroom gets wrong, with what was expected.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator

from bench.corpus.cases import CHECKS, CORPUS, Case, cases
from bench.corpus.readers import Facts, Reader, readers

Score = dict[tuple[str, str], list[bool]]


def score(reader: Reader, chosen: list[Case], misses: list[str] | None = None) -> Score:
    """Each answer of one reader: (set, fact) to right or wrong. A crash is a wrong answer to every question."""
    answers = [(case, _read(reader, case)) for case in chosen]
    offered = {fact for _, facts in answers if isinstance(facts, dict) for fact in facts}
    found: Score = defaultdict(list)
    for case, facts in answers:
        for key, want in case.expect.items():
            label, fact, same = CHECKS.get(key, ("", "", None))
            if same is None or fact not in offered or (key == "subject" and not want):
                continue
            right = isinstance(facts, dict) and same(facts[fact], want)
            found[case.set, label].append(right)
            if not right and misses is not None:
                got = facts[fact] if isinstance(facts, dict) else facts
                misses.append(f"{case.file} {key}\n   want {want!r:.300}\n   got  {got!r:.300}")
    return found


def _read(reader: Reader, case: Case) -> Facts | str:
    try:
        return reader(case)
    except Exception as error:  # another library's crash is one of its results
        return f"crash: {error!r}"


def table(scores: dict[str, Score]) -> Iterator[str]:
    """Lines of a Markdown table."""
    yield f"| set | fact | {' | '.join(scores)} |"
    yield "| --- " * (len(scores) + 2) + "|"
    for row in sorted({row for found in scores.values() for row in found}):
        cells = [_cell(found.get(row)) for found in scores.values()]
        yield f"| {row[0]} | {row[1]} | {' | '.join(cells)} |"


def _cell(answers: list[bool] | None) -> str:
    return f"{sum(answers)}/{len(answers)}" if answers else ""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.corpus", description=__doc__)
    options.add_argument("--set", help="one set only")
    options.add_argument("--misses", action="store_true", help="list what Postroom gets wrong")
    asked = options.parse_args()
    if not CORPUS.is_dir():
        print(f"The mail corpus is not at {CORPUS}.", file=sys.stderr)
        return 1
    chosen = [case for case in cases() if asked.set in (None, case.set)]
    misses: list[str] = []
    found = {name: score(reader, chosen, misses if name == "Postroom" else None) for name, reader in readers().items()}
    print("\n".join(table(found)))
    if asked.misses:
        print("", *misses, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
