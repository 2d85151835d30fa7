"""``python -m bench desk``: list, search and details with a million requests, each page and API call by itself.

Goal: under 100 ms at the 95th percentile. ``--requests`` makes it smaller, ``--keep FOLDER`` keeps the data there.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench import desk_data
from tests.servers.desk import Desk

REQUESTS = 1_000_000


def main(words: list[str]) -> None:
    """Build, measure, drop."""
    parser = argparse.ArgumentParser(prog="python -m bench desk")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="pr-") as folder:
        Path(folder).chmod(0o755)
        _run(given.keep or Path(folder) / "home-desk", given.requests, given.rounds)


def _run(home: Path, requests: int, rounds: int) -> None:
    from postroom.postgres import Embedded

    there = (home / "postgres").exists()
    desk = None if there else Desk(home)
    server = Embedded(home)
    at = server.acquire()
    environment = {**os.environ, "POSTROOM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "postroom.config.settings"}
    try:
        if desk is not None:
            desk.command("migrate", "--skip-checks")
            where = f"host={at.host} port={at.port} user={at.user} password={at.password} dbname={at.database}"
            start = time.perf_counter()
            desk_data.build(where, requests, (13, 16, 19))
            print(f"Built {requests:,} requests in {time.perf_counter() - start:.0f} s: {_sizes(where)}")
        subprocess.run([sys.executable, "manage.py", "migrate", "--skip-checks", "-v0"], env=environment, check=True)
        subprocess.run([sys.executable, "-m", "bench.desk_pages", str(rounds)], env=environment, check=True)
    finally:
        server.release()


def _sizes(where: str) -> str:
    with psycopg.connect(where) as connection:
        row = connection.execute(
            b"SELECT (SELECT count(*) FROM tickets_entry), pg_size_pretty(pg_database_size(current_database())), "
            b"pg_size_pretty(pg_relation_size('search_words')), pg_size_pretty(pg_table_size('tickets_searchdocument'))"
        ).fetchone()
    assert row is not None
    return f"{row[0]:,} entries, {row[1]}, of that {row[2]} index of words and {row[3]} documents"
