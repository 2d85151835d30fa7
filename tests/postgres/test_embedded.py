"""The embedded database as people meet it: it is there, shared, private, and it survives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from postroom.postgres import Connection, Embedded, PostgresError, binaries
from tests.postgres.conftest import connect, is_alive, is_up, kill, postmaster

Make = Callable[..., Embedded]
Beside = Callable[..., subprocess.Popen[str]]

USER = """
import sys
from pathlib import Path
from postroom.postgres import Embedded
embedded = Embedded(Path(sys.argv[1]), fsync=False)
embedded.acquire()
print((Path(sys.argv[1]) / "postgres/data/postmaster.pid").read_text().split()[0], flush=True)
sys.stdin.readline()
embedded.release()
"""


def test_an_empty_home_has_a_database_within_seconds(home: Path, embedded: Make) -> None:
    at = embedded(home).acquire()
    with connect(at) as connection:
        assert connection.execute("SELECT current_database(), lower('ÄÖÜ')").fetchone() == ("postroom", "äöü")
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)


def test_nobody_else_can_reach_the_database(used_home: Path, embedded: Make) -> None:
    at = embedded(used_home).acquire()
    assert at.password not in repr(at)
    assert (used_home / "postgres").stat().st_mode & 0o777 == 0o700
    assert Path(at.host).stat().st_mode & 0o777 == 0o700
    assert (used_home / "postgres/password").stat().st_mode & 0o777 == 0o600
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(at, password="guessed")
    with connect(at) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        rules = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        assert rules == [("scram-sha-256",)]


def test_the_address_is_known_before_the_server_runs(home: Path, embedded: Make) -> None:
    before = embedded(home).connection
    assert embedded(home).acquire() == before


def test_a_closed_folder_stays_closed_and_all_files_stay_ours(home: Path, embedded: Make) -> None:
    assert home.parent.stat().st_mode & 0o777 == 0o700
    embedded(home).acquire()
    assert home.parent.stat().st_mode & 0o777 == 0o700
    assert {path.lstat().st_uid for path in home.rglob("*")} == {os.geteuid()}


def test_a_command_beside_a_running_desk_uses_the_same_server_and_leaves_it_running(
    used_home: Path, embedded: Make, beside: Beside
) -> None:
    desk = embedded(used_home)
    desk.acquire()
    said, _ = beside(USER, used_home).communicate("go\n", timeout=30)
    assert said.split() == [str(postmaster(used_home))]
    assert is_up(desk)


def test_the_last_process_stops_the_server(used_home: Path, embedded: Make, beside: Beside) -> None:
    desk = embedded(used_home)
    desk.acquire()
    command = beside(USER, used_home)
    server = int(command.stdout.readline())
    desk.release()
    assert is_up(desk)
    command.communicate("go\n", timeout=30)
    assert not is_up(desk)
    assert not is_alive(server)


def test_a_killed_process_does_not_keep_the_server_for_ever(used_home: Path, embedded: Make, beside: Beside) -> None:
    command = beside(USER, used_home)
    server = int(command.stdout.readline())
    command.kill()
    command.wait()
    desk = embedded(used_home)
    desk.acquire()
    assert postmaster(used_home) == server
    desk.release()
    assert not is_up(desk)


def test_acquiring_twice_needs_one_release(used_home: Path, embedded: Make) -> None:
    desk = embedded(used_home)
    assert desk.acquire() == desk.acquire()
    desk.release()
    assert not is_up(desk)
    desk.release()


def test_a_forked_worker_keeps_the_server_for_itself(used_home: Path, embedded: Make, beside: Beside) -> None:
    fork = USER.replace("sys.stdin", "import os\nif os.fork():\n    sys.exit()\nembedded.acquire()\nsys.stdin")
    parent = beside(fork, used_home)
    parent.stdout.readline()
    parent.wait()
    desk = embedded(used_home)
    assert is_up(desk)
    parent.communicate("go\n", timeout=30)
    assert not is_up(desk)


def test_many_processes_starting_at_once_on_an_empty_home_share_one_server(home: Path, beside: Beside) -> None:
    processes = [beside(USER, home) for _ in range(5)]
    assert len({process.stdout.readline() for process in processes}) == 1
    for process in processes:
        assert process.communicate("go\n", timeout=30)[0] == ""
    assert not (home / "postgres/data/postmaster.pid").exists()


def _write(at: Connection, writer: int, acknowledged: list[tuple[int, int]], enough: threading.Event) -> None:
    try:
        with connect(at) as connection:
            for number in range(1_000_000):
                connection.execute("INSERT INTO mail VALUES (%s, %s)", [writer, number])
                acknowledged.append((writer, number))
                if len(acknowledged) > 300:
                    enough.set()
    except psycopg.OperationalError:
        return


def test_a_killed_server_is_back_with_every_acknowledged_row(used_home: Path, embedded: Make) -> None:
    desk = embedded(used_home, fsync=True)
    at = desk.acquire()
    with connect(at) as connection:
        connection.execute("CREATE TABLE mail (writer int, number int)")
    for _ in range(2):
        acknowledged: list[tuple[int, int]] = []
        enough = threading.Event()
        writers = [threading.Thread(target=_write, args=(at, name, acknowledged, enough)) for name in range(3)]
        for writer in writers:
            writer.start()
        assert enough.wait(30)
        kill(used_home)
        for writer in writers:
            writer.join(30)
        assert desk.ensure_running() is True
        assert desk.ensure_running() is False
        with connect(at) as connection:
            rows = set(connection.execute("SELECT writer, number FROM mail").fetchall())
            connection.execute("TRUNCATE mail")
        assert set(acknowledged) <= rows


def test_of_two_roles_that_see_the_server_die_one_restarts_it(used_home: Path, embedded: Make) -> None:
    roles = [embedded(used_home), embedded(used_home)]
    for role in roles:
        role.acquire()
    kill(used_home)
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda role=role: answers.append(role.ensure_running())) for role in roles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [False, True]
    assert is_up(roles[0])


@pytest.mark.slow
def test_a_hanging_leftover_of_a_killed_server_does_not_block_the_next(own_home: Path, embedded: Make) -> None:
    desk = embedded(own_home)
    with connect(desk.acquire()) as connection:
        leftover = connection.info.backend_pid
        os.kill(leftover, signal.SIGSTOP)
        kill(own_home)
        assert desk.ensure_running() is True
        assert not is_alive(leftover)
        assert is_up(desk)


def test_two_desks_side_by_side_have_a_database_each(home: Path, embedded: Make) -> None:
    one, other = embedded(home), embedded(home.with_name("other"))
    with connect(one.acquire()) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with connect(other.acquire()) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    other.release()
    assert is_up(one)


def test_a_home_can_be_moved(own_home: Path, embedded: Make) -> None:
    before = embedded(own_home)
    with connect(before.acquire()) as connection:
        connection.execute("CREATE TABLE kept ()")
    before.release()
    moved = own_home.rename(own_home.with_name("moved"))
    with connect(embedded(moved).acquire()) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == ("kept",)


def test_a_copy_of_a_running_home_is_a_desk_of_its_own(own_home: Path, embedded: Make) -> None:
    original = embedded(own_home)
    original.acquire()
    copy = own_home.with_name("copy")
    shutil.copytree(own_home, copy, ignore=shutil.ignore_patterns(".s.PGSQL*"))
    embedded(copy).acquire()
    assert postmaster(copy) != postmaster(own_home)
    assert is_up(original)


@pytest.mark.parametrize("name", ["deep-" * 12 + "/" + "er-" * 30, 'Tess\'s desk, $HOME "1" `ö`'])
def test_a_home_may_be_deep_or_oddly_named(home: Path, embedded: Make, name: str) -> None:
    desk = embedded(home / name)
    at = desk.acquire()
    try:
        assert is_up(desk)
        assert Path(at.host).stat().st_mode & 0o777 == 0o700
        assert len(os.fsencode(at.host)) < 80
    finally:
        desk.release()
        Path(at.host).rmdir()


def test_a_pid_file_that_names_a_stranger_is_no_server(own_home: Path, embedded: Make) -> None:
    desk = embedded(own_home)
    desk.acquire()
    written = (own_home / "postgres/data/postmaster.pid").read_text().split("\n", 1)[1]
    desk.release()
    (own_home / "postgres/data/postmaster.pid").write_text(f"{os.getpid()}\n{written}")
    (own_home / "postgres/run/.s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n{written}")
    desk.acquire()
    assert is_up(desk)


def test_a_half_made_database_is_made_anew(home: Path, embedded: Make) -> None:
    half = home / "postgres/data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    desk = embedded(home)
    desk.acquire()
    assert is_up(desk)
    assert not half.exists()


def test_a_dump_restores_what_was_there_and_nothing_on_a_broken_file(used_home: Path, embedded: Make) -> None:
    desk = embedded(used_home)
    at = desk.acquire()
    with connect(at) as connection:
        connection.execute("CREATE TABLE letters AS SELECT 'The printer is on fire' AS subject")
        dump = used_home / "desk.dump"
        desk.dump(dump)
        connection.execute("UPDATE letters SET subject = 'spoilt'")
    assert dump.stat().st_mode & 0o777 == 0o600
    desk.restore(dump)
    with connect(at) as connection:
        assert connection.execute("SELECT subject FROM letters").fetchall() == [("The printer is on fire",)]
        dump.write_bytes(dump.read_bytes()[:-200])
        with pytest.raises(PostgresError, match="pg_restore failed"):
            desk.restore(dump)
        assert connection.execute("SELECT subject FROM letters").fetchall() == [("The printer is on fire",)]


def test_data_of_another_postgresql_version_is_refused_with_the_way_out(own_home: Path, embedded: Make) -> None:
    desk = embedded(own_home)
    (own_home / "postgres/data/PG_VERSION").write_text("11\n")
    with pytest.raises(PostgresError, match=r"made by PostgreSQL 11, but only .*18.*dump"):
        desk.acquire()


def test_a_server_that_cannot_start_says_why(own_home: Path, embedded: Make) -> None:
    desk = embedded(own_home)
    with (own_home / "postgres/data/postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(PostgresError, match='unrecognized configuration parameter "no_such_setting"'):
        desk.acquire()
    assert not is_up(desk)


def test_a_lost_password_file_is_named(own_home: Path, embedded: Make) -> None:
    desk = embedded(own_home)
    (own_home / "postgres/password").unlink()
    with pytest.raises(PostgresError, match=r"postgres/password is missing"):
        desk.acquire()
    (own_home / "postgres/password").write_text("another\n")
    with pytest.raises(PostgresError, match="password authentication failed"):
        desk.acquire()
    assert not (own_home / "postgres/data/postmaster.pid").exists()


def test_the_log_does_not_grow_for_ever(own_home: Path, embedded: Make) -> None:
    desk = embedded(own_home)
    desk.acquire()
    log = own_home / "postgres/server.log"
    with log.open("a") as file:
        file.write("x" * 11_000_000)
    desk.ensure_running()
    with connect(desk.connection) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM nowhere")
    assert "nowhere" in log.read_text()
    assert log.stat().st_size < 10_000
    assert (own_home / "postgres/server.log.1").stat().st_size > 10_000_000


SYSTEM = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if binaries.at(path)]


@pytest.mark.skipif(not SYSTEM, reason="No PostgreSQL of the system is installed.")
def test_the_systems_postgresql_serves_too_and_goes_on_serving_its_data(home: Path, embedded: Make) -> None:
    given = embedded(home, programs=SYSTEM[0])
    given.acquire()
    given.release()
    with connect(embedded(home).acquire()) as connection:
        assert connection.execute("SELECT lower('ÄÖÜ')").fetchone() == ("äöü",)
        assert SYSTEM[0].parent.name in connection.execute("SELECT version()").fetchone()[0]
