"""Whom the server runs as: an ordinary user, a user without a name, and root in all the places where root may run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from postroom.postgres import Embedded
from tests.postgres.conftest import is_up, python_for

Beside = Callable[..., subprocess.Popen[str]]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Needs root, to become others.")

VISIT = """
import os, sys
from pathlib import Path
import psycopg
from postroom.postgres import Embedded, PostgresError
embedded = Embedded(Path(sys.argv[1]), fsync=False)
try:
    at = embedded.acquire()
    with psycopg.connect(host=at.host, user=at.user, password=at.password, dbname=at.database) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS visits (uid int)")
        connection.execute("INSERT INTO visits VALUES (%s)", [os.geteuid()])
        print("visits:", connection.execute("SELECT count(*) FROM visits").fetchone()[0])
    print("owner:", (Path(sys.argv[1]) / "postgres/data").stat().st_uid)
    embedded.release()
except PostgresError as error:
    print(error)
"""

# As root of a user namespace that allows no further one, the way containers do; nobody is known in it or not.
CONFINED = """
import ctypes, os, subprocess, sys
wake, told = os.pipe()
child = os.fork()
if child == 0:
    assert ctypes.CDLL(None, use_errno=True).unshare(0x10000000) == 0
    os.write(told, b"x")
    sys.stdin.readline()
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[3], sys.argv[1]])
os.read(wake, 1)
for name in ("uid_map", "gid_map"):
    with open(f"/proc/{child}/{name}", "w") as file:
        file.write(f"0 0 {sys.argv[2]}")
print("confined", flush=True)
os.waitpid(child, 0)
"""


def confined(beside: Beside, home: Path, users: int) -> str:
    process = beside(CONFINED, home, users, VISIT)
    if process.stdout.readline() != "confined\n":
        pytest.skip("This machine lets root make no user namespace.")
    return process.communicate("go\n", timeout=60)[0]


@as_root
@pytest.mark.parametrize("uid", [65534, 54321])
def test_an_ordinary_user_has_a_database_below_a_closed_folder_even_without_a_name(
    home: Path, beside: Beside, uid: int
) -> None:
    python, environment = python_for(uid)
    os.chown(home.parent, uid, uid)
    process = beside(VISIT, home, python=python, env=environment, user=uid, group=uid, extra_groups=[])
    said = process.communicate(timeout=60)[0]
    assert said == f"visits: 1\nowner: {uid}\n"
    assert home.parent.stat().st_mode & 0o777 == 0o700


@as_root
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_root_in_a_container_runs_the_server_as_nobody_whether_the_folder_is_open_or_closed(
    home: Path, beside: Beside, mode: int
) -> None:
    home.parent.chmod(mode)
    assert confined(beside, home, 65536) == "visits: 1\nowner: 65534\n"
    assert home.parent.stat().st_mode & 0o777 == mode
    assert (home / "postgres").stat().st_mode & 0o777 == 0o700


@as_root
def test_a_home_can_go_from_one_way_of_running_to_the_other_and_back(home: Path, beside: Beside) -> None:
    assert beside(VISIT, home).communicate(timeout=60)[0] == "visits: 1\nowner: 0\n"
    assert confined(beside, home, 65536) == "visits: 2\nowner: 65534\n"
    assert beside(VISIT, home).communicate(timeout=60)[0] == "visits: 3\nowner: 0\n"


@as_root
def test_root_in_another_users_closed_folder_has_a_database(home: Path, beside: Beside) -> None:
    os.chown(home.parent, 54321, 54321)
    assert beside(VISIT, home).communicate(timeout=60)[0].startswith("visits: 1\n")
    assert home.parent.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_without_any_way_is_told_what_to_set(home: Path, beside: Beside) -> None:
    said = confined(beside, home, 1)
    assert "POSTROOM_HOME" in said
    assert "DATABASE_URL" in said
    assert "Traceback" not in said


@as_root
def test_a_home_that_is_not_ours_is_named(home: Path, beside: Beside) -> None:
    python, environment = python_for(65534)
    desk = Embedded(home, fsync=False)
    desk.acquire()
    try:
        process = beside(VISIT, home, python=python, env=environment, user=65534, group=65534, extra_groups=[])
        said = process.communicate(timeout=60)[0]
        assert "POSTROOM_HOME" in said
        assert "Traceback" not in said
        assert is_up(desk)
    finally:
        desk.release()
        shutil.rmtree(home)
